//! The contestants, and how each is started.

use super::Part;
use super::build::{self, Built};
use super::line::Output;
use anyhow::{Context, Result, anyhow, bail};
use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;

/// Names the Python that has PyTorch.
const PYTHON: &str = "MNIST_TUTORIAL_BENCH_PYTHON";

/// Epochs of one run; one for the slowest.
const EPOCHS: &str = "2";

/// Makes the command for so many threads.
pub type Launch = Rc<dyn Fn(usize) -> Command>;

/// Where everybody finds things.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The clone's top folder.
    pub project: &'a Path,
    /// The four files.
    pub data: &'a Path,
}

/// One contestant on so many threads.
pub struct Program {
    /// Who it is.
    pub part: Part,
    /// Threads it computes with.
    pub threads: usize,
    launch: Result<Launch, String>,
}

impl Program {
    /// One that can be started.
    pub fn new(part: Part, threads: usize, launch: &Launch) -> Self {
        Self { part, threads, launch: Ok(launch.clone()) }
    }

    /// One that is not there, and why.
    pub fn absent(part: Part, threads: usize, reason: &str) -> Self {
        Self { part, threads, launch: Err(reason.to_owned()) }
    }

    /// Runs it once, to its end.
    ///
    /// # Errors
    /// If it is not there, fails, or prints what is not understood.
    pub fn run(&self) -> Result<Output> {
        let launch = self.launch.as_ref().map_err(|reason| anyhow!("{reason}"))?;
        output(&mut launch(self.threads))
    }
}

/// Runs a program and reads its lines.
///
/// # Errors
/// If it fails, with the last line of its complaint, or prints what is not understood.
pub fn output(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        bail!("failed ({}): {last}", output.status);
    }
    Output::parse(&String::from_utf8_lossy(&output.stdout))
}

/// How to start a contestant; builds it, where it has to be built.
///
/// # Errors
/// Why it is not there, in words.
pub fn launcher(part: Part, built: &Built, place: &Place) -> Result<Launch, String> {
    match part {
        Part::Ours | Part::To98 => Ok(ours(built, place, &["--epochs", EPOCHS])),
        Part::Plain => Ok(ours(built, place, &["--epochs", EPOCHS, "--autograd"])),
        Part::PytorchMemory => pytorch(place, &["--feed", "memory", "--epochs", EPOCHS]),
        Part::PytorchDataset => pytorch(place, &["--feed", "dataset", "--epochs", "1"]),
        Part::Candle => peer(place, built, "peer_candle"),
        Part::Burn => peer(place, built, "peer_burn"),
        Part::Ceiling => {
            let program = built.ceiling.clone();
            Ok(Rc::new(move |threads| with_threads(Command::new(&program), threads)))
        }
    }
}

fn with_threads(mut command: Command, threads: usize) -> Command {
    command.args(["--threads", &threads.to_string()]);
    command
}

fn ours(built: &Built, place: &Place, arguments: &'static [&str]) -> Launch {
    let (program, data) = (built.epoch.clone(), place.data.to_owned());
    Rc::new(move |threads| {
        let mut command = Command::new(&program);
        command.args(arguments).env("MNIST_DIR", &data);
        with_threads(command, threads)
    })
}

fn pytorch(place: &Place, arguments: &'static [&str]) -> Result<Launch, String> {
    let advice = format!(
        "set {PYTHON} to a Python that has PyTorch and numpy, as `python3 -m venv DIR && \
         DIR/bin/pip install torch numpy` makes one: {PYTHON}=DIR/bin/python"
    );
    let named = env::var_os(PYTHON).filter(|value| !value.is_empty());
    let python = named.ok_or_else(|| format!("no PyTorch; {advice}"))?;
    let test = Command::new(&python).args(["-c", "import numpy, torch"]).output();
    match test {
        Ok(output) if output.status.success() => {}
        Ok(_) => {
            return Err(format!("{} cannot import torch and numpy; {advice}", python.display()));
        }
        Err(error) => return Err(format!("{}: {error}; {advice}", python.display())),
    }
    let (script, data) = (place.project.join("benches/peers/pytorch.py"), place.data.to_owned());
    Ok(Rc::new(move |threads| {
        let mut command = Command::new(&python);
        command.arg(&script).arg("--data").arg(&data).args(arguments);
        with_threads(command, threads)
    }))
}

/// candle and burn compute with rayon, which has a variable for its threads.
fn peer(place: &Place, built: &Built, package: &str) -> Result<Launch, String> {
    let program =
        build::peer(place.project, built, package).map_err(|error| format!("{error:#}"))?;
    let data = place.data.to_owned();
    Ok(Rc::new(move |threads| {
        let mut command = Command::new(&program);
        command.arg("--data").arg(&data).args(["--epochs", EPOCHS]);
        command.env("RAYON_NUM_THREADS", threads.to_string());
        command
    }))
}

/// Our training with the fastest settings, on as many threads as it takes by itself.
pub fn to_98(built: &Built, place: &Place, seed: u64) -> Command {
    let mut command = default_threads(built, place);
    command.args(["--fast", "--seed", &seed.to_string()]);
    command
}

/// Our training, on as many threads as it takes by itself.
pub fn default_threads(built: &Built, place: &Place) -> Command {
    let mut command = Command::new(&built.epoch);
    command.env("MNIST_DIR", place.data);
    command
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A contestant that is a line of shell.
    pub(in crate::bench) fn shell(part: Part, threads: usize, script: &str) -> Program {
        let script = script.to_owned();
        let launch: Launch = Rc::new(move |_| {
            let mut command = Command::new("sh");
            command.args(["-c", &script]);
            command
        });
        Program::new(part, threads, &launch)
    }

    #[test]
    fn a_failure_is_told_with_the_programs_last_words() {
        let program = shell(Part::Burn, 1, "echo first >&2; echo the reason >&2; exit 3");
        let error = program.run().unwrap_err().to_string();
        assert!(error.ends_with("): the reason"), "{error}");
        let missing = output(&mut Command::new("/no/such/program")).unwrap_err();
        assert!(format!("{missing:#}").starts_with("cannot start /no/such/program"));
    }

    #[test]
    fn who_is_absent_says_why() {
        let error = Program::absent(Part::Burn, 2, "no PyTorch").run().unwrap_err();
        assert_eq!(error.to_string(), "no PyTorch");
    }
}
