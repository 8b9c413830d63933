//! What a machine lacks is named at once, with the line that mends it.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use support::{Machine, archive, serve};

const PYTHON_LINE: &str = if cfg!(target_os = "macos") { "brew install" } else { "python3-venv" };

#[test]
fn a_missing_compiler_is_named() {
    let machine = Machine::new();
    machine.remove_program("c++");
    machine.remove_program("clang++");
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("C++ compiler missing"), "{text}");
    assert!(text.contains("install it"), "{text}");
    assert!(!machine.home().exists());
}

#[test]
fn a_missing_python_is_named() {
    let machine = Machine::new();
    machine.remove_program("python3");
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("no Python on the PATH"), "{text}");
    assert!(text.contains(PYTHON_LINE), "{text}");
}

#[test]
fn everything_missing_is_named_together() {
    let machine = Machine::new();
    for program in ["python3", "c++", "clang++", "rustc"] {
        machine.remove_program(program);
    }
    let (_, text) = machine.run(&["setup"]);
    for part in ["Rust missing", "C++ compiler missing", "Python missing"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn an_old_python_is_named_with_the_versions_that_work() {
    let mut machine = Machine::new();
    machine.variables.insert("FAKE_VERSION".into(), "3.8.10".into());
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("Python 3.8.10, needed is 3.10 to 3.14"), "{text}");
}

#[test]
fn a_python_without_ensurepip_is_named_with_the_package() {
    let mut machine = Machine::new();
    machine.variables.insert("FAKE_ENSUREPIP".into(), "False".into());
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("ensurepip"), "{text}");
    assert!(text.contains(PYTHON_LINE), "{text}");
}

#[test]
fn a_chosen_python_that_does_not_work_is_not_replaced_by_another() {
    let mut machine = Machine::new();
    machine.variables.insert("MNIST_TUTORIAL_PYTHON".into(), "/no/such/python".into());
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("MNIST_TUTORIAL_PYTHON=/no/such/python"), "{text}");
    assert!(text.contains("set MNIST_TUTORIAL_PYTHON to a Python 3.10"), "{text}");
    let (_, text) = machine.run(&["doctor"]);
    assert!(!text.lines().any(|line| line.trim_end().ends_with("remedy:")), "{text}");
}

#[test]
fn a_variable_by_which_the_bindings_would_be_built_wrongly_is_named_with_its_remedy() {
    for (name, value) in [("LIBTORCH_CXX11_ABI", "0"), ("LIBTORCH_INCLUDE", "/no/such/libtorch")] {
        let mut machine = Machine::new();
        machine.variables.insert(name.into(), value.into());
        let (succeeded, text) = machine.run(&["doctor"]);
        assert!(!succeeded);
        assert!(text.contains(&format!("{name}={value}, expected")), "{text}");
        assert!(text.contains(&format!("remedy: unset {name}")), "{text}");
    }
}

#[test]
fn doctor_names_every_part_and_changes_nothing() {
    let machine = Machine::new();
    let (succeeded, text) = machine.run(&["doctor"]);
    assert!(!succeeded);
    for part in [
        "Rust",
        "C++ compiler",
        "Python environment",
        "libtorch",
        "loader path",
        "evcxr",
        "kernel",
        "MNIST",
        "disk of the cache",
        "disk of the clone",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.matches("missing ").count(), text.matches("remedy: ").count(), "{text}");
    assert!(!machine.home().exists());
}

#[test]
fn a_check_of_the_text_alone_sets_nothing_up() {
    let machine = Machine::new();
    machine.remove_program("python3");
    let (succeeded, text) = machine.run(&["test", "--only", "format"]);
    assert!(succeeded, "{text}");
    assert!(!machine.home().exists());
    let (succeeded, text) = machine.run(&["test", "--only", "library"]);
    assert!(!succeeded && text.contains("no Python on the PATH"), "{text}");
}

#[test]
fn an_unknown_notebook_is_named_before_anything_is_set_up() {
    let machine = Machine::new();
    let folder = machine.clone_folder().join("notebooks");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("01-data.ipynb"), "{}").unwrap();
    let (succeeded, text) = machine.run(&["run", "99"]);
    assert!(!succeeded, "{text}");
    assert!(text.contains("there is no notebook `99`; there are 01-data"), "{text}");
    assert!(!machine.home().exists());
}

#[test]
fn an_unknown_option_is_an_error() {
    let machine = Machine::new();
    for arguments in [&["setup", "--fast"][..], &["sing"], &["lab", "--port", "many"], &[]] {
        let (succeeded, text) = machine.run(arguments);
        assert!(!succeeded, "{text}");
        assert!(text.contains("--help") || text.contains("Usage"), "{text}");
    }
}

#[test]
fn a_rust_too_old_for_evcxr_is_named_before_anything_is_fetched() {
    let mut machine = without_sources("1.90.0 (1159e78c4 2025-09-14)");
    machine.remove_program("rustup");
    let remedies =
        ["install a newer one", "run `rustup update`", "`rustup update stable` and choose"];
    for remedy in remedies {
        for task in ["setup", "doctor", "lab"] {
            let (succeeded, text) = machine.run(&[task]);
            assert!(!succeeded, "{text}");
            assert!(
                text.contains("rustc 1.90.0") && text.contains("needs 1.95 or newer"),
                "{text}"
            );
            assert!(text.contains(remedy), "{text}");
            assert!(!machine.home().exists());
        }
        // What is chosen by name does not become newer by itself.
        if machine.programs().join("rustup").exists() {
            machine.variables.insert("RUSTUP_TOOLCHAIN".into(), "1.90.0-x86_64-linux".into());
        }
        machine.program("rustup", NOTING);
    }
    assert_eq!(machine.notes("rustup"), "");
    for version in ["1.95.0", "1.97.0-beta.2", "1.100.0-nightly", "2.0.0"] {
        machine.program("rustc", &format!("echo 'rustc {version} (0 2026-11-28)'"));
        let (_, text) = machine.run(&["doctor"]);
        assert!(!text.contains("or newer"), "{version}: {text}");
    }
}

#[test]
fn a_real_toolchain_that_is_too_old_is_named() {
    let installed = Command::new("rustup").args(["toolchain", "list"]).output();
    let list =
        installed.map(|output| String::from_utf8(output.stdout).unwrap()).unwrap_or_default();
    let release = |line: &&str| line.strip_prefix("1.")?.split('.').next()?.parse::<u32>().ok();
    let Some(old) = list.lines().find(|line| release(line).is_some_and(|minor| minor < 95)) else {
        println!("skipped: no toolchain before 1.95; `rustup toolchain install 1.90.0` brings one");
        return;
    };
    let toolchain = old.split(' ').next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("setup").env("RUSTUP_TOOLCHAIN", toolchain).env_remove("CARGO");
    command.env("MNIST_TUTORIAL_HOME", folder.path().join("cache"));
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(text.contains("needs 1.95 or newer"), "{text}");
    assert!(text.contains(toolchain), "{text}");
    assert!(!text.contains("rust-src"), "{text}");
    assert!(!folder.path().join("cache").exists());
    // Cargo itself says it before it compiles anything.
    let mut command = Command::new("cargo");
    command.args(["xtask", "setup"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("RUSTUP_TOOLCHAIN", toolchain).env_remove("CARGO");
    command.env("CARGO_TARGET_DIR", folder.path().join("target"));
    let text = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(text.contains("requires rustc 1.95") && !text.contains("Compiling"), "{text}");
}

/// A machine whose compiler's folder is known and has no sources, and which notes what rustup does.
fn without_sources(release: &str) -> Machine {
    let machine = Machine::new();
    fs::remove_dir_all(machine.root().join("lib/rustlib/src")).unwrap();
    let root = machine.root().display();
    machine.program(
        "rustc",
        &format!("case $1 in --print) echo '{root}' ;; *) echo 'rustc {release}' ;; esac"),
    );
    machine.program("rustup", NOTING);
    machine
}

/// Notes what rustup was asked for.
const NOTING: &str = "echo \"$*\" >>\"$NOTES/rustup.env\"";

#[test]
fn a_task_asks_for_no_more_than_it_needs() {
    let machine = without_sources("1.95.0");
    let logs = machine.root().join("logs");
    fs::create_dir(&logs).unwrap();
    let (_, text) = machine.run(&["test", "--only", "library"]);
    assert!(!text.contains("lacks") && text.contains("  libtorch: missing"), "{text}");
    for program in ["rustc", "c++", "clang++"] {
        machine.remove_program(program);
    }
    let (_, text) = machine.run(&["tensorboard", "--logdir", logs.to_str().unwrap()]);
    assert!(text.contains("Ctrl-C ends TensorBoard"), "{text}");
    assert_eq!(machine.notes("rustup"), "");
}

#[test]
fn the_kernel_s_sources_are_asked_for_where_a_kernel_is_made() {
    let machine = without_sources("1.95.0");
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("Rust's sources missing"), "{text}");
    assert_eq!(machine.notes("rustup"), "component add rust-src\n");
}

#[test]
fn the_browser_that_was_named_draws_the_image_of_tensorboard() {
    let Some(mnist) = std::env::var_os("MNIST_DIR") else {
        println!("skipped: MNIST_DIR is not set, and the images show the real MNIST");
        return;
    };
    let mut machine = Machine::new();
    let bytes = archive("2.13.0+cpu");
    machine.archive_at(serve(bytes.clone()), &bytes);
    machine.variables.insert("LIBTORCH".into(), machine.libtorch("2.13.0").display().to_string());
    let mnist = Path::new(&mnist).canonicalize().unwrap().display().to_string();
    machine.variables.insert("MNIST_DIR".into(), mnist);
    machine.variables.insert("MNIST_TUTORIAL_CHROMIUM".into(), "./my browser".into());
    let (succeeded, text) = machine.run(&["images"]);
    assert!(!succeeded);
    let reason = "MNIST_TUTORIAL_CHROMIUM=./my browser names no program";
    assert!(text.contains(reason), "{text}");
    fs::copy(machine.programs().join("c++"), machine.root().join("my browser")).unwrap();
    let (_, text) = machine.run(&["images"]);
    let chosen = machine.root().join("my browser");
    assert!(text.contains(&format!("TensorBoard, in {}", chosen.display())), "{text}");
}
