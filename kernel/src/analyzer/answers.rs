//! Answers of cargo and rustc that depend on nothing but the toolchain and its settings.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Result;

use crate::digest::Parts;
use crate::files;

/// Where they lie in the view's folder of a kernel or a template.
const FOLDER: &str = "answers";

/// Variables that change what the compiler says of itself.
const VARIABLES: [&str; 4] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_BOOTSTRAP"];

/// Whether the answer is the same for every crate: a question about the compiler itself that
/// names no file.
pub fn is_general(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let asks = |word: &str| word == "-vV" || word == "--version" || word.starts_with("--print");
    words.iter().any(|word| asks(word)) && !words.iter().any(|word| word.contains(['/', '\\']))
}

/// A name for the answer that changes with everything the answer depends on.
///
/// # Errors
/// The program is not there.
pub fn key(program: &Path, arguments: &[OsString], own: &Path) -> Result<String> {
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
pub fn recall(folders: &[&Path], key: &str) -> Option<Vec<u8>> {
    folders.iter().find_map(|folder| fs::read(folder.join(FOLDER).join(key)).ok())
}

/// Remembers an answer.
pub fn remember(folder: &Path, key: &str, answer: &[u8]) -> Result<()> {
    files::write(&folder.join(FOLDER).join(key), answer, 0o600)
}

#[cfg(test)]
mod tests;
