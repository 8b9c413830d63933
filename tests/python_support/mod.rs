//! The Python that computes or reads what a test compares with.
//!
//! `cargo xtask test` names the one that set-up made, with numpy, safetensors and
//! TensorBoard; plain `cargo test` looks for it in the cache. Without any, the tests that need
//! it say so and pass.

#![allow(dead_code, missing_docs)] // Each test file uses a part of it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the interpreter.
pub const VARIABLE: &str = "MNIST_TUTORIAL_TEST_PYTHON";

/// The interpreter; prints why a test is skipped where there is none.
pub fn python() -> Option<PathBuf> {
    let named = env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let python = named.or_else(|| {
        let folders = environments_in_cache().unwrap_or_default();
        folders.iter().map(|folder| folder.join("bin/python")).find(|file| file.exists())
    });
    if python.is_none() {
        println!(
            "skipped: {VARIABLE} names no Python and the cache has none; `cargo xtask setup` \
             brings one"
        );
    }
    python
}

/// Finished Python environments of the course's cache.
fn environments_in_cache() -> Option<Vec<PathBuf>> {
    let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = folder("HOME");
    let caches = match cfg!(target_os = "macos") {
        true => user.map(|user| user.join("Library/Caches")),
        false => folder("XDG_CACHE_HOME").or_else(|| user.map(|user| user.join(".cache"))),
    };
    let cache = folder("MNIST_TUTORIAL_HOME")
        .or_else(|| caches.map(|caches| caches.join("mnist-tutorial")))?;
    let mut found: Vec<PathBuf> = cache
        .read_dir()
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python-"))
                && path.join("complete").exists()
        })
        .collect();
    found.sort();
    Some(found)
}

/// A command that runs `tests/reference/<name>`, undisturbed by variables and packages
/// meant for another Python; none where there is no Python.
pub fn script(name: &str) -> Option<Command> {
    let mut command = Command::new(python()?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    command.args(["-I", "-B"]).arg(folder.join(name));
    Some(command)
}

/// What the command prints; fails with its last words if it fails.
pub fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("the Python starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}:\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("Python prints UTF-8")
}
