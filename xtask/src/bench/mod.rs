//! The time of an epoch: our training and other frameworks', one beside the other.
//!
//! Every contestant is a program of its own that prints a line of JSON an epoch. They run
//! interleaved in rounds, so that a machine that is slow for a while is slow for all; the
//! medians' ratios count, seconds belong to one machine and one hour. A contestant that does
//! not train the same network shows it in loss or accuracy, and is refused.

mod build;
mod contestant;
mod load;
mod output;
mod report;
mod rounds;
#[cfg(test)]
mod tests;

use crate::setup::{data, home::Home, libtorch};
use anyhow::{Context, Result, ensure};
use contestant::{Part, Place};
use output::Expected;
use std::path::Path;

/// What to measure, and how often.
#[derive(clap::Args)]
pub struct Options {
    /// Print one JSON object; progress goes to standard error, and one thread is left out
    #[arg(long)]
    json: bool,
    /// How often each program is run
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Trainings to 98 %, each with a seed of its own
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// Only these, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Measure instead how our training copes with other work on the same cores
    #[arg(long, conflicts_with_all = ["json", "only", "seeds"])]
    loaded: bool,
}

/// Builds what is asked for and missing, measures, and prints.
///
/// # Errors
/// If libtorch is not there, a file of MNIST is damaged, or our own training fails.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    ensure!(options.rounds >= 1, "--rounds is 0, expected 1 or more");
    libtorch::find(home, project)?.context("there is no libtorch; run `cargo xtask setup`")?;
    let source = data::source(project, &mut |line| eprintln!("{line}"))?;
    let place = Place { project, data: source.folder(), built: &build::ours(project)? };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let machine = report::machine(cores, &source.to_string());
    eprintln!("{machine}");
    if options.loaded {
        println!("{}", load::measure(&place, cores, options.rounds)?);
        return Ok(());
    }
    let expected = if source.is_real() { Expected::MNIST } else { Expected::LOOK_ALIKE };
    let is_asked = |part| options.only.is_empty() || options.only.contains(&part);
    let threads = if options.json || cores == 1 { vec![cores] } else { vec![cores, 1] };
    let parts = Part::contestants().filter(|part| is_asked(*part));
    let mut contestants =
        parts.flat_map(|part| contestant::prepare(part, &threads, &place)).collect::<Vec<_>>();
    rounds::run(&mut contestants, options.rounds, expected)?;
    let to_98 = match is_asked(Part::To98) {
        true => rounds::to_98(&place, options.seeds)?,
        false => rounds::To98::default(),
    };
    let report = report::Report { machine, cores, contestants, to_98 };
    println!("{}", if options.json { report.to_json().to_string() } else { report.to_table() });
    Ok(())
}
