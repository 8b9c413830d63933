//! The private Python environment: JupyterLab, the notebook runner, TensorBoard.

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

/// The packages, pinned, each with the checksums of its files.
const LOCK: &str = include_str!("../python/requirements.txt");

/// Written last: an environment without this file was interrupted and counts as missing.
const COMPLETE: &str = "complete";

/// The part's name.
pub const PART: &str = "Python environment";

/// How long it usually takes.
pub const USUAL: &str = "1 min";

/// Where the environment for this version's packages lies.
pub fn folder(home: &Home) -> PathBuf {
    let hash = Sha256::digest(LOCK.as_bytes());
    let key: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    home.root().join(format!("python-{key}"))
}

/// What is there.
pub fn inspect(home: &Home) -> Finding {
    let folder = folder(home);
    if !folder.join(COMPLETE).is_file() {
        return Finding::missing(PART, format!("not in {}", home.root().display()), SET_UP);
    }
    match tools::probe(&program_in(&folder)) {
        Ok(python) => Finding::found(PART, format!("{} {}", folder.display(), python.version())),
        Err(reason) => Finding::wrong(
            PART,
            format!("{}: {reason:#}", folder.display()),
            format!("{SET_UP}: it makes the environment anew"),
        ),
    }
}

/// Makes the environment; what an earlier attempt fetched is used again.
pub fn install(home: &Home) -> Result<()> {
    let folder = folder(home);
    let python = tools::python()?;
    install::remove(&folder)?;
    make_environment(&python, &folder)?;
    fetch_packages(home, &folder)?;
    check(&folder)?;
    fs::write(folder.join(COMPLETE), "").with_context(|| format!("in {}", folder.display()))?;
    install::remove(&pip_cache(home))
}

/// A command of the environment's Python, undisturbed by variables meant for another one.
pub fn command(home: &Home) -> Command {
    clean(&program(home))
}

/// The environment's interpreter.
pub fn program(home: &Home) -> PathBuf {
    program_in(&folder(home))
}

/// The folder of the environment's programs.
pub fn programs(home: &Home) -> PathBuf {
    folder(home).join("bin")
}

/// The environment's TensorBoard.
pub fn tensorboard(home: &Home) -> PathBuf {
    programs(home).join("tensorboard")
}

/// The environment's pip, which finds its index as the user's own pip does.
pub fn pip(home: &Home) -> Command {
    pip_of(home, &folder(home))
}

fn program_in(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

fn make_environment(python: &Python, folder: &Path) -> Result<()> {
    let mut command = clean(&python.program);
    command.args(["-m", "venv"]).arg(folder);
    process::run("making the Python environment", "10 s", &mut command, |_| String::new())
}

fn fetch_packages(home: &Home, folder: &Path) -> Result<()> {
    let lock = folder.join("requirements.txt");
    fs::write(&lock, LOCK).with_context(|| format!("cannot write {}", lock.display()))?;
    let mut command = pip_of(home, folder);
    command.args(["install", "--no-user", "--only-binary=:all:", "--require-hashes", "--no-deps"]);
    command.args(["--progress-bar=off", "-r"]).arg(&lock);
    let total = LOCK.lines().filter(|line| line.contains("==")).count();
    let mut collected = 0;
    process::run("fetching the Python packages", USUAL, &mut command, |line| {
        collected += usize::from(line.is_some_and(|line| line.starts_with("Collecting ")));
        format!("{collected} of about {total} packages, ")
    })
    .context("the Python packages come from your pip's index; `pip config list` shows which")
}

/// Finds packages that a setting of the user's pip put elsewhere.
fn check(folder: &Path) -> Result<()> {
    let script = "import jupyterlab, nbclient, nbconvert, jupytext, notebook, tensorboard, numpy";
    let output = clean(&program_in(folder)).args(["-c", script]).output()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_with_a_checksum_and_names_no_server() {
        for line in LOCK.lines() {
            let first = line.trim_start();
            assert!(!line.contains("://"), "{line}");
            assert!(first.starts_with("--hash=sha256:") || first.contains("=="), "{line}");
        }
    }

    #[test]
    fn an_environment_without_its_last_file_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path()).unwrap();
        fs::create_dir_all(folder(&home).join("bin")).unwrap();
        assert_eq!(inspect(&home).state, crate::finding::State::Missing);
    }
}
