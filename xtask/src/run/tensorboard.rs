//! The real TensorBoard for the runs that the course logged, on this machine only.

use crate::home::Home;
use crate::python;
use crate::setup::{self, Needs};
use anyhow::{Context, Result, ensure};
use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to show.
#[derive(clap::Args)]
pub struct Options {
    /// The folder with the runs; without it `runs` in the project's folder
    #[arg(long)]
    logdir: Option<PathBuf>,
    /// The port; without it 6006 or the next free one
    #[arg(long)]
    port: Option<u16>,
}

/// Sets up what is missing, then becomes TensorBoard, which prints its address and serves
/// until Ctrl-C.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<Infallible> {
    let logdir = options.logdir.clone().unwrap_or_else(|| project.join("runs"));
    ensure!(
        logdir.is_dir(),
        "{}: there is no such folder, so no run to show; log one first, as the notebook on \
         TensorBoard does, or name another folder with --logdir",
        logdir.display()
    );
    setup::only(home, project, Needs::Python)?;
    println!("The runs in {}; Ctrl-C ends TensorBoard", logdir.display());
    let error = command(home, &logdir, options.port).exec();
    Err(error).context("cannot start TensorBoard")
}

fn command(home: &Home, logdir: &Path, port: Option<u16>) -> Command {
    let mut command = python::command(home);
    command.arg(python::tensorboard(home));
    arguments(&mut command, logdir, port);
    command
}

/// Has TensorBoard serve `logdir` to this machine only; port 0 is any free one.
pub fn arguments(command: &mut Command, logdir: &Path, port: Option<u16>) {
    command.arg("--logdir").arg(logdir).args(["--host", "127.0.0.1"]);
    // Without the second program that reads for it, which prints a page of notes.
    command.arg("--load_fast=false");
    if let Some(port) = port {
        command.arg(format!("--port={port}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_said_before_anything_is_fetched() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(&root.path().join("home")).unwrap();
        let options = Options { logdir: None, port: None };
        let error = run(&home, root.path(), &options).unwrap_err().to_string();
        assert!(error.contains("runs: there is no such folder, so no run to show"), "{error}");
        assert!(error.ends_with("--logdir"), "{error}");
    }

    #[test]
    fn it_serves_this_machine_only() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path()).unwrap();
        let command = command(&home, Path::new("runs"), Some(7007));
        let arguments: Vec<_> = command.get_args().skip(1).collect();
        assert_eq!(
            arguments,
            ["--logdir", "runs", "--host", "127.0.0.1", "--load_fast=false", "--port=7007"]
        );
    }
}
