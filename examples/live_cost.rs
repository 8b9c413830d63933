//! What watching a training costs: trainings with and without the live view, one after the other.
//!
//! `cargo run --example live_cost -- [--rounds N] [--epochs N]` runs itself once more as a cell of a
//! notebook runs, reads what that prints as the kernel would, and prints the medians.
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use mnist_tutorial::prelude::*;

/// Set in the process that trains; the value is what the course's kernel sets.
const LIVE: &str = "MNIST_TUTORIAL_LIVE";

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let rounds: usize = arguments.opt_value_from_str("--rounds")?.unwrap_or(7);
    let epochs: usize = arguments.opt_value_from_str("--epochs")?.unwrap_or(1);
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");
    match std::env::var_os(LIVE) {
        Some(_) => measure(rounds, epochs),
        None => watch(),
    }
}

/// Starts the process that trains, and counts what it prints.
fn watch() -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1)).env(LIVE, "1").stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start this program again")?;
    let output = child.stdout.take().context("no output to read")?;
    let (mut pages, mut bytes) = (0, 0);
    for line in BufReader::new(output).lines() {
        let line = line?;
        if line.contains("text/html") {
            (pages, bytes) = (pages + 1, bytes + line.len());
        }
    }
    anyhow::ensure!(child.wait()?.success(), "the training failed");
    println!("{pages} pages of {:.1} kB", bytes as f64 / 1000.0 / f64::from(pages.max(1)));
    Ok(())
}

/// Standard output is for the kernel; the result goes to standard error.
fn measure(rounds: usize, epochs: usize) -> Result<()> {
    let data = Mnist::load()?;
    let (threads, test_every_epoch) = (Some(1), true);
    let config = TrainConfig { epochs, threads, test_every_epoch, ..TrainConfig::default() };
    let (mut ratios, mut shares, mut figures) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        let plain = || -> Result<f64> {
            Ok(train(&mut Network::new(0)?, &data, &config, &mut ())?.seconds())
        };
        let mut seen = || -> Result<f64> {
            let mut view = Timed { live: live(), running: 0.0, figure: 0.0 };
            let seconds = train(&mut Network::new(0)?, &data, &config, &mut view)?.seconds();
            figures.push(view.figure);
            shares.push(view.running / seconds);
            Ok(seconds)
        };
        // In turn, so that neither always comes first.
        let (without, with) = if round % 2 == 0 {
            (plain()?, seen()?)
        } else {
            let with = seen()?;
            (plain()?, with)
        };
        eprintln!("round {round}: {without:.2} s without, {with:.2} s with the view");
        ratios.push(with / without);
    }
    let (ratio, share) = (median(&mut ratios) - 1.0, median(&mut shares));
    eprintln!("the view took {:.2} % of the training's time", 100.0 * share);
    eprintln!("the training took {:+.2} % longer with it than without", 100.0 * ratio);
    eprintln!("at the end, the figure took {:.2} s", median(&mut figures));
    Ok(())
}

/// Takes the time of the view itself, in seconds: on a busy machine that says more than the
/// difference between two trainings.
struct Timed {
    live: Live,
    running: f64,
    figure: f64,
}

impl Observer for Timed {
    fn reads(&self) -> Reads {
        Reads::Report
    }

    fn on_batch(&mut self, report: &BatchReport, network: &Network) -> Result<ControlFlow<()>> {
        let began = Instant::now();
        let flow = self.live.on_batch(report, network);
        self.running += began.elapsed().as_secs_f64();
        flow
    }

    fn on_epoch(&mut self, report: &EpochReport, network: &Network) -> Result<ControlFlow<()>> {
        self.live.on_epoch(report, network)
    }

    fn on_end(&mut self, ended: Result<&History, &anyhow::Error>) {
        let began = Instant::now();
        self.live.on_end(ended);
        self.figure = began.elapsed().as_secs_f64();
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
