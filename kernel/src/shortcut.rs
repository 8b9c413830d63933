//! The stand-in for the cargo that evcxr compiles cells with.
//!
//! For every cell, cargo looks at the 230 parts of the build, finds that the cell alone is
//! new, and runs the compiler for it: of 0.41 s for a small cell, the compiler takes 0.25 s.
//! So the stand-in has cargo build one cell, through which it learns how the compiler is
//! called, and calls it itself from then on, as long as nothing but the cell has changed. What
//! it does not know, and every error that is not about the cell's own lines, is cargo's.

mod recipe;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Error, Result};

use super::template::Facts;
use super::{place, script};
use recipe::{Artifact, Call, Recipe};

/// What the stand-in's script passes on.
#[derive(clap::Args)]
pub struct Options {
    /// The kernel's folder of the stand-in
    folder: PathBuf,
    /// The real cargo
    cargo: PathBuf,
    /// What evcxr asks
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// Holds the stand-in in a kernel's private folder, and what it has learned.
const FOLDER: &str = "shortcut";

/// Names that folder to the compiler's calls of a build from which to learn.
const LEARN_VARIABLE: &str = "MNIST_TUTORIAL_LEARN";

/// By this cargo runs a program in place of the compiler.
const WRAPPER_VARIABLE: &str = "RUSTC_WRAPPER";

/// Makes the stand-in for a kernel that works in `folder`.
pub fn equip(folder: &Path, facts: &Facts) -> Result<()> {
    let own = folder.join(FOLDER);
    // What it remembers holds the user's environment.
    place::make_own(&own)?;
    let cargo = facts.toolchain.join("cargo");
    let text = script::stand_in(&["compile".as_ref(), own.as_os_str()], &cargo)?;
    script::write(&program(folder), &text)
}

/// The cargo for evcxr to run.
pub fn program(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join("cargo")
}

/// Removes it all from a finished template, whose kernels each get their own.
pub fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join(FOLDER));
}

/// Answers evcxr as cargo would.
///
/// # Errors
/// Cargo does not start.
pub fn run(options: &Options) -> Result<ExitCode> {
    let is_build = options.arguments.first().is_some_and(|word| word == "build");
    // A wrapper of the user's own is to see every call.
    if !is_build || env::var_os(WRAPPER_VARIABLE).is_some() {
        let error = Command::new(&options.cargo).args(&options.arguments).exec();
        return Err(cannot_start(&options.cargo)(error.into()));
    }
    if let Some(recipe) = Recipe::read(&options.folder)
        && recipe.holds(&options.arguments)
        && let Some(code) = recipe.follow()
    {
        return Ok(code);
    }
    build(options)
}

/// Has cargo build, and remembers how it built the cell.
fn build(options: &Options) -> Result<ExitCode> {
    let begun = SystemTime::now();
    let launcher = env::current_exe().context("finding this program's own file")?;
    let mut command = Command::new(&options.cargo);
    command.args(&options.arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command.env(WRAPPER_VARIABLE, launcher).env(LEARN_VARIABLE, &options.folder);
    let started = command.spawn().map_err(Error::from);
    let mut cargo = started.map_err(cannot_start(&options.cargo))?;
    let mut artifact = None;
    for line in BufReader::new(cargo.stdout.take().context("cargo has no output")?).split(b'\n') {
        let line = [line?, b"\n".to_vec()].concat();
        io::stdout().write_all(&line)?;
        artifact = Artifact::of_cell(&line).or(artifact);
    }
    let status = cargo.wait()?;
    if let (true, Some(artifact)) = (status.success(), artifact) {
        // What cannot be remembered is built by cargo again.
        let _ = Recipe::learn(&options.folder, &options.arguments, begun, artifact);
    }
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The call of a compiler, if this program was started as one by a build from which to learn.
///
/// # Errors
/// The compiler does not start.
pub fn compiler_called() -> Option<Result<ExitCode>> {
    let folder = PathBuf::from(env::var_os(LEARN_VARIABLE)?);
    let mut words = env::args_os().skip(1);
    let compiler = PathBuf::from(words.next()?);
    let arguments: Vec<OsString> = words.collect();
    if let Some(call) = Call::of_cell(&compiler, &arguments, LEARN_VARIABLE) {
        // What is not noted is not learned.
        let _ = call.note(&folder);
    }
    let error = Command::new(&compiler).args(arguments).env_remove(LEARN_VARIABLE).exec();
    Some(Err(cannot_start(&compiler)(error.into())))
}

fn cannot_start(program: &Path) -> impl Fn(Error) -> Error {
    let words = format!("cannot start {}", program.display());
    move |error| error.context(words.clone())
}
