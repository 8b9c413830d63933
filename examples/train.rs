//! The whole course as one program: load MNIST, build the network, train it, test it.
//!
//! `cargo run --example train -- [--epochs N] [--batch N] [--seed N] [--threads N] [--json]`
use mnist_tutorial::prelude::*;
use std::ops::ControlFlow;

/// Share of the test images that a trained network gets right; less counts as a failure.
const TARGET: f64 = 0.975;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let defaults = TrainConfig::default();
    let json = arguments.contains("--json");
    let config = TrainConfig {
        epochs: arguments.opt_value_from_str("--epochs")?.unwrap_or(defaults.epochs),
        batch_size: arguments.opt_value_from_str("--batch")?.unwrap_or(defaults.batch_size),
        seed: arguments.opt_value_from_str("--seed")?.unwrap_or(defaults.seed),
        threads: arguments.opt_value_from_str("--threads")?,
        test_every_epoch: json,
        ..defaults
    };
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");
    let data = Mnist::load()?;
    let mut network = Network::new(config.seed)?;
    let observer: &mut dyn Observer = if json { &mut Json } else { &mut Lines };
    let history = train(&mut network, &data, &config, observer)?;
    let evaluation = evaluate(&network, &data.test)?;
    if !json {
        println!("\nTraining Time (in minutes) = {:.2}\n", history.seconds() / 60.0);
        println!("{evaluation}");
    }
    anyhow::ensure!(evaluation.accuracy() >= TARGET, "the accuracy is below {TARGET}");
    Ok(())
}

/// Prints one object an epoch, counted from 0.
struct Json;

impl Observer for Json {
    fn reads(&self) -> Reads {
        Reads::Report
    }
    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        let EpochReport { epoch, seconds, loss, accuracy } = report;
        print!(r#"{{"epoch": {}, "seconds": {seconds:.3}, "loss": {loss:.5}, "#, epoch - 1);
        println!(r#""accuracy": {:.4}}}"#, accuracy.unwrap_or_default());
        Ok(ControlFlow::Continue(()))
    }
}
