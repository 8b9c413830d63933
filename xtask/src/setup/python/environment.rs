//! One private Python environment: made from a lock file, found again by that file's content.

use crate::command;
use crate::finding::{Finding, SET_UP};
use crate::home::Home;
use crate::install;
use crate::process;
use crate::tools::{self, Python};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Written last: an environment without this file was interrupted and counts as missing.
pub const COMPLETE: &str = "complete";

/// What an environment is made of.
pub struct Environment {
    /// The part's name, as in doctor's list.
    pub part: &'static str,
    /// How long it usually takes.
    pub usual: &'static str,
    /// Begins its folder's name.
    pub prefix: &'static str,
    /// The packages, pinned, each with the checksums of its files.
    pub lock: &'static str,
    /// What can be imported from it.
    pub modules: &'static str,
}

impl Environment {
    /// Where the environment for this version's packages lies.
    pub fn folder(&self, home: &Home) -> PathBuf {
        let hash = Sha256::digest(self.lock.as_bytes());
        let key: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        home.root().join(format!("{}-{key}", self.prefix))
    }

    /// What is there.
    pub fn inspect(&self, home: &Home) -> Finding {
        let folder = self.folder(home);
        if !folder.join(COMPLETE).is_file() {
            return Finding::missing(
                self.part,
                format!("not in {}", home.root().display()),
                SET_UP,
            );
        }
        match tools::probe(&program_in(&folder)) {
            Ok(python) => {
                Finding::found(self.part, format!("{} {}", folder.display(), python.version()))
            }
            Err(reason) => Finding::wrong(
                self.part,
                format!("{}: {reason:#}", folder.display()),
                format!("{SET_UP}: it makes the environment anew"),
            ),
        }
    }

    /// Makes the environment; what an earlier attempt fetched is used again.
    pub fn install(&self, home: &Home) -> Result<()> {
        let folder = self.folder(home);
        let python = tools::python()?;
        install::remove(&folder)?;
        make(&python, &folder)?;
        self.fetch_packages(home, &folder)?;
        self.check(&folder)?;
        fs::write(folder.join(COMPLETE), "").with_context(|| format!("in {}", folder.display()))?;
        install::remove(&pip_cache(home))
    }

    /// The environment's interpreter.
    pub fn program(&self, home: &Home) -> PathBuf {
        program_in(&self.folder(home))
    }

    /// A command of the environment's Python, undisturbed by variables meant for another one.
    pub fn command(&self, home: &Home) -> Command {
        clean(&self.program(home))
    }

    /// The environment's pip, which finds its index as the user's own pip does.
    pub fn pip(&self, home: &Home) -> Command {
        pip_of(home, &self.folder(home))
    }

    fn fetch_packages(&self, home: &Home, folder: &Path) -> Result<()> {
        let lock = folder.join("requirements.txt");
        fs::write(&lock, self.lock).with_context(|| format!("cannot write {}", lock.display()))?;
        let mut command = pip_of(home, folder);
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
    fn check(&self, folder: &Path) -> Result<()> {
        let script = format!("import {}", self.modules);
        let output = clean(&program_in(folder)).args(["-c", &script]).output()?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            bail!(
                "pip ended well, but the packages are not in {}: {}. A `target` or `prefix` in \
                 `pip config list` would do that",
                folder.display(),
                reason.lines().last().unwrap_or("no reason given")
            );
        }
        Ok(())
    }
}

fn program_in(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

fn make(python: &Python, folder: &Path) -> Result<()> {
    let mut command = clean(&python.program);
    command.args(["-m", "venv"]).arg(folder);
    process::run("making the Python environment", "10 s", &mut command, |_| String::new())
}

fn pip_cache(home: &Home) -> PathBuf {
    home.downloads().join("pip")
}

fn pip_of(home: &Home, folder: &Path) -> Command {
    let mut command = clean(&program_in(folder));
    command::remove_variables(&mut command, |name| {
        name.strip_prefix("PIP_").is_some_and(|setting| !REACH.contains(&setting))
    });
    command.env("PIP_CACHE_DIR", pip_cache(home));
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
    command
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

fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    command::remove_variables(&mut command, |name| {
        name.starts_with("PYTHON") || name.starts_with("__PYVENV") || name == "VIRTUAL_ENV"
    });
    command.env("PYTHONNOUSERSITE", "1");
    command
}
