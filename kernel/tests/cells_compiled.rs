//! The stand-in that compiles cells, with real cargo and a small crate as evcxr makes them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A kernel's folder: the cell's crate, a library beside it, and a cargo that counts its runs.
struct Kernel {
    root: TempDir,
}

impl Kernel {
    fn new() -> Kernel {
        let kernel = Kernel { root: tempfile::tempdir().unwrap() };
        kernel.write(
            "a crate/Cargo.toml",
            "[package]\nname = \"ctx\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
             [dependencies]\nlibrary = { path = \"../a library\" }\n[workspace]\n",
        );
        kernel.write("a crate/.cargo/config.toml", "[net]\noffline = true\n");
        kernel.write("a library/Cargo.toml", "[package]\nname = \"library\"\nedition = \"2024\"\n");
        kernel.write("a library/src/lib.rs", "pub fn word() -> &'static str { \"old library\" }\n");
        fs::create_dir(kernel.path("shortcut")).unwrap();
        kernel.write_cargo();
        kernel
    }

    fn write_cargo(&self) {
        let cargo = std::env::var("CARGO").unwrap();
        self.write("cargo", &format!("#!/bin/sh\necho run >> \"$RUNS\"\nexec '{cargo}' \"$@\"\n"));
        fs::set_permissions(self.path("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Compiles a cell that is made of these lines, as evcxr has it done.
    fn compile(&self, lines: &str) -> Output {
        self.compile_with(lines, |_| {})
    }

    fn compile_with(&self, lines: &str, change: impl FnOnce(&mut Command)) -> Output {
        self.write(
            "a crate/src/lib.rs",
            &format!("#[unsafe(no_mangle)]\npub extern \"C\" fn cell() {{ {lines} }}\n"),
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_notebook-kernel"));
        command.arg("compile").args(["shortcut", "cargo"].map(|name| self.path(name)));
        command.args(["--", "build", "--message-format=json"]);
        command.current_dir(self.path("a crate")).env("RUNS", self.path("runs"));
        command.env("CARGO_TARGET_DIR", "target").env_remove("RUSTC_WRAPPER");
        change(&mut command);
        command.output().unwrap()
    }

    /// How often cargo has run.
    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).unwrap_or_default().lines().count()
    }

    /// The compiled cell, where the answer says that it is; as evcxr does, it is moved away.
    fn take(&self, answer: &Output) -> String {
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        let said = String::from_utf8(answer.stdout.clone()).unwrap();
        let reports =
            said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut cells = reports.filter(|report| {
            report["reason"] == "compiler-artifact" && report["target"]["name"] == "ctx"
        });
        let report = cells.next().unwrap();
        assert!(cells.next().is_none(), "{said}");
        let file = PathBuf::from(report["filenames"][0].as_str().unwrap());
        let kept = file.with_file_name("code");
        fs::rename(&file, &kept).unwrap();
        String::from_utf8_lossy(&fs::read(kept).unwrap()).into_owned()
    }
}

const PRINT: &str = "println!(\"{}\", library::word());";

fn print(word: &str) -> String {
    format!("println!(\"{word} {{}}\", library::word());")
}

#[test]
fn only_the_first_cell_needs_cargo() {
    let kernel = Kernel::new();
    let made = kernel.take(&kernel.compile(&print("first cell")));
    assert!(made.contains("first cell") && made.contains("old library"));
    for word in ["second cell", "third cell"] {
        let made = kernel.take(&kernel.compile(&print(word)));
        assert!(
            made.contains(word) && made.contains("old library") && !made.contains("first cell")
        );
    }
    assert_eq!(kernel.runs(), 1);
    assert!(fs::read_to_string(kernel.path("shortcut/recipe.json")).unwrap().contains("-Clto=off"));
}

#[test]
fn a_cell_that_is_loaded_is_not_written_over() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(&print("first cell")));
    let loaded = kernel.path("a crate/target/debug/code");
    fs::rename(&loaded, kernel.path("loaded")).unwrap();
    kernel.take(&kernel.compile(&print("second cell")));
    let loaded = fs::read(kernel.path("loaded")).unwrap();
    assert!(String::from_utf8_lossy(&loaded).contains("first cell"));
}

#[test]
fn whatever_else_changes_is_seen() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(PRINT));
    kernel.write("a library/src/lib.rs", "pub fn word() -> &'static str { \"new library\" }\n");
    let made = kernel.take(&kernel.compile(PRINT));
    assert!(made.contains("new library") && !made.contains("old library"));
    assert_eq!(kernel.runs(), 2);
    // And what was learned from that holds.
    kernel.take(&kernel.compile(&print("again")));
    assert_eq!(kernel.runs(), 2);

    let manifest = fs::read_to_string(kernel.path("a crate/Cargo.toml")).unwrap();
    kernel.write("a crate/Cargo.toml", &format!("{manifest}[profile.dev]\nopt-level = 1\n"));
    kernel.take(&kernel.compile(PRINT));
    assert_eq!(kernel.runs(), 3);

    let changed = |command: &mut Command| {
        command.env("RUSTFLAGS", "--cfg tracing");
    };
    kernel.take(&kernel.compile_with("#[cfg(tracing)] println!(\"traced\");", changed));
    assert_eq!(kernel.runs(), 4);

    // Not only older files: one that has gone, too.
    fs::remove_dir_all(kernel.path("a crate/target")).unwrap();
    kernel.take(&kernel.compile_with(PRINT, changed));
    assert_eq!(kernel.runs(), 5);
}

#[test]
fn a_mistake_in_a_cell_is_told_as_the_compiler_tells_it_and_asks_nobody_else() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(PRINT));
    let answer = kernel.compile("let number: i32 = \"word\";");
    assert_eq!(answer.status.code(), Some(101));
    let said = String::from_utf8(answer.stderr).unwrap();
    let errors =
        said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let error = errors.into_iter().find(|message| message["code"]["code"] == "E0308").unwrap();
    assert_eq!(error["spans"][0]["line_start"], 2);
    assert_eq!(kernel.runs(), 1);
    assert!(kernel.take(&kernel.compile(&print("mended"))).contains("mended"));
    assert_eq!(kernel.runs(), 1);
}

#[test]
fn an_error_that_no_line_of_the_cell_shows_is_left_to_cargo() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(PRINT));
    let folder = kernel.path("a crate/target/debug/deps");
    let library = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut library =
        library.filter(|path| path.extension().is_some_and(|ending| ending == "rlib"));
    fs::write(library.next().unwrap(), "damaged").unwrap();
    kernel.compile(PRINT);
    assert_eq!(kernel.runs(), 2);
}

#[test]
fn other_commands_and_a_wrapper_of_the_users_own_go_to_cargo() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(PRINT));
    let wrapped = |command: &mut Command| {
        command.env("RUSTC_WRAPPER", "env");
    };
    kernel.take(&kernel.compile_with(PRINT, wrapped));
    let mut command = Command::new(env!("CARGO_BIN_EXE_notebook-kernel"));
    command.arg("compile").args(["shortcut", "cargo"].map(|name| kernel.path(name)));
    command.args(["--", "--version"]).env("RUNS", kernel.path("runs"));
    let version = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(version.starts_with("cargo 1."), "{version}");
    assert_eq!(kernel.runs(), 3);
}

#[test]
fn a_wrapper_that_cargos_settings_name_sees_every_call() {
    let kernel = Kernel::new();
    let log = kernel.path("wrapped");
    kernel.write("wrapper", &format!("#!/bin/sh\necho call >> '{}'\nexec \"$@\"\n", log.display()));
    fs::set_permissions(kernel.path("wrapper"), fs::Permissions::from_mode(0o755)).unwrap();
    let wrapper = kernel.path("wrapper");
    kernel.write(".cargo/config.toml", &format!("[build]\nrustc-wrapper = {wrapper:?}\n"));
    let mut calls = 0;
    for word in ["first cell", "second cell", "third cell"] {
        assert!(kernel.take(&kernel.compile(&print(word))).contains(word));
        let before = calls;
        calls = fs::read_to_string(&log).unwrap().lines().count();
        assert!(calls > before, "the wrapper did not see {word}");
    }
}

#[test]
fn the_way_is_free_for_a_cells_code_once_it_is_compiled() {
    let kernel = Kernel::new();
    let wrapped = |command: &mut Command| {
        command.env("RUSTC_WRAPPER", "env");
    };
    for line in [PRINT, &print("again")] {
        kernel.write("shortcut/compiling", "");
        assert!(!kernel.compile("let number: i32 = \"word\";").status.success());
        assert!(kernel.path("shortcut/compiling").exists());
        kernel.take(&kernel.compile(line));
        assert!(!kernel.path("shortcut/compiling").exists());
    }
    // Behind a wrapper nobody sees the end.
    kernel.write("shortcut/compiling", "");
    kernel.take(&kernel.compile_with(PRINT, wrapped));
    assert!(!kernel.path("shortcut/compiling").exists());
}

#[test]
fn an_interrupt_ends_a_compilation_that_runs_and_the_next_one() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(PRINT));
    // What is compiled again waits for somebody to write into this pipe.
    let pipe = kernel.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let slow = format!("let bytes = include_bytes!({pipe:?});");
    let ended = std::thread::scope(|threads| {
        let compiling = threads.spawn(|| kernel.compile(&slow));
        // Opens once the compiler does.
        let _open = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        kernel.write("shortcut/cancelled", "");
        compiling.join().unwrap()
    });
    for answer in [ended, kernel.compile(PRINT)] {
        assert_eq!(answer.status.code(), Some(101));
        assert_eq!(String::from_utf8(answer.stderr).unwrap(), "interrupted\n");
    }
    assert_eq!(kernel.runs(), 1);
    fs::remove_file(kernel.path("shortcut/cancelled")).unwrap();
    assert!(kernel.take(&kernel.compile(&print("mended"))).contains("mended"));
}

#[test]
fn what_is_remembered_is_for_its_user_alone() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile(PRINT));
    let recipe = kernel.path("shortcut/recipe.json");
    assert_eq!(fs::metadata(&recipe).unwrap().permissions().mode() & 0o077, 0);
    assert!(!kernel.path("shortcut/call.json").exists());
    // What cannot be read is learned again.
    fs::write(&recipe, "{").unwrap();
    kernel.take(&kernel.compile(&print("again")));
    kernel.take(&kernel.compile(&print("and again")));
    assert_eq!(kernel.runs(), 2);
}

#[test]
fn the_versions_that_the_clone_pins_outlive_a_cell_without_dependencies() {
    let kernel = Kernel::new();
    kernel.take(&kernel.compile("library::word();"));
    let pinned = fs::read_to_string(kernel.path("a crate/Cargo.lock")).unwrap();
    assert!(pinned.contains("name = \"library\""), "{pinned}");
    kernel.write("Cargo.lock", &format!("# pinned\n{pinned}"));
    let whole = fs::read_to_string(kernel.path("a crate/Cargo.toml")).unwrap();
    let without = whole.replace("library = { path = \"../a library\" }\n", "");
    for task in ["compile", "cargo"] {
        // As evcxr's first cell is, and as after `:clear`.
        kernel.write("a crate/Cargo.toml", &without);
        kernel.take(&kernel.compile(""));
        let forgotten = fs::read_to_string(kernel.path("a crate/Cargo.lock")).unwrap();
        assert!(!forgotten.contains("library"), "{forgotten}");
        kernel.write("a crate/Cargo.toml", &whole);
        kernel.write("cargo", "#!/bin/sh\ncp Cargo.lock ../used\n");
        let mut command = Command::new(env!("CARGO_BIN_EXE_notebook-kernel"));
        command.arg(task).args(["shortcut", "cargo"].map(|name| kernel.path(name)));
        command.args(["--", "metadata"]).current_dir(kernel.path("a crate"));
        assert!(command.status().unwrap().success());
        let used = fs::read_to_string(kernel.path("used")).unwrap();
        assert!(used.starts_with("# pinned"), "{task}: {used}");
        kernel.write_cargo();
    }
}
