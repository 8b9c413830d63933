//! What a machine lacks is named at once, with the line that mends it.
#![allow(clippy::unwrap_used)]

mod support;

use support::Machine;

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
