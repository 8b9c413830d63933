//! One training to be timed from outside: a line of JSON an epoch, and one at the end.
//!
//! `cargo run --example epoch -- [--epochs N] [--threads N] [--seed N] [--autograd] [--fast]
//! [--live]`; `cargo xtask bench` runs it beside other programs. `--autograd` keeps to the plain
//! loop, `--fast` takes the fastest settings to 98 %. `--live` watches with the live view as in a
//! notebook (set `MNIST_TUTORIAL_LIVE=1`, as the course's kernel does, and keep the lines that
//! begin with `{`): what longer an epoch takes with it is what the view costs.
use std::ops::ControlFlow;
use std::time::Instant;

use mnist_tutorial::prelude::*;
use serde_json::json;

/// How often the test is repeated; the median counts.
const TESTS: usize = 5;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let [autograd, fast, view] =
        ["--autograd", "--fast", "--live"].map(|option| arguments.contains(option));
    let (seed, threads) =
        (arguments.opt_value_from_str("--seed")?, arguments.opt_value_from_str("--threads")?);
    let epochs: Option<usize> = arguments.opt_value_from_str("--epochs")?;
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");

    let config = if fast { TrainConfig::fast() } else { TrainConfig::default() };
    let gradients = if autograd { GradientMethod::Autograd } else { config.gradients };
    let epochs = epochs.unwrap_or(if fast { config.epochs } else { 1 });
    let seed = seed.unwrap_or(config.seed);
    // The test of each epoch is not part of its time.
    let config = TrainConfig { epochs, seed, gradients, threads, test_every_epoch: true, ..config };

    let started = Instant::now();
    let data = Mnist::load()?;
    let load_s = started.elapsed().as_secs_f64();
    let mut network = Network::new(config.seed)?;
    match view {
        true => train(&mut network, &data, &config, &mut (Json, live()))?,
        false => train(&mut network, &data, &config, &mut Json)?,
    };
    let test_10000_ms = test(&network, &data.test)?;
    let peak_mb = peak_mb();
    let last = json!({ "load_s": load_s, "test_10000_ms": test_10000_ms, "peak_mb": peak_mb });
    println!("{last}");
    Ok(())
}

/// Milliseconds for all test images, which go through the network on one thread.
fn test(network: &Network, split: &Split) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..TESTS {
        let started = Instant::now();
        evaluate(network, split)?;
        times.push(1000.0 * started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[TESTS / 2])
}

/// The most memory this process has held at once, in millions of bytes; only Linux tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// Prints one object an epoch.
struct Json;

impl Observer for Json {
    fn reads(&self) -> Reads {
        Reads::Report
    }

    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        let EpochReport { epoch, seconds, loss, accuracy } = report;
        let line =
            json!({ "epoch": epoch, "seconds": seconds, "loss": loss, "accuracy": accuracy });
        println!("{line}");
        Ok(ControlFlow::Continue(()))
    }
}
