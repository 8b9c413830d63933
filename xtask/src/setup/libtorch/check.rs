//! Whether a folder is a libtorch that the course's crates can be built with.

use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::Path;

/// The version that the crate `tch` 0.26 is made for.
pub const VERSION: &str = "2.13.0";

/// A library's file name on this system.
pub fn library(name: &str) -> String {
    format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}

/// Some of the files that building and linking need.
fn needed() -> Vec<String> {
    let headers = ["torch/csrc/api/include/torch/torch.h", "ATen/ATen.h"];
    let libraries = ["torch_cpu", "torch", "c10"].map(|name| format!("lib/{}", library(name)));
    headers.map(|name| format!("include/{name}")).into_iter().chain(libraries).collect()
}

/// Fails with what was found and what was expected.
pub fn usable(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        bail!("{} is no folder", folder.display());
    }
    if let Some(file) = needed().into_iter().find(|file| !folder.join(file).is_file()) {
        bail!("{} is no libtorch: it has no {file}", folder.display());
    }
    if env::var_os("LIBTORCH_BYPASS_VERSION_CHECK").is_some() {
        return Ok(());
    }
    let found = version(folder)?;
    if found.split('+').next() != Some(VERSION) {
        bail!("{} is libtorch {found}, expected {VERSION}", folder.display());
    }
    Ok(())
}

/// The version that the folder names, as in `2.13.0+cpu`.
fn version(folder: &Path) -> Result<String> {
    if let Ok(text) = fs::read_to_string(folder.join("build-version")) {
        return Ok(text.trim().to_owned());
    }
    // PyTorch's Python package, used as it is.
    let file = folder.join("version.py");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("__version__"));
    line.and_then(|line| line.split('\'').nth(1))
        .map(str::to_owned)
        .with_context(|| format!("{} does not say its version", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that looks like a libtorch.
    fn lookalike(folder: &Path, version: &str) {
        for file in needed() {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        fs::write(folder.join("build-version"), version).unwrap();
    }

    #[test]
    fn the_right_version_is_usable_wherever_it_was_built() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["2.13.0\n", "2.13.0+cpu", "2.13.0+cu130"] {
            lookalike(folder.path(), version);
            usable(folder.path()).unwrap();
        }
        fs::remove_file(folder.path().join("build-version")).unwrap();
        fs::write(folder.path().join("version.py"), "__version__ = '2.13.0+cu130'\n").unwrap();
        usable(folder.path()).unwrap();
    }

    #[test]
    fn a_wrong_version_is_named_beside_the_right_one() {
        let folder = tempfile::tempdir().unwrap();
        lookalike(folder.path(), "2.1.0+cpu\n");
        let error = usable(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("is libtorch 2.1.0+cpu, expected 2.13.0"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        lookalike(folder.path(), "2.13.0");
        fs::remove_file(folder.path().join("lib").join(library("c10"))).unwrap();
        let error = usable(folder.path()).unwrap_err().to_string();
        assert!(error.contains("it has no lib/"), "{error}");
        assert!(usable(Path::new("/nowhere")).is_err());
    }
}
