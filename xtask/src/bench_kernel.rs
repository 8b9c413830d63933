//! What a notebook waits for and how much memory it takes: the course's kernel beside others.

use crate::command;
use crate::kernel;
use crate::run::jupyter::Jupyter;
use crate::setup::home::Home;
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is measured, and how it is told.
#[derive(clap::Args)]
pub struct Options {
    /// How often each kernel is opened; `stock` once, unless `--only stock`
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Print one JSON object in place of the table
    #[arg(long)]
    json: bool,
    /// Only this kernel
    #[arg(long)]
    only: Option<Kernel>,
}

/// The kernels that are compared.
#[derive(Clone, Copy, ValueEnum)]
enum Kernel {
    /// evcxr as it is, which compiles everything anew: takes minutes
    Stock,
    /// The course's kernel
    Ours,
    /// The course's kernel where a warm one waits
    Spare,
    /// Python with PyTorch, if MNIST_TUTORIAL_BENCH_IPYTHON names one
    Ipython,
}

/// Measures; in Python, because Jupyter's client library is.
const SCRIPT: &str = "kernel/bench/bench.py";

/// The cells that are measured.
const CELLS: &str = "xtask/notebooks/bench-cells.json";

/// Sets up what is missing and measures; only the result goes to the standard output.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    set_up()?;
    let jupyter = Jupyter::open(home)?;
    let mut command = jupyter.script(&project.join(SCRIPT));
    command::remove_variables(&mut command, command::is_from_cargo_run);
    command.arg("--project").arg(project).arg("--folder").arg(project.join("notebooks"));
    command.arg("--settings").arg(kernel::settings_file(home));
    command.arg("--cells").arg(project.join(CELLS));
    let environment = serde_json::to_string(&kernel::environment(home, project)?)?;
    command.args(["--environment", &environment, "--runs", &options.runs.to_string()]);
    if let Some(only) = options.only.and_then(|only| only.to_possible_value()) {
        command.args(["--only", only.get_name()]);
    }
    if options.json {
        command.arg("--json");
    }
    let status = command.status().context("cannot start the measurement")?;
    ensure!(status.success(), "the measurement failed");
    Ok(())
}

/// `cargo xtask setup`, telling its progress on the standard error.
fn set_up() -> Result<()> {
    let own = std::env::current_exe().context("finding this program's own file")?;
    let status = Command::new(own).arg("setup").stdout(Stdio::from(io::stderr())).status();
    ensure!(status.context("cannot start set-up")?.success(), "set-up failed");
    Ok(())
}
