//! The stand-in for cargo and rustc that rust-analyzer runs.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use anyhow::{Context, Result};

use super::{answers, metadata, view};

/// What the stand-in's script passes on.
#[derive(clap::Args)]
pub struct Options {
    /// The kernel's own folder of the view
    own: PathBuf,
    /// The template's
    template: PathBuf,
    /// The real program
    program: PathBuf,
    /// What rust-analyzer asked
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// Answers as the real program would, as far as rust-analyzer is to know.
///
/// # Errors
/// The real program does not start.
pub fn run(options: &Options) -> Result<ExitCode> {
    let name = options.program.file_name().unwrap_or_default();
    let first = options.arguments.first().and_then(|word| word.to_str()).unwrap_or_default();
    if name == "rustc" && options.arguments == ["--print", "sysroot"] {
        // The first question of each load.
        view::open(&options.own, &fs::read_to_string("Cargo.toml").unwrap_or_default());
        println!("{}", options.own.display());
        return Ok(ExitCode::SUCCESS);
    }
    if name == "cargo" && first == "metadata" {
        return pass(real(options), |answer| metadata::prune(answer).unwrap_or(answer.to_owned()));
    }
    if answers::is_general(&options.arguments)
        && let Ok(key) = answers::key(&options.program, &options.arguments, &options.own)
    {
        return general(options, &key);
    }
    let error = real(options).exec();
    Err(error).with_context(|| format!("cannot start {}", options.program.display()))
}

/// Answers from memory; what is not there yet is asked and remembered.
fn general(options: &Options, key: &str) -> Result<ExitCode> {
    let folders: [&Path; 2] = [&options.own, &options.template];
    if let Some(answer) = answers::recall(&folders, key) {
        io::stdout().write_all(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    pass(real(options), |answer| {
        // Without room to remember it, it is asked again.
        let _ = answers::remember(&options.own, key, answer);
        answer.to_owned()
    })
}

/// The real program, which must not meet the stand-ins in turn.
fn real(options: &Options) -> Command {
    let mut command = Command::new(&options.program);
    command.args(&options.arguments).env_remove("RUSTUP_TOOLCHAIN");
    command.env("RUSTC", options.program.with_file_name("rustc"));
    command
}

/// Runs a program; `change` may change what it answers if it succeeds.
fn pass(mut command: Command, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<ExitCode> {
    let started = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let Output { status, stdout, .. } =
        started.with_context(|| format!("cannot start {command:?}"))?;
    let answer = if status.success() { change(&stdout) } else { stdout };
    io::stdout().write_all(&answer)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
