//! Where the real TensorBoard is on this machine.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// Names TensorBoard's program; the course's kernel sets it.
pub(super) const VARIABLE: &str = "MNIST_TUTORIAL_TENSORBOARD";

/// The program that the variable names, else the one on the `PATH`.
///
/// # Errors
/// There is none, with what to do.
pub(super) fn find() -> Result<PathBuf> {
    find_in(env::var_os(VARIABLE).map(PathBuf::from), &env::var_os("PATH").unwrap_or_default())
}

fn find_in(named: Option<PathBuf>, path: &std::ffi::OsStr) -> Result<PathBuf> {
    if let Some(program) = named.filter(|program| !program.as_os_str().is_empty()) {
        ensure!(
            is_program(&program),
            "{VARIABLE}={}: this is no program; set it to TensorBoard's, or unset it and run \
             `cargo xtask setup`",
            program.display()
        );
        return Ok(program);
    }
    let found = env::split_paths(path).map(|folder| folder.join("tensorboard"));
    found.into_iter().find(|program| is_program(program)).ok_or_else(|| {
        anyhow::anyhow!(
            "TensorBoard is not on the PATH; `cargo xtask tensorboard` gets it and shows the \
             runs, or set {VARIABLE} to its program"
        )
    })
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_said_with_a_remedy() {
        let error = find_in(None, "/nowhere".as_ref()).unwrap_err().to_string();
        assert!(error.contains("cargo xtask tensorboard"), "{error}");
        let error = find_in(Some("/nowhere/tensorboard".into()), "".as_ref()).unwrap_err();
        let start = "MNIST_TUTORIAL_TENSORBOARD=/nowhere/tensorboard: this is no program";
        assert!(error.to_string().starts_with(start), "{error}");
    }
}
