//! The kernel in the user's own Jupyter folder: only where it is asked for, and never in place of
//! another one.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod support;

use serde_json::Value;
use support::Machine;

/// Jupyter's data folder below a user's own.
const SHARE: &str =
    if cfg!(target_os = "macos") { "Library/Jupyter" } else { ".local/share/jupyter" };

/// The kernel's description in such a folder.
const KERNEL: &str = "kernels/mnist-tutorial/kernel.json";

/// A machine that needs no archive, and the place of its user's kernels.
fn machine() -> (Machine, PathBuf) {
    let mut machine = Machine::new();
    let libtorch = machine.libtorch("2.13.0").display().to_string();
    machine.variables.insert("LIBTORCH".into(), libtorch);
    let file = machine.user().join(SHARE).join(KERNEL);
    (machine, file)
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn set_up_registers_nothing_and_what_was_asked_for_can_be_taken_back() {
    let (machine, file) = machine();
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(succeeded && !file.exists(), "{text}");
    assert!(machine.run(&["doctor"]).1.contains("not registered"));
    for _ in 0..2 {
        let (succeeded, text) = machine.run(&["kernel", "--register"]);
        assert!(succeeded && text.contains(file.to_str().unwrap()), "{text}");
        let (_, report) = machine.run(&["doctor"]);
        let line = report.lines().find(|line| line.contains("kernel elsewhere")).unwrap();
        assert!(line.starts_with("found") && line.contains("cløne"), "{report}");
    }
    let described = read(&file);
    let clone = machine.clone_folder();
    assert_eq!(described["env"]["MNIST_TUTORIAL_PROJECT"], clone.to_str().unwrap());
    assert!(Path::new(described["argv"][0].as_str().unwrap()).is_file());
    for expected in ["removed ", "it is not registered"] {
        let (succeeded, text) = machine.run(&["kernel", "--unregister"]);
        assert!(succeeded && text.contains(expected), "{text}");
        assert!(!file.parent().unwrap().exists());
    }
    machine.run(&["kernel", "--register"]);
    let (succeeded, text) = machine.run(&["clean", "--cache"]);
    assert!(succeeded && text.contains(file.to_str().unwrap()) && !file.exists(), "{text}");
}

#[test]
fn a_registered_kernel_whose_parts_are_gone_is_named_with_a_remedy() {
    let (machine, file) = machine();
    machine.run(&["kernel", "--register"]);
    fs::remove_file(read(&file)["argv"][2].as_str().unwrap()).unwrap();
    let (_, report) = machine.run(&["doctor"]);
    let at = report.find("wrong    kernel elsewhere").unwrap_or_else(|| panic!("{report}"));
    assert!(report[at..].lines().nth(1).unwrap().contains("kernel --register"), "{report}");
    machine.run(&["kernel", "--register"]);
    assert!(!machine.run(&["doctor"]).1.contains("wrong    kernel elsewhere"));
}

#[test]
fn a_kernel_of_that_name_that_is_not_the_courses_stays() {
    let (machine, file) = machine();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let theirs = r#"{"argv": ["python"]}"#;
    fs::write(&file, theirs).unwrap();
    for task in [&["kernel", "--register"], &["kernel", "--unregister"]] {
        let (succeeded, text) = machine.run(task);
        assert!(!succeeded && text.contains("another kernel's and is left alone"), "{text}");
        assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
    }
    assert!(!machine.home().exists(), "said before anything is set up");
    for task in [&["kernel"][..], &["kernel", "--register", "--unregister"]] {
        assert!(machine.run(task).1.contains("Usage"));
    }
}

#[test]
fn a_terminal_of_the_courses_own_jupyter_means_the_users_folder_all_the_same() {
    let (mut machine, file) = machine();
    let inside = machine.home().join("jupyter/clone-0123456789abcdef").display().to_string();
    machine.variables.insert("JUPYTER_DATA_DIR".into(), inside);
    machine.run(&["kernel", "--register"]);
    assert!(file.exists());
    let named = machine.user().join("named");
    machine.variables.insert("JUPYTER_DATA_DIR".into(), named.display().to_string());
    machine.run(&["kernel", "--register"]);
    assert!(named.join(KERNEL).exists());
    // Both are remembered, wherever the variable points later.
    machine.variables.remove("JUPYTER_DATA_DIR");
    let (_, report) = machine.run(&["doctor"]);
    assert_eq!(report.matches("found    kernel elsewhere").count(), 2, "{report}");
    machine.run(&["clean", "--cache"]);
    assert!(!file.exists() && !named.join(KERNEL).exists());
}

/// Opens a kernel as any front end would that knows nothing of the course.
const CLIENT: &str = r#"
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="mnist-tutorial", startup_timeout=300)
told = []
for cell in "use mnist_tutorial::prelude::*;", "Tensor::from_slice(&[1, 2]).size()":
    client.execute_interactive(cell, timeout=300, output_hook=told.append)
client.stop_channels()
manager.shutdown_kernel()
print([message["content"] for message in told])
"#;

#[test]
fn a_jupyter_that_knows_nothing_of_the_course_finds_the_kernel_and_runs_it() {
    if !support::has_kernel() {
        return;
    }
    let user = tempfile::tempdir().unwrap();
    let jupyter = user.path().join(SHARE);
    let xtask = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.args(words).env("JUPYTER_DATA_DIR", &jupyter).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    xtask(&["kernel", "--register"]);
    let described = read(&jupyter.join(KERNEL));
    let settings = read(Path::new(described["argv"][2].as_str().unwrap()));
    let mut client = Command::new(settings["python"].as_str().unwrap());
    client.args(["-c", CLIENT]).current_dir(user.path());
    for (name, _) in std::env::vars_os() {
        let is_ours = |start: &&str| name.to_string_lossy().starts_with(*start);
        if ["JUPYTER", "XDG_", "MNIST_TUTORIAL_", "LIBTORCH", "LD_"].iter().any(is_ours) {
            client.env_remove(name);
        }
    }
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.unwrap_or_else(|| std::env::home_dir().unwrap().join(".cargo"));
    let output = client.env("CARGO_HOME", cargo).env("HOME", user.path()).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.contains("[2]"), "{told}");
    xtask(&["kernel", "--unregister"]);
}
