//! The private Python environments: the course's, with JupyterLab, the notebook runner and
//! TensorBoard, and that of the browser tests.

mod environment;

use crate::finding::Finding;
use crate::home::Home;
use anyhow::Result;
use environment::Environment;
use std::path::PathBuf;
use std::process::Command;

/// What every student gets.
const COURSE: Environment = Environment {
    part: PART,
    usual: USUAL,
    prefix: "python",
    lock: include_str!("../../python/requirements.txt"),
    modules: "jupyterlab, nbclient, nbconvert, jupytext, notebook, tensorboard, numpy",
};

/// What only the tests need.
pub const BROWSER: Environment = Environment {
    part: "browser tests",
    usual: "20 s",
    prefix: "browser",
    lock: include_str!("../../python/browser-requirements.txt"),
    modules: "playwright.sync_api",
};

/// The part's name.
pub const PART: &str = "Python environment";

/// How long it usually takes.
pub const USUAL: &str = "1 min";

/// What is there.
pub fn inspect(home: &Home) -> Finding {
    COURSE.inspect(home)
}

/// Makes the environment; what an earlier attempt fetched is used again.
pub fn install(home: &Home) -> Result<()> {
    COURSE.install(home)
}

/// A command of the environment's Python, undisturbed by variables meant for another one.
pub fn command(home: &Home) -> Command {
    COURSE.command(home)
}

/// The environment's interpreter.
pub fn program(home: &Home) -> PathBuf {
    COURSE.program(home)
}

/// The folder of the environment's programs.
pub fn programs(home: &Home) -> PathBuf {
    COURSE.folder(home).join("bin")
}

/// The environment's TensorBoard.
pub fn tensorboard(home: &Home) -> PathBuf {
    programs(home).join("tensorboard")
}

/// The environment's pip, which finds its index as the user's own pip does.
pub fn pip(home: &Home) -> Command {
    COURSE.pip(home)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

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
        fs::create_dir_all(COURSE.folder(&home).join("bin")).unwrap();
        assert_eq!(inspect(&home).state, crate::finding::State::Missing);
    }

    #[test]
    fn the_two_environments_are_kept_apart() {
        let home = Home::at(std::path::Path::new("cache")).unwrap();
        assert_ne!(COURSE.folder(&home), BROWSER.folder(&home));
    }
}
