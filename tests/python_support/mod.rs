//! The Python that computes or reads what a test compares with.
//!
//! `cargo xtask test` names the one that set-up made, with numpy, safetensors and
//! TensorBoard; plain `cargo test` names none, and the tests that need it say so and pass.

#![allow(dead_code, missing_docs)] // Each test file uses a part of it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the interpreter.
pub const VARIABLE: &str = "MNIST_TUTORIAL_TEST_PYTHON";

/// The interpreter; prints why a test is skipped where there is none.
pub fn python() -> Option<PathBuf> {
    let python = env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    if python.is_none() {
        println!("skipped: {VARIABLE} names no Python; `cargo xtask test --only library` does");
    }
    python
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
