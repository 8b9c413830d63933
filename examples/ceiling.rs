//! What this machine's arithmetic and memory allow an epoch to take, if no zero is skipped.
//!
//! `cargo run --example ceiling -- [--threads N]` measures libtorch's matrix product at the
//! shapes of a step, and memory at the size of the weights; `cargo xtask bench` prints it
//! beside what trainings take.
use std::time::Instant;

use mnist_tutorial::data::files::TRAIN_COUNT;
use mnist_tutorial::model::{DIGITS, HIDDEN, PIXELS};
use mnist_tutorial::prelude::*;
use serde_json::json;

/// Images between two updates, the course's.
const BATCH: i64 = 30;
/// How long one measurement takes at least, in seconds.
const LONG_ENOUGH: f64 = 0.05;
/// How many there are; the fastest counts, since nothing makes a machine faster than it is.
const REPEATS: usize = 9;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let threads: Option<i32> = arguments.opt_value_from_str("--threads")?;
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");
    if let Some(threads) = threads {
        tch::set_num_threads(threads);
    }

    let steps = TRAIN_COUNT as f64 / BATCH as f64;
    let (products, flops) = products()?;
    let (moving, bytes) = moving()?;
    let parameters = (PIXELS * HIDDEN + HIDDEN + HIDDEN * DIGITS + DIGITS) as f64;
    // Reads weight, momentum and gradient, and writes weight and momentum: 5 numbers of 4 bytes.
    let update = parameters * 20.0 * moving / bytes;
    let line = json!({
        "gflop_s": flops / products / 1e9,
        "gb_s": bytes / moving / 1e9,
        "seconds": (products + update) * steps,
    });
    println!("{line}");
    Ok(())
}

/// Seconds of the matrix products of one step, and how many operations they are.
fn products() -> Result<(f64, f64)> {
    // (rows, inner, columns): forward and gradient of the weights, for both layers; and the
    // gradient that goes back through the second one. The first one passes none on.
    let shapes = [
        (BATCH, PIXELS, HIDDEN),
        (HIDDEN, BATCH, PIXELS),
        (BATCH, HIDDEN, DIGITS),
        (DIGITS, BATCH, HIDDEN),
        (BATCH, DIGITS, HIDDEN),
    ];
    let (mut seconds, mut operations) = (0.0, 0.0);
    for (rows, inner, columns) in shapes {
        let random = |rows, columns| Tensor::f_rand([rows, columns], (Kind::Float, Device::Cpu));
        let (left, right) = (random(rows, inner)?, random(inner, columns)?);
        let product = random(rows, columns)?;
        seconds += best(|| Ok(left.f_matmul_out(&product, &right).map(drop)?))?;
        operations += 2.0 * (rows * inner * columns) as f64;
    }
    Ok((seconds, operations))
}

/// Seconds of adding two tensors of the size of the weights, and how many bytes that moves.
fn moving() -> Result<(f64, f64)> {
    let count = PIXELS * HIDDEN;
    let make = || Tensor::f_rand([count], (Kind::Float, Device::Cpu));
    let (left, right, sum) = (make()?, make()?, make()?);
    let seconds = best(|| Ok(left.f_add_out(&sum, &right).map(drop)?))?;
    Ok((seconds, 12.0 * count as f64))
}

/// Seconds of one call, the least of some measurements.
fn best(call: impl Fn() -> Result<()>) -> Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..REPEATS {
        let (started, mut calls) = (Instant::now(), 0);
        while started.elapsed().as_secs_f64() < LONG_ENOUGH {
            call()?;
            calls += 1;
        }
        least = least.min(started.elapsed().as_secs_f64() / f64::from(calls));
    }
    Ok(least)
}
