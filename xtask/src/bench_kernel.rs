//! What a notebook waits for and how much memory it takes: the course's kernel beside others.

use crate::command;
use crate::kernel;
use crate::setup::home::Home;
use anyhow::{Context, Result, ensure};
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
    /// Only this kernel: evcxr as it is (takes minutes), the course's, the course's where a warm one
    /// waits, or Python with PyTorch, if MNIST_TUTORIAL_BENCH_IPYTHON names one
    #[arg(long, value_parser = ["stock", "ours", "spare", "ipython"])]
    only: Option<String>,
}

/// Measures; in Python, because Jupyter's client library is.
const SCRIPT: &str = "kernel/bench/bench.py";

/// The cells that are measured.
const CELLS: &str = "xtask/notebooks/bench-cells.json";

/// Sets up what is missing and measures; only the result goes to the standard output.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    set_up()?;
    let jupyter = kernel::jupyter(home, project)?;
    let mut command = jupyter.script(&project.join(SCRIPT));
    notebook_kernel::remove_variables(&mut command, command::is_from_cargo_run);
    command.arg("--project").arg(project).arg("--folder").arg(project.join("notebooks"));
    let settings = notebook_kernel::settings_file(&kernel::settings(home), project);
    command.arg("--settings").arg(settings);
    command.arg("--cells").arg(project.join(CELLS));
    let environment = serde_json::to_string(&kernel::environment(home, project)?)?;
    command.args(["--environment", &environment, "--runs", &options.runs.to_string()]);
    command.args(options.only.iter().flat_map(|only| ["--only", only]));
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
