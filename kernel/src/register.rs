//! The extension of JupyterLab and Notebook 7 that shows what a cell goes on printing after the
//! page was reloaded: two files, put where the private JupyterLab looks for extensions.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::write_whole;
use crate::home::Home;
use crate::jupyter;

/// The extension's name, in its own files too.
const NAME: &str = "mnist-tutorial-live";

/// Names and contents.
const FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("../../jupyter/live/package.json")),
    ("static/remoteEntry.js", include_str!("../../jupyter/live/static/remoteEntry.js")),
];

/// Whether it is there as this version has it.
pub fn is_installed(home: &Home) -> bool {
    files(home).all(|(file, text)| fs::read_to_string(file).is_ok_and(|found| found == text))
}

/// Writes what is missing or of another version.
pub fn install(home: &Home) -> Result<()> {
    for (file, text) in files(home) {
        write_whole(&file, text.as_bytes())
            .with_context(|| format!("JupyterLab's extension {NAME}"))?;
    }
    Ok(())
}

fn files(home: &Home) -> impl Iterator<Item = (PathBuf, &'static str)> {
    let folder = jupyter::data(home).join("labextensions").join(NAME);
    FILES.into_iter().map(move |(name, text)| (folder.join(name), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_written_anew() {
        let cache = tempfile::tempdir().unwrap();
        let home = Home::at(cache.path()).unwrap();
        assert!(!is_installed(&home));
        install(&home).unwrap();
        assert!(is_installed(&home));
        let (file, _) = files(&home).last().unwrap();
        fs::write(file, "an older version").unwrap();
        assert!(!is_installed(&home));
        install(&home).unwrap();
        assert!(is_installed(&home));
    }

    #[test]
    fn the_description_names_the_files_and_the_script_names_the_extension() {
        let [(_, description), (script, code)] = FILES;
        let description: serde_json::Value = serde_json::from_str(description).unwrap();
        assert_eq!(description["name"], NAME);
        assert_eq!(description["jupyterlab"]["_build"]["load"], script);
        assert!(code.contains(&format!("const NAME = '{NAME}';")));
    }
}
