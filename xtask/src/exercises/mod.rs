//! The exercises: solutions are written, and sheets without them are made for the readers.
//!
//! Both have nbgrader's form (<https://nbgrader.readthedocs.io>), so a teacher can hand the
//! solutions to it as they are.

mod sheet;

use crate::notebook;
use anyhow::{Context, Result, ensure};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folder of the sheets, in the clone.
pub const SHEETS: &str = "exercises";
/// The folder of the solutions, in the clone.
pub const SOLUTIONS: &str = "exercises/solutions";

/// The sheet that a solution makes, as the text of its file.
pub use sheet::of as sheet_of;

/// Makes the sheets of all solutions; of one that makes none, the old sheet stays.
pub fn make(project: &Path) -> Result<()> {
    let solutions = notebooks(&project.join(SOLUTIONS))?;
    ensure!(!solutions.is_empty(), "there are no notebooks in {SOLUTIONS}");
    // All are made before the first is written.
    let sheets: Vec<(PathBuf, String)> = solutions
        .iter()
        .map(|solution| Ok((sheet_file(project, solution), made_of(solution)?)))
        .collect::<Result<_>>()?;
    for (file, text) in &sheets {
        write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    println!("{} sheets made in {SHEETS}/", sheets.len());
    Ok(())
}

/// The file of a solution's sheet.
pub fn sheet_file(project: &Path, solution: &Path) -> PathBuf {
    project.join(SHEETS).join(solution.file_name().unwrap_or_default())
}

/// The notebooks in a folder, in the order of their names; none where there is no such folder.
pub fn notebooks(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "ipynb"))
        .collect();
    all.sort();
    Ok(all)
}

fn made_of(solution: &Path) -> Result<String> {
    sheet_of(&notebook::read(solution)?).with_context(|| solution.display().to_string())
}

/// Whole or not at all.
fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    // As any new file; a temporary one is its owner's alone.
    let permissions = Permissions::from_mode(0o666);
    let mut builder = tempfile::Builder::new();
    let mut partial = builder.suffix(".partial").permissions(permissions).tempfile_in(folder)?;
    partial.write_all(text.as_bytes())?;
    partial.as_file().sync_all()?;
    partial.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests;
