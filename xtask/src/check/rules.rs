//! The rules a stored notebook keeps: it was executed in order and to its end, it is
//! small, and nothing in it is too wide, too long or only visible.

use crate::kernel;
use crate::run::notebooks;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Bytes of a notebook's file: GitHub shows larger ones slowly or not at all.
const FILE_BYTES: usize = 500_000;
/// Lines of a code cell, so that it shows one thing.
const CODE_LINES: usize = 15;
/// Characters of a line of code, so that it needs no scroll bar.
const CODE_COLUMNS: usize = 80;
/// Lines of a cell's text output.
const OUTPUT_LINES: usize = 20;
/// Starts the raw lines of a live view, which must not be stored.
const LIVE_MARK: char = '\u{2063}';

/// Checks the stored notebooks without running them.
pub fn check_all(project: &Path) -> Result<()> {
    let notebooks = notebooks::select(project, &[])?;
    let mut broken = Vec::new();
    for path in &notebooks {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().display();
        broken.extend(check(&text).iter().map(|finding| format!("{name}: {finding}")));
    }
    ensure!(broken.is_empty(), "stored notebooks break rules:\n{}", broken.join("\n"));
    println!("{} stored notebooks keep the rules", notebooks.len());
    Ok(())
}

/// What is wrong with a notebook's text.
fn check(text: &str) -> Vec<String> {
    let notebook: Value = match serde_json::from_str(text) {
        Ok(notebook) => notebook,
        Err(error) => return vec![format!("not readable as JSON: {error}")],
    };
    let mut broken = Vec::new();
    if text.len() > FILE_BYTES {
        broken.push(format!("{} bytes, at most {FILE_BYTES} allowed", text.len()));
    }
    if notebook["metadata"]["kernelspec"]["name"] != kernel::NAME {
        broken.push(format!("its kernel is not `{}`", kernel::NAME));
    }
    let cells = notebook["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
    match cells.first() {
        Some(first)
            if first["cell_type"] == "markdown" && text_of(&first["source"]).starts_with("# ") => {}
        _ => broken.push("the first cell is not a title in Markdown".to_owned()),
    }
    let code = cells.iter().filter(|cell| cell["cell_type"] == "code");
    for (number, cell) in (1..).zip(code) {
        let findings = check_code(cell).into_iter().chain(check_executed(cell, number));
        let findings = findings.chain(check_outputs(cell));
        broken.extend(findings.map(|finding| format!("code cell {number}: {finding}")));
    }
    broken
}

fn check_code(cell: &Value) -> Vec<String> {
    let source = text_of(&cell["source"]);
    let mut broken = Vec::new();
    if source.trim().is_empty() {
        broken.push("empty".to_owned());
    }
    let lines = source.lines().count();
    if lines > CODE_LINES {
        broken.push(format!("{lines} lines of code, at most {CODE_LINES} allowed"));
    }
    for line in source.lines().filter(|line| line.chars().count() > CODE_COLUMNS) {
        broken.push(format!("wider than {CODE_COLUMNS} characters: {line}"));
    }
    broken
}

fn check_executed(cell: &Value, number: u64) -> Option<String> {
    match cell["execution_count"].as_u64() {
        None => Some("never executed".to_owned()),
        Some(count) if count != number => Some(format!("executed as number {count}")),
        Some(_) => None,
    }
}

fn check_outputs(cell: &Value) -> Vec<String> {
    let outputs = cell["outputs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut broken = Vec::new();
    let mut lines = 0;
    for output in outputs {
        if output["output_type"] == "error" {
            broken.push("a stored error".to_owned());
        }
        if output["name"] == "stderr" {
            broken.push("something on stderr".to_owned());
        }
        let text = text_of(&output["text"]);
        if text.contains(LIVE_MARK) {
            broken.push("raw lines of a live view".to_owned());
        }
        lines += text.lines().count();
        if output["data"]["image/png"].is_null() {
            lines += text_of(&output["data"]["text/plain"]).lines().count();
        } else if text_of(&output["metadata"]["image/png"]["alt"]).trim().is_empty() {
            broken.push("an image without a text alternative".to_owned());
        }
    }
    if lines > OUTPUT_LINES {
        broken.push(format!("{lines} lines of output, at most {OUTPUT_LINES} allowed"));
    }
    broken
}

/// Notebooks store a text as one string or as a list of lines.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
