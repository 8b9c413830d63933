//! The values that exercises are checked against are those that their Python programs compute.
#![allow(clippy::unwrap_used, missing_docs)]

mod python_support;

use std::path::Path;
use std::process::Command;
use std::{fs, iter};

use python_support::python;
use serde_json::Value;

/// The same but for the last digits, which depend on the processor.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            (left - right).abs() <= 1e-9 * left.abs().max(1.0)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && iter::zip(left, right).all(|(l, r)| is_same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, l)| right.get(name).is_some_and(|r| is_same(l, r)))
        }
        _ => left == right,
    }
}

#[test]
fn reference_values_are_those_that_python_computes() {
    let Some(python) = python() else { return };
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sheets = 0;
    for entry in fs::read_dir(project.join("src/exercises/reference")).unwrap() {
        let path = entry.unwrap().path();
        let sheet = path.file_stem().unwrap().to_string_lossy().into_owned();
        let script = project.join(format!("tests/reference/exercises_{sheet}.py"));
        let output = Command::new(&python).args(["-E", "-s", "-B"]).arg(&script).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let computed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let stored: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(
            is_same(&stored, &computed),
            "{sheet}.json differs; its script's head says how to store it"
        );
        sheets += 1;
    }
    assert!(sheets > 0);
}
