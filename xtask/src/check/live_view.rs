//! The live view tried in a real browser: with a stand-in for the kernel, then with the course's.

use crate::browser;
use crate::setup::{home::Home, python};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// What drives the browser.
const SCRIPT: &str = "kernel/tests/browser/check.py";

/// Runs the tests; their screenshots go to `target/browser/`.
pub fn check(home: &Home, project: &Path, chromium: &Path) -> Result<()> {
    let xtask = std::env::current_exe().context("finding this program's own file")?;
    let stand_in = ["--python".into(), python::COURSE.program(home)];
    let course = ["--xtask".into(), xtask, "--project".into(), project.to_owned()];
    for kernel in [&stand_in[..], &course[..]] {
        let mut command = browser::script(home, &project.join(SCRIPT), chromium)?;
        command.args(kernel).arg("--screenshots").arg(project.join("target/browser"));
        let status = command.status().context("cannot start the browser tests")?;
        ensure!(status.success(), "a browser test failed; its screenshot is in target/browser/");
    }
    Ok(())
}
