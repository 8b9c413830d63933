//! Every check the project has.

mod rules;

use crate::process::clock;
use crate::run::notebooks;
use crate::setup::{self, Needs, home::Home, python};
use crate::{browser, command};
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

/// Names to the library's tests the Python that reads back and computes again.
const TEST_PYTHON: &str = "MNIST_TUTORIAL_TEST_PYTHON";

/// Drives the browser that the live view is tried in.
const LIVE_VIEW: &str = "kernel/tests/browser/check.py";

/// Which checks.
#[derive(clap::Args)]
pub struct Options {
    /// Only this one
    #[arg(long)]
    only: Option<Step>,
    /// The slow ones too: training on MNIST as PyTorch does, all exercise sheets as they are, and
    /// what people may do to a kernel, at random
    #[arg(long)]
    slow: bool,
}

/// One check. The packages are built one by one: together, xtask would need libtorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted
    Format,
    /// No warnings of clippy
    Lint,
    /// The library's unit, integration and documentation tests
    Library,
    /// The kernel's and the tasks' own tests
    Tasks,
    /// The documentation builds without warnings
    Documentation,
    /// The stored notebooks follow the project's rules
    Rules,
    /// The notebooks and the solutions of their exercises run without an error
    Notebooks,
    /// The live view moves, stops and survives a reload in a real browser
    Browser,
    /// The tests that are ignored because they take minutes
    Slow,
}

/// Why a check was skipped, if it was.
type Skipped = Option<String>;

/// Sets up and checks; stops at the first failure.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    let start = Instant::now();
    let needs = options.only.map_or(Needs::Course, Step::needs);
    setup::only(home, project, needs)?;
    let mut table = match needs {
        Needs::Nothing => Vec::new(),
        _ => vec![format!("  {:14} passed  {}", "set-up", clock(start.elapsed()))],
    };
    for &step in Step::value_variants() {
        let is_wanted = match options.only {
            Some(only) => only == step,
            None => step != Step::Slow || options.slow,
        };
        if !is_wanted {
            continue;
        }
        println!("\n== {} ==", step.name());
        let start = Instant::now();
        let outcome = step.check(home, project);
        let result = match &outcome {
            Ok(None) => format!("passed  {}", clock(start.elapsed())),
            Ok(Some(why)) => format!("skipped ({why})"),
            Err(_) => format!("FAILED  {}", clock(start.elapsed())),
        };
        table.push(format!("  {:14} {result}", step.name()));
        if let Err(error) = outcome {
            println!("\n{}", table.join("\n"));
            bail!(
                "{error:#}\nxtask test: FAILED at {0}; repeat it with `cargo xtask test --only {0}`",
                step.name()
            );
        }
    }
    println!("\n{}", table.join("\n"));
    println!("xtask test: PASSED in {}", clock(start.elapsed()));
    Ok(())
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The kernel's and the tasks' own tests of the kernel skip themselves where there is none.
    fn needs(self) -> Needs {
        match self {
            Step::Format | Step::Tasks | Step::Rules => Needs::Nothing,
            Step::Lint | Step::Library | Step::Documentation => Needs::Libtorch,
            Step::Notebooks | Step::Browser | Step::Slow => Needs::Course,
        }
    }

    fn check(self, home: &Home, project: &Path) -> Result<Skipped> {
        let cargo = |line: &str| cargo(home, project, line);
        match self {
            Step::Format if !has(project, "fmt") => return Ok(without("rustfmt")),
            Step::Format => cargo("fmt --all --check")?,
            Step::Lint if !has(project, "clippy") => return Ok(without("clippy")),
            Step::Lint => {
                cargo("clippy -p notebook-kernel -p xtask --all-targets -- -D warnings")?;
                cargo("clippy -p mnist-files -p sparse-step --all-targets -- -D warnings")?;
                cargo("clippy -p mnist_tutorial --all-targets -- -D warnings")?;
            }
            Step::Library => cargo("test -p mnist-files -p sparse-step -p mnist_tutorial")?,
            Step::Tasks => cargo("test -p notebook-kernel -p xtask")?,
            Step::Documentation => {
                cargo("doc --no-deps -p mnist-files -p sparse-step -p mnist_tutorial")?;
                cargo("doc --no-deps -p notebook-kernel -p xtask --document-private-items")?;
            }
            Step::Rules => rules::check_all(project)?,
            Step::Notebooks => notebooks::try_all(home, project)?,
            Step::Browser => match browser::find() {
                Ok(chromium) => live_view(home, project, &chromium)?,
                Err(missing) => return Ok(Some(missing.to_string())),
            },
            Step::Slow => {
                notebooks::try_all_untouched(home, project)?;
                cargo("test -p notebook-kernel -- --ignored --nocapture")?;
                cargo("test -p mnist_tutorial --test train_on_mnist -- --ignored --nocapture")?;
            }
        }
        Ok(None)
    }
}

fn without(component: &str) -> Skipped {
    Some(format!("no {component}: `rustup component add {component}`"))
}

/// Whether this toolchain has the component.
fn has(project: &Path, component: &str) -> bool {
    let mut command = command::cargo(project);
    command.args([component, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn cargo(home: &Home, project: &Path, line: &str) -> Result<()> {
    println!("cargo {line}");
    let mut command = command::cargo(project);
    command.args(line.split(' ')).env("RUSTDOCFLAGS", "-D warnings");
    command.env(TEST_PYTHON, python::COURSE.program(home));
    let status = command.status().context("cannot start cargo")?;
    ensure!(status.success(), "`cargo {line}` failed");
    Ok(())
}

/// The live view in a real browser: with a stand-in for the kernel, then with the course's.
/// Screenshots go to `target/browser/`.
fn live_view(home: &Home, project: &Path, chromium: &Path) -> Result<()> {
    let xtask = std::env::current_exe().context("finding this program's own file")?;
    let stand_in = ["--python".into(), python::COURSE.program(home)];
    let course = ["--xtask".into(), xtask, "--project".into(), project.to_owned()];
    for kernel in [&stand_in[..], &course[..]] {
        let mut command = browser::script(home, &project.join(LIVE_VIEW), chromium)?;
        command.args(kernel).arg("--screenshots").arg(project.join("target/browser"));
        let status = command.status().context("cannot start the browser tests")?;
        ensure!(status.success(), "a browser test failed; its screenshot is in target/browser/");
    }
    Ok(())
}
