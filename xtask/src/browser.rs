//! The live view tried in a real browser: with a stand-in for the kernel, then with the course's.
//!
//! Playwright is the tests' alone: its environment is made here, where a Chromium is found.

use crate::command;
use crate::home::Home;
use crate::python;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// What leads the browser.
const SCRIPT: &str = "kernel/tests/browser/check.py";

/// Names a Chromium that is not on the `PATH`.
const VARIABLE: &str = "MNIST_TUTORIAL_CHROMIUM";

/// The names Chromium has, and Chrome, which does as well.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Why there are no browser tests.
pub const NONE: &str = "no Chromium: `apt-get install chromium`, or set MNIST_TUTORIAL_CHROMIUM";

/// The Chromium of this machine.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|name| !name.is_empty());
    named.map_or_else(|| NAMES.iter().find_map(command::find), command::find)
}

/// Runs the tests; their pictures go to `target/browser/`.
pub fn check(home: &Home, project: &Path, chromium: &Path) -> Result<()> {
    if !python::BROWSER.inspect(home).is_found() {
        println!("fetching what leads the browser, usually {}", python::BROWSER.usual);
        let _lock = home.lock()?;
        python::BROWSER.install(home)?;
    }
    let xtask = std::env::current_exe().context("finding this program's own file")?;
    let stand_in = ["--python".into(), python::program(home)];
    let course = ["--xtask".into(), xtask, "--project".into(), project.to_owned()];
    for kernel in [&stand_in[..], &course[..]] {
        let mut command = python::BROWSER.command(home);
        command.arg(project.join(SCRIPT)).args(kernel);
        command.arg("--chromium").arg(chromium);
        command.arg("--pictures").arg(project.join("target/browser"));
        let status = command.status().context("cannot start the browser tests")?;
        ensure!(status.success(), "a browser test failed; its picture is in target/browser/");
    }
    Ok(())
}
