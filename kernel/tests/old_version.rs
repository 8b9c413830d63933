//! A cache of the version before, whose launcher was the tasks' own program: recognised, named
//! and replaced. Needs cargo and rustc alone.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use notebook_kernel::{Environment, Settings, State};

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn settings(cache: &Path) -> Settings {
    Settings {
        name: "old-kernel".into(),
        display_name: "Rust (old)".into(),
        cache: cache.into(),
        prefix: "OLD_".into(),
        crate_name: "library".into(),
        evcxr: cache.join("evcxr"),
        python: cache.join("python"),
        remedy: "set it up".into(),
        ..Settings::default()
    }
}

#[test]
fn a_cache_of_the_version_before_is_named_and_replaced_without_being_asked() {
    let root = tempfile::tempdir().unwrap();
    let [cache, project] = ["cache", "clone"].map(|name| root.path().join(name));
    let settings = settings(&cache);
    write(&project.join("Cargo.toml"), "[package]\nname = \"library\"\nedition = \"2024\"\n");
    write(&project.join("Cargo.lock"), "version = 4\n");
    write(&project.join("src/lib.rs"), "");
    let rustc = std::process::Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let rustc = String::from_utf8(rustc).unwrap();

    // As the version before wrote them.
    let old = cache.join("launcher/0123456789abcdef");
    write(&old, "the old launcher");
    let kernel = cache.join("jupyter/data/kernels/old-kernel/kernel.json");
    let argv = serde_json::json!([old, "kernel", "{connection_file}"]);
    let described = serde_json::json!({ "argv": argv, "env": { "OLD_HOME": cache } });
    write(&kernel, &described.to_string());
    let template = notebook_kernel::template_folder(&settings, &project);
    let libtorch = cache.join("libtorch");
    let facts = serde_json::json!({
        "project": project, "rustc": rustc.trim(), "toolchain": "/bin", "standard_library": "/lib",
        "libtorch": libtorch, "dependencies": "", "everything": "",
    });
    write(&template.join("facts.json"), &facts.to_string());
    let compiled = "crate/target/debug/deps/libheavy-0123456789abcdef.rlib";
    write(&template.join(compiled), "compiled");
    write(&template.join("crate/target/debug/deps/liblibrary-0123456789abcdef.rlib"), "old");

    let set = [("LIBRARIES".to_owned(), libtorch)].into();
    let environment = Environment { set, ..Environment::default() };
    let found = || {
        [
            notebook_kernel::inspect_registration(&settings, &project),
            notebook_kernel::inspect_template(&settings, &project, &environment),
        ]
    };
    for finding in found() {
        assert_eq!(finding.state, State::Wrong, "{finding:?}");
        assert!(finding.detail.ends_with("is of another version"), "{finding:?}");
    }

    let program = Path::new(env!("CARGO_BIN_EXE_notebook-kernel"));
    notebook_kernel::register(&settings, &project, program).unwrap();
    notebook_kernel::build(&settings, &project, &environment, |_| Ok(())).unwrap();
    for finding in found() {
        assert_eq!(finding.state, State::Found, "{finding:?}");
    }
    assert!(!old.exists(), "nothing names the old launcher");
    assert!(!kernel.exists(), "Jupyter looks elsewhere now");
    let kernel = notebook_kernel::jupyter_folder(&settings, &project);
    let kernel = kernel.join("kernels/old-kernel/kernel.json");
    let described: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&kernel).unwrap()).unwrap();
    let launcher = PathBuf::from(described["argv"][0].as_str().unwrap());
    assert!(launcher.is_file() && launcher != old);
    assert_eq!(described["argv"][1], "run");
    // What was compiled for the same compiler and environment is not compiled again.
    assert_eq!(fs::read_to_string(template.join(compiled)).unwrap(), "compiled");
    let own = template.join("crate/target/debug/deps/liblibrary-0123456789abcdef.rlib");
    assert!(!own.exists());
}
