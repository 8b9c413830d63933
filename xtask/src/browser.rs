//! The machine's Chromium, and the Python environment that drives it.

use crate::command;
use crate::setup::{disk, home::Home, python, tools};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names a Chromium that is not on the `PATH`.
const VARIABLE: &str = "MNIST_TUTORIAL_CHROMIUM";

/// The names Chromium has, and Chrome, which does as well.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The Chromium of this machine.
///
/// # Errors
/// Where there is none, with the line that installs it.
pub fn find() -> Result<PathBuf> {
    find_named(std::env::var_os(VARIABLE).filter(|name| !name.is_empty()), &NAMES)
}

fn find_named(named: Option<std::ffi::OsString>, names: &[&str]) -> Result<PathBuf> {
    if let Some(named) = named {
        return command::find(&named).with_context(|| {
            let named = named.display();
            format!("{VARIABLE}={named} names no program; set it to a Chromium's, or unset it")
        });
    }
    names.iter().find_map(command::find).with_context(|| {
        let line = tools::install_line("chromium", "chromium", "brew install --cask chromium");
        format!("there is no Chromium on the PATH; {line}, or set {VARIABLE}")
    })
}

/// A Python script that drives a browser; its environment is made here, where one is found.
pub fn script(home: &Home, script: &Path, chromium: &Path) -> Result<Command> {
    if !python::BROWSER.inspect(home).is_found() {
        println!("fetching what drives the browser, usually {}", python::BROWSER.usual);
        let _lock = home.lock()?;
        python::BROWSER.install(home).map_err(disk::explain)?;
    }
    let mut command = python::BROWSER.command(home);
    command.arg(script).arg("--chromium").arg(chromium);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_browser_is_said_with_the_line_that_installs_it() {
        let error = find_named(None, &["no-such-browser"]).unwrap_err().to_string();
        assert!(error.starts_with("there is no Chromium on the PATH; install it"), "{error}");
        assert!(error.contains("chromium"), "{error}");
        let error = find_named(Some("/no/such/file".into()), &["sh"]).unwrap_err().to_string();
        assert!(
            error.contains("MNIST_TUTORIAL_CHROMIUM=/no/such/file names no program"),
            "{error}"
        );
        assert!(find_named(None, &["no-such-browser", "sh"]).unwrap().ends_with("sh"));
    }
}
