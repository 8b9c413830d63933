//! The stand-in for the cargo that evcxr compiles cells with.
//!
//! For every cell, cargo looks at the 230 parts of the build, finds that the cell alone is
//! new, and runs the compiler for it: of 0.41 s for a small cell, the compiler takes 0.25 s.
//! So the stand-in has cargo build one cell, through which it learns how the compiler is
//! called, and calls it itself from then on, as long as nothing but the cell has changed. What
//! it does not know, and every error that is not about the cell's own lines, is cargo's.
//!
//! It also keeps the versions of the dependencies: evcxr's first cell has none, whereupon cargo
//! forgets them all, and would ask the network for the newest ones in the next, which no
//! template has compiled.

mod interrupt;
mod recipe;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::facts::Facts;
use crate::layout::{lock_file, make_own};
use crate::programs::{cargo_settings, exit_code, stand_in, write_script};
use crate::settings::Settings;
use recipe::{Artifact, Call, LEARN_VARIABLE, Recipe};

/// Holds the stand-in in a kernel's private folder, and what it has learned.
const FOLDER: &str = "shortcut";

/// By this cargo runs a program in place of the compiler.
const WRAPPER_VARIABLE: &str = "RUSTC_WRAPPER";

/// For a cell's crate, whose parts would else be optimised once more as a whole: a fifth of the
/// compiler's time, for code whose hot loops lie in one part.
const QUICKER: &str = "-Clto=off";

/// Makes the stand-in for a kernel that works in `folder`.
pub fn equip(settings: &Settings, folder: &Path, facts: &Facts) -> Result<()> {
    let task = if settings.is_without(FOLDER) { "cargo" } else { "compile" };
    let own = folder.join(FOLDER);
    // What it remembers holds the user's environment.
    make_own(&own)?;
    let text = stand_in(&[task.as_ref(), own.as_os_str()], &facts.toolchain.join("cargo"))?;
    write_script(&program(folder), &text)
}

/// The cargo for evcxr to run.
pub fn program(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join("cargo")
}

/// Removes it all from a finished template, whose kernels each get their own.
pub fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join(FOLDER));
}

/// Answers evcxr as this cargo would; what is learned lies in `folder`.
///
/// # Errors
/// Cargo does not start.
pub fn run(folder: &Path, cargo: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    keep_versions(folder);
    let is_build = arguments.first().is_some_and(|word| word == "build");
    // A wrapper of the user's own is to see every call.
    if !is_build || env::var_os(WRAPPER_VARIABLE).is_some() || settings_name_wrapper() {
        if is_build {
            interrupt::ignore(folder);
        }
        return replace(Command::new(cargo).args(arguments));
    }
    interrupt::watch(folder);
    Ok(interrupt::settle(folder, compile(folder, cargo, arguments)?))
}

fn compile(folder: &Path, cargo: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    if !interrupt::came(folder)
        && let Some(recipe) = Recipe::read(folder)
        && recipe.holds(arguments)
        && let Some(code) = recipe.follow()
    {
        return Ok(code);
    }
    if interrupt::came(folder) {
        return Ok(ExitCode::FAILURE);
    }
    build(folder, cargo, arguments)
}

/// Whether cargo's settings may name a program that runs in place of the compiler, as sccache does:
/// one that is named in a comment costs only time.
fn settings_name_wrapper() -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).unwrap_or_default();
    let files = env::current_dir().map(|folder| cargo_settings(&folder, &home));
    let texts = files.into_iter().flatten().filter_map(|file| fs::read_to_string(file).ok());
    texts.into_iter().any(|text| text.contains("rustc-wrapper"))
}

/// Answers evcxr by this cargo itself: what is left where the shortcut is turned off.
///
/// # Errors
/// Cargo does not start.
pub fn run_cargo(folder: &Path, cargo: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    keep_versions(folder);
    replace(Command::new(cargo).args(arguments))
}

/// Puts the versions back that the clone pins, where cargo has forgotten them. What fails here
/// fails in cargo again, which says so.
fn keep_versions(folder: &Path) {
    let forgotten = |lock: String| lock.matches("[[package]]").count() <= 1;
    let kernel = folder.parent().unwrap_or(folder);
    let (pinned, used) = (lock_file(kernel), lock_file(Path::new("")));
    if fs::read_to_string(&used).is_ok_and(forgotten) && pinned.is_file() {
        let _ = fs::copy(pinned, used);
    }
}

/// Has cargo build, and remembers how it built the cell.
fn build(folder: &Path, cargo: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    let begun = SystemTime::now();
    let launcher = env::current_exe().context("finding this program's own file")?;
    let mut command = Command::new(cargo);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command.env(WRAPPER_VARIABLE, launcher).env(LEARN_VARIABLE, folder);
    let started = command.spawn();
    let mut cargo = started.with_context(|| format!("cannot start {}", cargo.display()))?;
    let mut artifact = None;
    for line in BufReader::new(cargo.stdout.take().context("cargo has no output")?).split(b'\n') {
        let line = [line?, b"\n".to_vec()].concat();
        io::stdout().write_all(&line)?;
        artifact = Artifact::of_cell(&line).or(artifact);
    }
    let status = cargo.wait()?;
    if let (true, Some(artifact)) = (status.success(), artifact) {
        // What cannot be remembered is built by cargo again.
        let _ = Recipe::learn(folder, arguments, begun, artifact);
    }
    Ok(exit_code(status))
}

/// The call of a compiler, if this program was started as one by a build from which to learn.
///
/// # Errors
/// The compiler does not start.
pub fn compiler_called(words: &[OsString]) -> Option<Result<ExitCode>> {
    let folder = PathBuf::from(env::var_os(LEARN_VARIABLE)?);
    let (compiler, arguments) = words.split_first()?;
    let compiler = Path::new(compiler);
    let mut command = Command::new(compiler);
    command.args(arguments).env_remove(LEARN_VARIABLE);
    let quicker = [arguments, &[QUICKER.into()]].concat();
    if let Some(call) = Call::of_cell(compiler, &quicker) {
        command.arg(QUICKER);
        // What is not noted is not learned.
        let _ = call.note(&folder);
    }
    Some(replace(&mut command))
}

/// Lets a program take the place of this one.
fn replace(command: &mut Command) -> Result<ExitCode> {
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", command.get_program().display()))
}
