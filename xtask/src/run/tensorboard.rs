//! The real TensorBoard for the runs that the course logged, on this machine only.

use crate::setup::{self, Needs, home::Home, python};
use anyhow::{Context, Result, ensure};
use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// TensorBoard's Python module.
const MODULE: &str = "tensorboard.main";

/// Runs it so that no other user of the machine sees the runs.
const SCRIPT: &str = "xtask/python/private_tensorboard.py";

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
    let mut command = python::COURSE.command(home);
    add_arguments(command.arg(project.join(SCRIPT)), &logdir, options.port);
    Err(command.exec()).context("cannot start TensorBoard")
}

/// A TensorBoard on any free port that ends with its standard input.
pub fn attached(home: &Home, project: &Path, logdir: &Path) -> Command {
    let mut command = python::COURSE.command(home);
    command.arg(project.join(python::ATTACHED)).arg(MODULE);
    add_arguments(&mut command, logdir, Some(0));
    command
}

fn add_arguments(command: &mut Command, logdir: &Path, port: Option<u16>) {
    // Without the second program that reads for it, which prints a page of notes.
    command.arg("--logdir").arg(logdir).args(["--host", "127.0.0.1", "--load_fast=false"]);
    command.args(port.map(|port| format!("--port={port}")));
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
        let home = Home::at(Path::new("home")).unwrap();
        let command = attached(&home, Path::new("clone"), Path::new("runs"));
        let arguments: Vec<_> = command.get_args().skip(2).collect();
        assert_eq!(
            arguments,
            ["--logdir", "runs", "--host", "127.0.0.1", "--load_fast=false", "--port=0"]
        );
    }
}
