//! The contestants, how each is started, and its results.

use super::build::{self, Built};
use super::output::{Expected, Output, Summary};
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::ValueEnum;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// Names the Python that has PyTorch.
const PYTHON: &str = "MNIST_TUTORIAL_BENCH_PYTHON";

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

impl Part {
    /// Those whose epochs are compared.
    pub fn contestants() -> impl Iterator<Item = Part> {
        Part::value_variants().iter().copied().filter(|part| *part != Part::To98)
    }

    /// As on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Where the contestants find things.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The clone's top folder.
    pub project: &'a Path,
    /// The folder of the four files.
    pub data: &'a Path,
    /// Our own programs.
    pub built: &'a Built,
}

/// One contestant on a number of threads.
#[derive(Debug)]
pub struct Contestant {
    /// Which one.
    pub part: Part,
    /// Threads it computes with.
    pub threads: usize,
    /// How it is started, or why it is left out.
    pub command: Result<Command, String>,
    /// Seconds of each epoch.
    pub seconds: Vec<f64>,
    /// What our own program prints at its end, once a run.
    pub summaries: Vec<Summary>,
    /// 10^9 operations and 10^9 bytes a second, where the ceiling was measured.
    pub rates: Option<(f64, f64)>,
}

impl Contestant {
    /// One that has not run yet.
    pub fn new(part: Part, threads: usize, command: Result<Command, String>) -> Self {
        Self { part, threads, command, seconds: Vec::new(), summaries: Vec::new(), rates: None }
    }

    /// `burn, 2 threads`.
    pub fn name(&self) -> String {
        let word = if self.threads == 1 { "thread" } else { "threads" };
        format!("{}, {} {word}", self.part.name(), self.threads)
    }

    /// Runs it once, to its end, and keeps what it printed; the seconds of its epochs.
    ///
    /// # Errors
    /// If it is left out, fails, prints what is not understood, or trains something else.
    pub fn run(&mut self, expected: &Expected) -> Result<Vec<f64>> {
        let command = self.command.as_mut().map_err(|reason| anyhow!("{reason}"))?;
        let output = output(command)?;
        expected.check(&output)?;
        let seconds = output.seconds();
        self.seconds.extend(&seconds);
        self.summaries.extend(output.summary);
        self.rates = output.ceiling.map(|(_, gflop_s, gb_s)| (gflop_s, gb_s)).or(self.rates);
        Ok(seconds)
    }
}

/// Runs a program and reads its lines.
///
/// # Errors
/// If it fails, with the last line of its standard error, or prints what is not understood.
pub fn output(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        bail!("failed ({}): {last}", output.status);
    }
    Output::parse(&String::from_utf8_lossy(&output.stdout))
}

/// A contestant on each of these numbers of threads; builds it, where it has to be built.
pub fn prepare(part: Part, threads: &[usize], place: &Place) -> Vec<Contestant> {
    let line = command_line(part, place).map_err(|reason| format!("{reason:#}"));
    let on = |&threads: &usize| {
        let command = line.clone().map(|line| {
            let mut command = Command::new(&line[0]);
            command.args(&line[1..]).env("MNIST_DIR", place.data);
            match part {
                // They compute with rayon, which has a variable for its threads.
                Part::Candle | Part::Burn => command.env("RAYON_NUM_THREADS", threads.to_string()),
                _ => command.args(["--threads", &threads.to_string()]),
            };
            command
        });
        Contestant::new(part, threads, command)
    };
    threads.iter().map(on).collect()
}

/// Program and arguments but for the threads: two epochs, one for the slowest.
fn command_line(part: Part, place: &Place) -> Result<Vec<OsString>> {
    let epoch = place.built.epoch.as_os_str();
    let peer = |package| -> Result<Vec<OsString>> {
        let program = build::peer(place.project, place.built, package)?;
        let data = place.data.as_os_str().to_owned();
        Ok(vec![program.into(), "--data".into(), data, "--epochs".into(), "2".into()])
    };
    Ok(match part {
        Part::Ours | Part::To98 => vec![epoch.into(), "--epochs".into(), "2".into()],
        Part::Plain => vec![epoch.into(), "--epochs".into(), "2".into(), "--autograd".into()],
        Part::PytorchMemory => pytorch(place, ["--feed", "memory", "--epochs", "2"])?,
        Part::PytorchDataset => pytorch(place, ["--feed", "dataset", "--epochs", "1"])?,
        Part::Candle => peer("peer_candle")?,
        Part::Burn => peer("peer_burn")?,
        Part::Ceiling => vec![place.built.ceiling.clone().into()],
    })
}

fn pytorch(place: &Place, arguments: [&str; 4]) -> Result<Vec<OsString>> {
    let advice = format!(
        "set {PYTHON} to a Python that has PyTorch and numpy, as `python3 -m venv DIR && \
         DIR/bin/pip install torch numpy` makes one: {PYTHON}=DIR/bin/python"
    );
    let named = env::var_os(PYTHON).filter(|value| !value.is_empty());
    let python = named.with_context(|| format!("no PyTorch; {advice}"))?;
    let imported = Command::new(&python).args(["-c", "import numpy, torch"]).output();
    let imported = imported.map_err(|error| anyhow!("{}: {error}; {advice}", python.display()))?;
    ensure!(
        imported.status.success(),
        "{} cannot import torch and numpy; {advice}",
        python.display()
    );
    let script = place.project.join("benches/peers/pytorch.py");
    let mut line = vec![python, script.into(), "--data".into(), place.data.into()];
    line.extend(arguments.map(OsString::from));
    Ok(line)
}

/// Our training, on as many threads as it chooses itself.
pub fn default_threads(place: &Place) -> Command {
    let mut command = Command::new(&place.built.epoch);
    command.env("MNIST_DIR", place.data);
    command
}
