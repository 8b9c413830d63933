//! The rules a stored notebook keeps: it was executed in order and to its end, it is
//! small, and nothing in it is too wide, too long or only visible.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::kernel;

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

/// What is wrong with the stored notebook, one line each.
pub fn check_file(path: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(check(&text).into_iter().map(|finding| format!("{name}: {finding}")).collect())
}

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
            broken.push("a picture without a text alternative".to_owned());
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
mod tests {
    use super::*;
    use serde_json::json;

    fn notebook(code: Value) -> String {
        json!({
            "metadata": { "kernelspec": { "name": kernel::NAME } },
            "cells": [{ "cell_type": "markdown", "source": ["# Data\n", "What is it?"] }, code],
        })
        .to_string()
    }

    fn cell(source: &str, outputs: Value) -> Value {
        json!({ "cell_type": "code", "source": source, "execution_count": 1, "outputs": outputs })
    }

    fn broken_by(code: Value) -> String {
        check(&notebook(code)).join("; ")
    }

    #[test]
    fn a_proper_notebook_breaks_no_rule() {
        let picture = json!([{
            "output_type": "execute_result",
            "data": { "image/png": "iVBO", "text/plain": "A seven." },
            "metadata": { "image/png": { "alt": "A seven." } },
        }]);
        assert_eq!(broken_by(cell("plot::digit(&data.test, 0)?", picture)), "");
        let lines = json!([{ "output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"] }]);
        assert_eq!(broken_by(cell("println!(\"a\\nb\")", lines)), "");
    }

    #[test]
    fn each_broken_rule_is_named() {
        let stream = |name: &str, text: &str| json!([{ "output_type": "stream", "name": name, "text": text }]);
        let picture = json!([{ "data": { "image/png": "iVBO" }, "metadata": {} }]);
        for (code, expected) in [
            (cell("", json!([])), "empty"),
            (cell(&"x\n".repeat(16), json!([])), "16 lines of code"),
            (cell(&"x".repeat(81), json!([])), "wider than 80"),
            (cell("x", json!([{ "output_type": "error" }])), "a stored error"),
            (cell("x", stream("stderr", "panicked")), "stderr"),
            (cell("x", stream("stdout", "\u{2063}{}")), "live view"),
            (cell("x", stream("stdout", &"line\n".repeat(21))), "21 lines of output"),
            (cell("x", picture), "text alternative"),
        ] {
            let found = broken_by(code);
            assert!(found.contains(expected), "{expected}: {found}");
        }
    }

    #[test]
    fn cells_are_executed_from_the_first_to_the_last() {
        let mut skipped = cell("x", json!([]));
        skipped["execution_count"] = json!(2);
        assert!(broken_by(skipped.clone()).contains("executed as number 2"));
        skipped["execution_count"] = Value::Null;
        assert!(broken_by(skipped).contains("never executed"));
    }

    #[test]
    fn size_title_and_kernel_are_checked() {
        let long = "x".repeat(FILE_BYTES);
        let found =
            check(&json!({ "cells": [{ "cell_type": "code", "source": long }] }).to_string());
        let found = found.join("; ");
        for expected in ["at most 500000", "kernel is not `mnist-tutorial`", "not a title"] {
            assert!(found.contains(expected), "{expected}: {found}");
        }
        assert!(check("{").join("").contains("not readable"));
    }
}
