//! The private Python environments: the course's, with JupyterLab, the notebook runner and
//! TensorBoard, and the one that drives a browser. Each is made from a lock file, and found
//! again by that file's content.

use super::finding::{Finding, SET_UP};
use super::home::Home;
use super::tools;
use crate::process;
use anyhow::{Context, Result, bail};
use notebook_kernel::files as install;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every student gets.
pub const COURSE: Environment = Environment {
    part: "Python environment",
    usual: "1 min",
    prefix: "python",
    lock: include_str!("../../python/requirements.txt"),
    modules: "jupyterlab, jupyter_server_proxy, nbclient, nbconvert, jupytext, notebook, tensorboard, numpy",
};

/// What only the tests and the image of TensorBoard need.
pub const BROWSER: Environment = Environment {
    part: "browser tests",
    usual: "20 s",
    prefix: "browser",
    lock: include_str!("../../python/browser-requirements.txt"),
    modules: "playwright.sync_api",
};

/// A script that runs a Python module until its own standard input ends, as it does when the
/// program that started it is killed.
pub const ATTACHED: &str = "xtask/python/attached.py";

/// Written last: an environment without this file was interrupted and counts as missing.
const COMPLETE: &str = "complete";

/// What an environment is made of.
pub struct Environment {
    /// The part's name, as in doctor's list.
    pub part: &'static str,
    /// How long it usually takes.
    pub usual: &'static str,
    /// Begins its folder's name.
    prefix: &'static str,
    /// The packages, pinned, each with the checksums of its files.
    lock: &'static str,
    /// What can be imported from it.
    modules: &'static str,
}

impl Environment {
    /// What is there.
    pub fn inspect(&self, home: &Home) -> Finding {
        let folder = self.folder(home);
        if !folder.join(COMPLETE).is_file() {
            let detail = format!("not in {}", home.root().display());
            return Finding::missing(self.part, detail, SET_UP);
        }
        let shown = folder.display();
        let again = format!("{SET_UP}: it builds the environment again");
        match tools::probe(&self.program(home)) {
            Ok(python) if python.packages(&folder).is_dir() => {
                Finding::found(self.part, format!("{shown} {python}"))
            }
            // The system's Python has become another release, which looks elsewhere.
            Ok(python) => Finding::wrong(
                self.part,
                format!("{shown}: its packages are for another Python than {python}"),
                again,
            ),
            Err(reason) => Finding::wrong(self.part, format!("{shown}: {reason:#}"), again),
        }
    }

    /// Makes the environment; what an earlier attempt fetched is used again.
    pub fn install(&self, home: &Home) -> Result<()> {
        let folder = self.folder(home);
        let python = tools::python()?;
        install::remove(&folder)?;
        let mut command = undisturbed(&python.program);
        command.args(["-m", "venv"]).arg(&folder);
        process::run("making the Python environment", "10 s", &mut command, |_| String::new())?;
        self.fetch_packages(home)?;
        self.check(home)?;
        fs::write(folder.join(COMPLETE), "").with_context(|| format!("in {}", folder.display()))?;
        install::remove(&pip_cache(home))
    }

    /// The folder of the environment's programs.
    pub fn programs(&self, home: &Home) -> PathBuf {
        self.folder(home).join("bin")
    }

    /// The environment's interpreter.
    pub fn program(&self, home: &Home) -> PathBuf {
        self.programs(home).join("python")
    }

    /// A command of the environment's Python, undisturbed by variables meant for another one.
    pub fn command(&self, home: &Home) -> Command {
        undisturbed(&self.program(home))
    }

    /// The environment's pip, which finds its index as the user's own pip does.
    pub fn pip(&self, home: &Home) -> Command {
        let mut command = self.command(home);
        notebook_kernel::remove_variables(&mut command, |name| {
            name.strip_prefix("PIP_").is_some_and(|setting| !REACH.contains(&setting))
        });
        command.env("PIP_CACHE_DIR", pip_cache(home));
        command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
        command
    }

    /// Where the environment for this version's packages lies.
    fn folder(&self, home: &Home) -> PathBuf {
        let hash = Sha256::digest(self.lock.as_bytes());
        let key: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        home.root().join(format!("{}-{key}", self.prefix))
    }

    fn fetch_packages(&self, home: &Home) -> Result<()> {
        let lock = self.folder(home).join("requirements.txt");
        fs::write(&lock, self.lock).with_context(|| format!("cannot write {}", lock.display()))?;
        let mut command = self.pip(home);
        command.args(["install", "--no-user", "--only-binary=:all:", "--require-hashes"]);
        command.args(["--no-deps", "--progress-bar=off", "-r"]).arg(&lock);
        let total = self.lock.lines().filter(|line| line.contains("==")).count();
        let mut collected = 0;
        process::run("fetching the Python packages", self.usual, &mut command, |line| {
            collected += usize::from(line.is_some_and(|line| line.starts_with("Collecting ")));
            format!("{collected} of about {total} packages, ")
        })
        .context("the Python packages come from your pip's index; `pip config list` shows which")
    }

    /// Finds packages that a setting of the user's pip put elsewhere.
    fn check(&self, home: &Home) -> Result<()> {
        let output =
            self.command(home).args(["-c", &format!("import {}", self.modules)]).output()?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            bail!(
                "pip ended well, but the packages are not in {}: {}. A `target` or `prefix` in \
                 `pip config list` would do that",
                self.folder(home).display(),
                reason.lines().last().unwrap_or("no reason given")
            );
        }
        Ok(())
    }
}

fn pip_cache(home: &Home) -> PathBuf {
    home.downloads().join("pip")
}

/// The settings of pip that say how to reach its index. Others say what to install where.
const REACH: [&str; 14] = [
    "CERT",
    "CLIENT_CERT",
    "CONFIG_FILE",
    "DEFAULT_TIMEOUT",
    "EXTRA_INDEX_URL",
    "FIND_LINKS",
    "INDEX_URL",
    "KEYRING_PROVIDER",
    "NO_INDEX",
    "PROXY",
    "RETRIES",
    "TIMEOUT",
    "TRUSTED_HOST",
    "USE_FEATURE",
];

fn undisturbed(program: &Path) -> Command {
    let mut command = Command::new(program);
    notebook_kernel::remove_variables(&mut command, |name| {
        name.starts_with("PYTHON") || name.starts_with("__PYVENV") || name == "VIRTUAL_ENV"
    });
    command.env("PYTHONNOUSERSITE", "1");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_with_a_checksum_and_names_no_server() {
        for line in [COURSE.lock, BROWSER.lock].into_iter().flat_map(str::lines) {
            let first = line.trim_start();
            assert!(!line.contains("://"), "{line}");
            assert!(first.starts_with("--hash=sha256:") || first.contains("=="), "{line}");
        }
    }

    #[test]
    fn an_environment_without_its_last_file_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path()).unwrap();
        assert_ne!(COURSE.folder(&home), BROWSER.folder(&home));
        fs::create_dir_all(COURSE.programs(&home)).unwrap();
        assert_eq!(COURSE.inspect(&home).state, crate::setup::finding::State::Missing);
    }
}
