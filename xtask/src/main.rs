//! The project's tasks: `cargo xtask --help` lists them.

mod bench;
mod bench_kernel;
mod browser;
mod check;
mod command;
mod exercises;
mod images;
mod kernel;
mod notebook;
mod process;
mod run;
mod setup;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use run::{lab, notebooks, tensorboard};
use setup::home::Home;
use setup::{clean, data, doctor};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The tasks of the MNIST course.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Get what the course needs: libtorch, the Rust kernel, JupyterLab, MNIST
    Setup,
    /// Set up what is missing, then open the notebooks in JupyterLab
    Lab(lab::Options),
    /// Set up what is missing, then show the runs of the notebooks in TensorBoard
    Tensorboard(tensorboard::Options),
    /// Execute notebooks without a browser and store their outputs
    Run(notebooks::Options),
    /// Make the readers' exercise sheets from the solutions
    Exercises,
    /// Set up what is missing, train, and draw every image in images/
    Images(images::Options),
    /// Time a training beside PyTorch, candle and burn
    Bench(bench::Options),
    /// Every check the project has
    Test(check::Options),
    /// Get the four files of MNIST, or check those that are there
    Data(data::Options),
    /// Measure how long a notebook waits for its kernel, and the memory it takes
    BenchKernel(bench_kernel::Options),
    /// Show the notebooks' kernel to VS Code and to your own Jupyter
    Kernel(kernel::elsewhere::Options),
    /// List what is there and what is wrong, each with its remedy; changes nothing
    Doctor,
    /// End the trainings that run in notebooks after their batch; variables stay
    Stop,
    /// Remove what set-up made
    Clean(clean::Options),
}

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            process::end_by_signal();
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    let project = project()?;
    let home = Home::find()?;
    match task {
        Task::Setup => setup::run(&home, &project)?,
        Task::Lab(options) => return lab::run(&home, &project, &options),
        Task::Tensorboard(options) => match tensorboard::run(&home, &project, &options)? {},
        Task::Run(options) => notebooks::run(&home, &project, &options)?,
        Task::Exercises => exercises::make(&project)?,
        Task::Images(options) => images::run(&home, &project, &options)?,
        Task::Bench(options) => bench::run(&home, &project, &options)?,
        Task::Test(options) => check::run(&home, &project, &options)?,
        Task::BenchKernel(options) => bench_kernel::run(&home, &project, &options)?,
        Task::Data(options) => data::run(&project, options.dataset())?,
        Task::Kernel(options) => kernel::elsewhere::run(&home, &project, &options)?,
        Task::Doctor => return doctor::run(&home, &project),
        Task::Stop => run::stop(&home)?,
        Task::Clean(options) => clean::run(&home, &project, &options)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The clone's top folder: the one this was built in, unless the environment names another.
fn project() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(kernel::PROJECT_VARIABLE) {
        return std::path::absolute(&named)
            .with_context(|| format!("{} names no folder", kernel::PROJECT_VARIABLE));
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .context("xtask was built outside the project's folder")
}
