//! The exercises: solutions are written, and sheets without them are made for the readers.
//!
//! Both have nbgrader's form (<https://nbgrader.readthedocs.io>), so a teacher can hand the
//! solutions to it as they are.

mod sheet;

use crate::notebook;
use anyhow::{Context, Result, ensure};
use notebook_kernel::files;
use std::path::{Path, PathBuf};

/// The folder of the sheets, in the clone.
pub const SHEETS: &str = "exercises";
/// The folder of the solutions, in the clone.
pub const SOLUTIONS: &str = "exercises/solutions";

/// The sheet that a solution makes, as the text of its file.
pub use sheet::of as sheet_of;

/// Makes the sheets of all solutions; of one that makes none, the old sheet stays.
pub fn make(project: &Path) -> Result<()> {
    let solutions = notebook::in_folder(&project.join(SOLUTIONS))?;
    ensure!(!solutions.is_empty(), "there are no notebooks in {SOLUTIONS}");
    // All are made before the first is written.
    let sheets: Vec<(PathBuf, String)> = solutions
        .iter()
        .map(|solution| Ok((sheet_file(project, solution), made_of(solution)?)))
        .collect::<Result<_>>()?;
    for (file, text) in &sheets {
        // As any new file.
        files::write(file, text.as_bytes(), 0o666)?;
    }
    println!("{} sheets made in {SHEETS}/", sheets.len());
    Ok(())
}

/// The file of a solution's sheet.
pub fn sheet_file(project: &Path, solution: &Path) -> PathBuf {
    project.join(SHEETS).join(solution.file_name().unwrap_or_default())
}

fn made_of(solution: &Path) -> Result<String> {
    sheet_of(&notebook::read(solution)?).with_context(|| solution.display().to_string())
}

#[cfg(test)]
mod tests;
