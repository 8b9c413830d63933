//! The rules a stored notebook keeps: it was executed in order and to its end, it is
//! small, and nothing in it is too wide, too long or only visible.

mod exercises;
mod glossary;
mod links;

use crate::exercises::{SHEETS, SOLUTIONS};
use crate::kernel;
use crate::notebook::{
    FAILS, cells, in_folder, is_code, is_numbered, is_solution, is_to_fail, list, named, parse,
    text, text_of,
};
use crate::run::notebooks;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::path::Path;

/// Bytes of a notebook's file: GitHub shows larger ones slowly or not at all.
const FILE_BYTES: usize = 500_000;
/// Lines of a code cell, so that it shows one thing.
const CODE_LINES: usize = 15;
/// Lines of a cell in which a solution stands, with what surrounds it.
const SOLUTION_LINES: usize = 25;
/// Characters of a line of code, so that it needs no scroll bar.
const CODE_COLUMNS: usize = 80;
/// Lines of a cell's text output.
const OUTPUT_LINES: usize = 20;
/// Starts the raw lines of a live view, which must not be stored.
const LIVE_MARK: char = '\u{2063}';

/// What a notebook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Is read, with its outputs
    Read,
    /// Is filled in, and has none yet
    FilledIn,
}

/// Checks the stored notebooks without running them.
pub fn check_all(project: &Path) -> Result<()> {
    let course = notebooks::select(project, &[])?;
    let solutions = in_folder(&project.join(SOLUTIONS))?;
    let sheets = in_folder(&project.join(SHEETS))?;
    let mut broken = Vec::new();
    for (files, usage) in [(&course, Use::Read), (&solutions, Use::Read), (&sheets, Use::FilledIn)]
    {
        for path in files {
            let text = text(path)?;
            let folder = path.parent().unwrap_or(project);
            let mut findings = check(&text, usage);
            findings.extend(parse(&text).iter().flat_map(|whole| links::check(whole, folder)));
            broken.extend(named(project, path, findings));
        }
    }
    broken.extend(exercises::check(project, &course, &solutions, &sheets)?);
    let (numbered, mut others): (Vec<_>, Vec<_>) =
        course.iter().cloned().partition(|path| is_numbered(path));
    others.extend([&solutions[..], &sheets].concat());
    broken.extend(glossary::check(project, &numbered, &others)?);
    ensure!(broken.is_empty(), "stored notebooks break rules:\n{}", broken.join("\n"));
    println!("{} stored notebooks keep the rules", course.len() + solutions.len() + sheets.len());
    Ok(())
}

/// What is wrong with a notebook's text.
fn check(text: &str, usage: Use) -> Vec<String> {
    let notebook = match parse(text) {
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
    let cells = cells(&notebook);
    match cells.first() {
        Some(first)
            if first["cell_type"] == "markdown" && text_of(&first["source"]).starts_with("# ") => {}
        _ => broken.push("the first cell is not a title in Markdown".to_owned()),
    }
    let code = cells.iter().filter(|cell| is_code(cell));
    for (number, cell) in (1..).zip(code) {
        let findings = check_code(cell).into_iter().chain(match usage {
            Use::Read => check_executed(cell, number),
            Use::FilledIn => check_empty(cell),
        });
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
    let allowed = if is_solution(cell) { SOLUTION_LINES } else { CODE_LINES };
    if lines > allowed {
        broken.push(format!("{lines} lines of code, at most {allowed} allowed"));
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

fn check_empty(cell: &Value) -> Option<String> {
    let is_empty = cell["execution_count"].is_null() && list(&cell["outputs"]).is_empty();
    (!is_empty).then(|| "a sheet with outputs".to_owned())
}

fn check_outputs(cell: &Value) -> Vec<String> {
    let outputs = list(&cell["outputs"]);
    let mut broken = Vec::new();
    let fails = outputs.iter().any(|output| output["output_type"] == "error");
    match (fails, is_to_fail(cell)) {
        (true, false) => broken.push("a stored error".to_owned()),
        (false, true) if !cell["execution_count"].is_null() => {
            broken.push(format!("no error, though it is tagged `{FAILS}`"));
        }
        _ => {}
    }
    let mut lines = 0;
    for output in outputs {
        if output["name"] == "stderr" {
            broken.push("something on stderr".to_owned());
        }
        let text = text_of(&output["text"]) + &text_of(&output["traceback"]);
        if text.contains(LIVE_MARK) {
            broken.push("raw lines of a live view".to_owned());
        }
        lines += text.lines().count();
        if output["data"]["image/png"].is_null() {
            // A reader sees the table, not the text that stands for it.
            let text = text_of(&output["data"]["text/plain"]).lines().count();
            let rows = text_of(&output["data"]["text/html"]).matches("<tr").count();
            lines += if rows > 0 { rows } else { text };
        } else if text_of(&output["metadata"]["image/png"]["alt"]).trim().is_empty() {
            broken.push("an image without a text alternative".to_owned());
        }
    }
    if lines > OUTPUT_LINES {
        broken.push(format!("{lines} lines of output, at most {OUTPUT_LINES} allowed"));
    }
    broken
}

#[cfg(test)]
mod tests;
