//! The stand-in for cargo and rustc that rust-analyzer runs.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};

use anyhow::{Context, Result};

use super::{answers, metadata, view};
use crate::programs::exit_code;
use crate::settings::Settings;

/// Answers as `program` would, as far as rust-analyzer is to know. The folders are the kernel's
/// own of the view, and its template's.
///
/// # Errors
/// The real program does not start.
pub fn run(
    settings: &Settings,
    folders: [&Path; 2],
    program: &Path,
    arguments: &[OsString],
) -> Result<ExitCode> {
    let name = program.file_name().unwrap_or_default();
    let first = arguments.first().and_then(|word| word.to_str()).unwrap_or_default();
    if name == "rustc" && arguments == ["--print", "sysroot"] {
        // The first question of each load.
        view::open(folders[0], &fs::read_to_string("Cargo.toml").unwrap_or_default());
        println!("{}", folders[0].display());
        return Ok(ExitCode::SUCCESS);
    }
    // It must not meet the stand-ins in turn.
    let mut real = Command::new(program);
    real.args(arguments).env_remove("RUSTUP_TOOLCHAIN");
    real.env("RUSTC", program.with_file_name("rustc"));
    if name == "cargo" && first == "metadata" {
        return pass(real, |answer| {
            metadata::prune(answer, &settings.cut).unwrap_or(answer.to_owned())
        });
    }
    if answers::is_general(arguments)
        && let Ok(key) = answers::key(program, arguments, folders[0])
    {
        if let Some(answer) = answers::recall(&folders, &key) {
            io::stdout().write_all(&answer)?;
            return Ok(ExitCode::SUCCESS);
        }
        return pass(real, |answer| {
            // Without room to remember it, it is asked again.
            let _ = answers::remember(folders[0], &key, answer);
            answer.to_owned()
        });
    }
    Err(real.exec()).with_context(|| format!("cannot start {}", program.display()))
}

/// Runs a program; `change` may change what it answers if it succeeds.
fn pass(mut command: Command, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<ExitCode> {
    let started = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let Output { status, stdout, .. } =
        started.with_context(|| format!("cannot start {command:?}"))?;
    let answer = if status.success() { change(&stdout) } else { stdout };
    io::stdout().write_all(&answer)?;
    Ok(exit_code(status))
}
