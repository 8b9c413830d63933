//! Times whole epochs of the course's training in both ways, taken in turn, and testing.
//!
//! `cargo run --example step_times -- [--rounds N] [--batch N] [--threads 1,2] [--by-hand]`
use std::time::Instant;

use mnist_tutorial::prelude::*;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let rounds: usize = arguments.opt_value_from_str("--rounds")?.unwrap_or(5);
    let batch_size = arguments.opt_value_from_str("--batch")?.unwrap_or(30);
    let threads: String = arguments.opt_value_from_str("--threads")?.unwrap_or("1,2".to_owned());
    let only_by_hand = arguments.contains("--by-hand");
    let mut ways = Vec::new();
    for threads in threads.split(',') {
        ways.push((Step::ByHand, threads.parse::<usize>()?, Vec::new()));
        if !only_by_hand {
            ways.push((Step::Autograd, threads.parse::<usize>()?, Vec::new()));
        }
    }
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");
    let data = Mnist::load()?;
    let network = Network::new(0)?;
    let mut tests = Vec::new();
    for _ in 0..rounds {
        for (step, threads, seconds) in &mut ways {
            let config = TrainConfig {
                epochs: 2,
                batch_size,
                step: *step,
                threads: Some(*threads),
                ..TrainConfig::default()
            };
            let history = train(&mut Network::new(0)?, &data, &config, &mut ())?;
            seconds.extend(history.epochs.iter().map(|epoch| epoch.seconds));
        }
    }
    for _ in 0..10 * rounds {
        let started = Instant::now();
        evaluate(&network, &data.test)?;
        tests.push(started.elapsed().as_secs_f64());
    }
    tests.sort_by(f64::total_cmp);
    println!(
        "testing {} images: {:.0} ms (least {:.0})",
        data.test.len(),
        1e3 * tests[tests.len() / 2],
        1e3 * tests[0]
    );
    for (step, threads, mut seconds) in ways {
        seconds.sort_by(f64::total_cmp);
        let steps = data.train.len().div_ceil(batch_size) as f64;
        let [least, median] = [seconds[0], seconds[seconds.len() / 2]];
        println!(
            "{step:?}, {threads} threads: {median:.3} s an epoch (least {least:.3}), \
             {:.0} us a step (least {:.0})",
            1e6 * median / steps,
            1e6 * least / steps
        );
    }
    Ok(())
}
