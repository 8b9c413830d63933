//! The rules of the exercises: a sheet for every notebook, as its solution makes it, and cells
//! that nbgrader can grade.

use crate::exercises::{SHEETS, SOLUTIONS, sheet_file, sheet_of};
use crate::notebook::{self, cells, is_numbered, named};
use anyhow::Result;
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The version of the metadata that nbgrader 0.9 writes (`nbgrader/nbgraderformat/v3.py`).
const SCHEMA: u64 = 3;

/// What is wrong between the notebooks of the course, the solutions and the sheets.
pub fn check(
    project: &Path,
    course: &[PathBuf],
    solutions: &[PathBuf],
    sheets: &[PathBuf],
) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for path in course.iter().filter(|path| is_numbered(path)) {
        let name = path.file_name().unwrap_or_default();
        if !project.join(SOLUTIONS).join(name).exists() {
            broken.push(format!("{SOLUTIONS}/{} is missing", name.display()));
        }
    }
    for path in sheets {
        let name = path.file_name().unwrap_or_default();
        if !project.join(SOLUTIONS).join(name).exists() {
            broken.push(format!("{SHEETS}/{} has no solution", name.display()));
        }
    }
    for path in solutions {
        let solution = notebook::read(path)?;
        broken.extend(named(project, path, check_marks(&solution)));
        let file = sheet_file(project, path);
        match sheet_of(&solution) {
            Err(error) => broken.extend(named(project, path, vec![format!("{error:#}")])),
            Ok(made) if notebook::text(&file).is_ok_and(|sheet| sheet == made) => {}
            Ok(_) => broken.push(format!(
                "{} is not what its solution makes: run `cargo xtask exercises`",
                file.strip_prefix(project).unwrap_or(&file).display()
            )),
        }
    }
    Ok(broken)
}

/// What is wrong with what nbgrader reads.
fn check_marks(solution: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    if solution["metadata"]["kernelspec"]["language"] != "rust" {
        broken.push("its kernel's language is not `rust`".to_owned());
    }
    let mut known = HashSet::new();
    let (mut written, mut checked) = (0, 0);
    for (number, cell) in (1..).zip(cells(solution)) {
        let marks = &cell["metadata"]["nbgrader"];
        if marks.is_null() {
            continue;
        }
        written += usize::from(marks["solution"] == true);
        checked += usize::from(marks["grade"] == true);
        let mut findings = check_cell(cell, marks);
        if !marks["grade_id"].as_str().is_some_and(|id| known.insert(id.to_owned())) {
            findings.push("its grade_id is missing or used before".to_owned());
        }
        broken.extend(findings.iter().map(|finding| format!("cell {number}: nbgrader: {finding}")));
    }
    if written == 0 || checked == 0 {
        broken.push(format!("{written} cells to write and {checked} checks; expected both"));
    }
    broken
}

/// A cell is one to write, a check of one point, or one to read.
fn check_cell(cell: &Value, marks: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    let roles = ["grade", "solution", "locked"].map(|name| marks[name].as_bool());
    match roles {
        [Some(false), Some(true), Some(false)] | [Some(false), Some(false), Some(true)] => {}
        [Some(true), Some(false), Some(true)] => {
            if marks["points"] != 1 {
                broken.push("a check of other than 1 point".to_owned());
            }
        }
        _ => broken.push(
            "expected `solution` alone, `locked` alone, or `grade` and `locked` as true".to_owned(),
        ),
    }
    if marks["schema_version"] != SCHEMA {
        broken.push(format!("its schema_version is not {SCHEMA}"));
    }
    if marks["task"] != false {
        broken.push("`task` is not false".to_owned());
    }
    let kind = &cell["cell_type"];
    if marks["cell_type"] != *kind || *kind != "code" {
        broken.push("its cell_type is not `code`".to_owned());
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercises::make;
    use serde_json::json;
    use std::fs;

    fn cell(id: &str, grade: bool) -> Value {
        let marks = json!({ "grade": grade, "solution": !grade, "locked": grade, "points": 1,
            "grade_id": id, "schema_version": 3, "task": false, "cell_type": "code" });
        json!({ "cell_type": "code", "source": "1", "metadata": { "nbgrader": marks } })
    }

    fn notebook(cells: &[Value]) -> Value {
        json!({ "cells": cells, "metadata": { "kernelspec": { "language": "rust" } } })
    }

    #[test]
    fn proper_marks_are_right_and_each_other_is_named() {
        let good = [cell("neuron", false), cell("neuron-check", true)];
        assert_eq!(check_marks(&notebook(&good)), [] as [String; 0]);
        for (name, value, expected) in [
            ("grade_id", json!("neuron"), "used before"),
            ("grade_id", Value::Null, "missing"),
            ("points", json!(2), "other than 1 point"),
            ("locked", json!(false), "expected `solution` alone"),
            ("schema_version", json!(2), "schema_version is not 3"),
            ("task", json!(true), "`task`"),
            ("cell_type", json!("markdown"), "cell_type"),
        ] {
            let mut cells = good.clone();
            cells[1]["metadata"]["nbgrader"][name] = value;
            let found = check_marks(&notebook(&cells)).join("; ");
            assert!(found.contains("cell 2: nbgrader") && found.contains(expected), "{found}");
        }
        let found = check_marks(&json!({ "cells": good[..1] })).join("; ");
        assert!(found.contains("1 cells to write and 0 checks") && found.contains("`rust`"));
    }

    #[test]
    fn a_notebook_without_a_sheet_and_a_sheet_that_is_old_are_named() {
        let project = tempfile::tempdir().unwrap();
        let solutions = project.path().join(SOLUTIONS);
        fs::create_dir_all(&solutions).unwrap();
        let names = ["01-data.ipynb", "02-network.ipynb", "errors.ipynb"];
        let course = names.map(|name| project.path().join("notebooks").join(name));
        let solution = solutions.join(names[0]);
        let text = notebook(&[cell("neuron", false), cell("neuron-check", true)]).to_string();
        fs::write(&solution, text).unwrap();
        let found = |sheets: &[PathBuf]| {
            check(project.path(), &course, std::slice::from_ref(&solution), sheets).unwrap()
        };
        let missing = "exercises/solutions/02-network.ipynb is missing";
        let old = "exercises/01-data.ipynb is not what its solution makes: run `cargo xtask \
                   exercises`";
        assert_eq!(found(&[]), [missing, old]);
        make(project.path()).unwrap();
        let alone = project.path().join("exercises/03-training.ipynb");
        assert_eq!(found(&[alone]), [missing, "exercises/03-training.ipynb has no solution"]);
    }
}
