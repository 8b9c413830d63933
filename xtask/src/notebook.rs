//! Notebooks as JSON: what the checks and the exercises both read in them.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The tag of a cell that fails on purpose; Jupyter's programs know it, too.
pub const FAILS: &str = "raises-exception";

/// The notebooks in a folder, in the order of their names; none where there is no such folder.
pub fn in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
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

/// Reads a notebook's file.
pub fn read(path: &Path) -> Result<Value> {
    parse(&text(path)?).with_context(|| format!("{}: not readable as JSON", path.display()))
}

/// The text of a notebook's file.
pub fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads a notebook.
pub fn parse(text: &str) -> Result<Value> {
    Ok(serde_json::from_str(text)?)
}

/// The cells from the first to the last.
pub fn cells(notebook: &Value) -> &[Value] {
    list(&notebook["cells"])
}

/// A list's values; none of what is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether it is a cell of code.
pub fn is_code(cell: &Value) -> bool {
    cell["cell_type"] == "code"
}

/// Notebooks store a text as one string or as a list of lines.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Whether a cell is to fail.
pub fn is_to_fail(cell: &Value) -> bool {
    list(&cell["metadata"]["tags"]).iter().any(|tag| tag == FAILS)
}

/// Whether a cell holds a solution, as nbgrader marks it.
pub fn is_solution(cell: &Value) -> bool {
    cell["metadata"]["nbgrader"]["solution"] == true
}

/// Whether the notebook is a part of the course, `NN-name`: it has exercises and introduces terms.
pub fn is_numbered(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    matches!(name, [b'0'..=b'9', b'0'..=b'9', b'-', ..])
}

/// Findings with the notebook's name, as it is called in the clone.
pub fn named(project: &Path, path: &Path, findings: Vec<String>) -> Vec<String> {
    let name = path.strip_prefix(project).unwrap_or(path).display();
    findings.iter().map(|finding| format!("{name}: {finding}")).collect()
}
