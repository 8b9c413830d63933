//! The whole course as one program: load MNIST, build the network, train it, test it.
//!
//! `cargo run --example train -- [--epochs N] [--batch N] [--seed N] [--threads N]`
use mnist_tutorial::prelude::*;

/// Share of the test images that a trained network gets right; less counts as a failure.
const TARGET: f64 = 0.975;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let defaults = TrainConfig::default();
    let config = TrainConfig {
        epochs: arguments.opt_value_from_str("--epochs")?.unwrap_or(defaults.epochs),
        batch_size: arguments.opt_value_from_str("--batch")?.unwrap_or(defaults.batch_size),
        seed: arguments.opt_value_from_str("--seed")?.unwrap_or(defaults.seed),
        threads: arguments.opt_value_from_str("--threads")?,
        ..defaults
    };
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");
    let data = Mnist::load()?;
    let mut network = Network::new(config.seed)?;
    let history = train(&mut network, &data, &config, &mut Lines)?;
    let evaluation = evaluate(&network, &data.test)?;
    println!("\nTraining Time (in minutes) = {:.2}\n", history.seconds() / 60.0);
    println!("{evaluation}");
    anyhow::ensure!(evaluation.accuracy() >= TARGET, "the accuracy is below {TARGET}");
    Ok(())
}
