//! Whole trainings timed: ours, PyTorch's, candle's and burn's, one beside the other.
//!
//! Every contestant is a program of its own that prints a line of JSON an epoch. They run
//! interleaved in rounds, so that a machine that is slow for a while is slow for all; the
//! medians' ratios count, seconds belong to one machine and one hour. Whoever does not train
//! the same network shows it in loss or accuracy, and is refused.

mod build;
mod line;
mod load;
mod machine;
mod program;
mod report;
mod rounds;
mod sample;

use crate::home::Home;
use crate::{data, libtorch};
use anyhow::{Context, Result, ensure};
use build::Built;
use clap::ValueEnum;
use line::Expected;
use program::{Place, Program};
use std::path::Path;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Our training with its default settings
    Ours,
    /// Our training with libtorch's autograd, as the notebooks write it down
    Plain,
    /// PyTorch with the data in memory
    PytorchMemory,
    /// PyTorch with a DataLoader over single images
    PytorchDataset,
    /// candle, data in memory
    Candle,
    /// burn on its processor backend `flex`, data in memory
    Burn,
    /// What arithmetic and memory allow if no zero is skipped
    Ceiling,
    /// The time to 98 % with the fastest settings
    To98,
}

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
    /// Measure instead how our training stands other work on the same cores
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
    let built = build::ours(project)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let machine = machine::describe(cores, &source.to_string());
    eprintln!("{machine}");
    let place = Place { project, data: source.folder() };
    if options.loaded {
        println!("{}", load::measure(&built, &place, cores, options.rounds)?);
        return Ok(());
    }
    let expected = if source.is_real() { Expected::MNIST } else { Expected::LOOK_ALIKE };
    let programs = programs(&built, &place, cores, options);
    let results = rounds::run(programs, options.rounds, expected)?;
    let to_98 = match asked(options, Part::To98) {
        true => rounds::to_98(&built, &place, options.seeds)?,
        false => report::To98::default(),
    };
    let report = report::Report { machine, cores, results, to_98 };
    println!("{}", if options.json { report.to_json()? } else { report.to_table() });
    Ok(())
}

fn asked(options: &Options, part: Part) -> bool {
    options.only.is_empty() || options.only.contains(&part)
}

/// Every contestant on as many threads as there are cores and, for the table, on one.
fn programs(built: &Built, place: &Place, cores: usize, options: &Options) -> Vec<Program> {
    let mut threads = vec![cores];
    if cores > 1 && !options.json {
        threads.push(1);
    }
    let parts = Part::value_variants().iter().copied().filter(|part| *part != Part::To98);
    let mut programs = Vec::new();
    for part in parts.filter(|part| asked(options, *part)) {
        match program::launcher(part, built, place) {
            Ok(launch) => {
                programs.extend(threads.iter().map(|&threads| Program::new(part, threads, &launch)))
            }
            Err(reason) => {
                programs
                    .extend(threads.iter().map(|&threads| Program::absent(part, threads, &reason)));
            }
        }
    }
    programs
}
