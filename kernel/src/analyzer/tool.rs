//! The stand-in for cargo and rustc that rust-analyzer runs. It remembers answers that depend on
//! nothing but the toolchain and its settings.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use super::{metadata, view};
use crate::digest::Parts;
use crate::files;
use crate::programs::exit_code;
use crate::settings::Settings;

/// Where answers lie in the view's folder of a kernel or a template.
const FOLDER: &str = "answers";

/// Variables that change what the compiler says of itself.
const VARIABLES: [&str; 4] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_BOOTSTRAP"];

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
    if is_general(arguments)
        && let Ok(key) = key(program, arguments, folders[0])
    {
        if let Some(answer) = recall(&folders, &key) {
            io::stdout().write_all(&answer)?;
            return Ok(ExitCode::SUCCESS);
        }
        return pass(real, |answer| {
            // Without room to remember it, it is asked again.
            let _ = remember(folders[0], &key, answer);
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

/// Whether the answer is the same for every crate: a question about the compiler itself that
/// names no file.
fn is_general(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let asks = |word: &str| word == "-vV" || word == "--version" || word.starts_with("--print");
    words.iter().any(|word| asks(word)) && !words.iter().any(|word| word.contains(['/', '\\']))
}

/// A name for the answer that changes with everything the answer depends on.
///
/// # Errors
/// The program is not there.
fn key(program: &Path, arguments: &[OsString], own: &Path) -> Result<String> {
    let mut parts = Parts::default();
    let data = fs::metadata(program)?;
    let modified = data.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    parts.add(program.as_os_str().as_encoded_bytes());
    parts.add(modified.to_le_bytes());
    parts.add(data.len().to_le_bytes());
    arguments.iter().for_each(|argument| parts.add(argument.as_encoded_bytes()));
    parts.add("variables");
    for name in VARIABLES {
        parts.add(env::var_os(name).unwrap_or_default().as_encoded_bytes());
    }
    for file in settings(own) {
        parts.add(fs::read(file).unwrap_or_default());
    }
    Ok(parts.name())
}

/// The settings of cargo that hold for a kernel's crate.
fn settings(own: &Path) -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let users = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let above = own.parent().map(|kernel| kernel.join(".cargo"));
    let folders = [users, above].into_iter().flatten();
    folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name))).collect()
}

/// The answer that one of these folders remembers.
fn recall(folders: &[&Path], key: &str) -> Option<Vec<u8>> {
    folders.iter().find_map(|folder| fs::read(folder.join(FOLDER).join(key)).ok())
}

/// Remembers an answer.
fn remember(folder: &Path, key: &str, answer: &[u8]) -> Result<()> {
    files::write(&folder.join(FOLDER).join(key), answer, 0o600)
}

#[cfg(test)]
mod tests;
