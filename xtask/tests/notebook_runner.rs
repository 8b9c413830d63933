//! The notebook runner, tried on notebooks that fail in each way a cell can, with the
//! real kernel. Skipped, and said so, where set-up has not been run.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

mod support;

fn xtask(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).env_remove("MNIST_TUTORIAL_PROJECT").output().unwrap()
}

/// Runs a copy of the notebook; gives what was printed, the copy and whether it passed.
fn run(folder: &Path, name: &str, arguments: &[&str]) -> (String, PathBuf, bool) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notebooks").join(name);
    let copy = folder.join(name);
    fs::copy(source, &copy).unwrap();
    let mut all = vec!["run", copy.to_str().unwrap()];
    all.extend(arguments);
    let output = xtask(&all);
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), copy, output.status.success())
}

#[test]
fn every_way_a_cell_can_fail_fails_the_run_and_leaves_the_file() {
    if !support::has_kernel() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, reason) in [
        ("panics.ipynb", "on purpose"),
        ("returns-an-error.ipynb", "invalid digit found in string"),
        ("does-not-compile.ipynb", "mismatched types"),
        ("prints-to-stderr.ipynb", "a warning"),
        ("ends-its-process.ipynb", "code cell 2"),
        ("was-to-fail.ipynb", "no error, though it is tagged"),
    ] {
        let (text, copy, passed) = run(folder.path(), name, &[]);
        assert!(!passed, "{name} passed:\n{text}");
        let failure = text.split("FAILED").nth(1).unwrap_or_else(|| panic!("{name}:\n{text}"));
        assert!(failure.contains(&format!("{name}, code cell 2")), "{name}:\n{text}");
        assert!(failure.contains(reason), "{name} does not say `{reason}`:\n{text}");
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notebooks").join(name);
        assert_eq!(fs::read(copy).unwrap(), fs::read(original).unwrap(), "{name} was changed");
    }
}

#[test]
fn a_notebook_that_passes_is_stored_with_its_outputs_unless_the_run_is_short() {
    if !support::has_kernel() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (text, copy, passed) = run(folder.path(), "passes.ipynb", &["--short"]);
    assert!(passed, "{text}");
    assert!(!fs::read_to_string(&copy).unwrap().contains("\"execution_count\": 2"));
    let (text, copy, passed) = run(folder.path(), "passes.ipynb", &[]);
    assert!(passed, "{text}");
    let stored: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&copy).unwrap()).unwrap();
    let cell = &stored["cells"][2];
    assert_eq!(cell["execution_count"], 2);
    assert_eq!(cell["outputs"][0]["text"][0], "all is well\n");
}

#[test]
fn a_cell_that_fails_on_purpose_is_stored_with_its_error() {
    if !support::has_kernel() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (text, copy, passed) = run(folder.path(), "fails-on-purpose.ipynb", &[]);
    assert!(passed, "{text}");
    let stored: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&copy).unwrap()).unwrap();
    let outputs = stored["cells"][2]["outputs"].as_array().unwrap();
    let error = outputs.iter().find(|output| output["output_type"] == "error").unwrap();
    assert!(error["evalue"].as_str().unwrap().contains("on purpose"), "{error}");
    // Its variables are there still.
    assert_eq!(stored["cells"][3]["execution_count"], 3);
}

#[test]
fn a_notebook_of_a_course_keeps_its_outputs_where_mnist_is_absent() {
    if !support::has_kernel() {
        return;
    }
    // A notebook of another clone, named as from there.
    let clone = tempfile::tempdir().unwrap();
    fs::create_dir(clone.path().join("notebooks")).unwrap();
    fs::write(clone.path().join("Cargo.toml"), "[package]\nname = \"mnist_tutorial\"\n").unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notebooks/passes.ipynb");
    let copy = clone.path().join("notebooks/passes.ipynb");
    fs::copy(&source, &copy).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["run", "notebooks/passes.ipynb"]).current_dir(clone.path());
    command.env_remove("MNIST_TUTORIAL_PROJECT").env_remove("MNIST_DIR").env("MNIST_MIRRORS", "");
    command.env_remove("FASHION_MNIST_DIR").env("FASHION_MNIST_MIRRORS", "");
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("Not the real MNIST"), "{text}");
    assert_eq!(fs::read(copy).unwrap(), fs::read(source).unwrap());
}
