//! Finding programs, and starting them without variables that would disturb them.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use notebook_kernel::remove_variables;

/// The user's own `LIBTORCH`.
///
/// Cargo sets that variable too, from this project's `.cargo/config.toml`; that does not count.
pub fn users_libtorch(project: &Path) -> Option<PathBuf> {
    env::var_os("LIBTORCH")
        .filter(|value| !value.is_empty())
        .and_then(|value| std::path::absolute(value).ok())
        .filter(|folder| *folder != libtorch_link(project))
}

/// The link by which plain cargo finds libtorch: `.cargo/config.toml` names it.
pub fn libtorch_link(project: &Path) -> PathBuf {
    project.join(".cargo/libtorch")
}

/// A cargo that runs as if the user had typed it in `project`.
pub fn cargo(project: &Path) -> Command {
    let mut command = cargo_without(project, is_from_cargo_run);
    if users_libtorch(project).is_none() {
        command.env_remove("LIBTORCH");
    }
    command
}

/// A cargo that runs in `folder` without the variables that `unwanted` names.
pub fn cargo_without(folder: &Path, unwanted: impl Fn(&str) -> bool) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    remove_variables(&mut command, unwanted);
    command
}

/// The first line that a program prints, if it starts and succeeds.
pub fn first_line(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let line = String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned();
    output.status.success().then_some(line)
}

/// What `cargo run` adds to the environment: with it, build scripts run again for nothing.
pub fn is_from_cargo_run(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "OUT_DIR"
}

/// This program, by its path or, as a name alone, on the `PATH`.
pub fn find(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let program = Path::new(program.as_ref());
    if program.components().count() > 1 {
        return std::path::absolute(program).ok().filter(|file| is_program(file));
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file()
}
