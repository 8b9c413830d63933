//! The kernel for a crate that has nothing to do with the course: set up in a cache of its own,
//! then opened by notebooks. Skipped, and said so, where there is no Python or no evcxr.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use notebook_kernel::{Environment, Prelude, Settings, State};
use tempfile::TempDir;

mod support;

/// Depends on what this workspace has fetched, so that no network is needed.
const MANIFEST: &str = r#"
[package]
name = "second"
edition = "2024"
[workspace]
[dependencies]
clap = { version = "4", default-features = false, features = ["std", "derive"] }
serde_json = "1"
word-part = { path = "word" }
"#;

const LIBRARY: &str = r#"
use std::os::unix::fs::MetadataExt;
use clap::Parser;

#[derive(Parser)]
struct Arguments { number: i32 }

/// The number behind the key, through both dependencies and the part.
pub fn answer(text: &str, key: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let arguments = Arguments::parse_from(["second", &value[key].to_string()]);
    format!("{} {}", word_part::word(), arguments.number + 1)
}

/// The compiled libraries of the kernel that this runs in: name, file number, links.
pub fn compiled() -> String {
    let folder = std::path::PathBuf::from(std::env::var("TEST_KERNEL_STOP").unwrap());
    let mut todo = vec![folder.ancestors().nth(2).unwrap().join("crate/target")];
    let mut lines = Vec::new();
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, data) = (entry.path(), entry.metadata().unwrap());
            if data.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|end| end == "rlib") {
                let name = entry.file_name().into_string().unwrap();
                lines.push(format!("{name} {} {}", data.ino(), data.nlink()));
            }
        }
    }
    lines.join("\n")
}
"#;

struct Second {
    root: TempDir,
    settings: Settings,
}

impl Second {
    fn new(python: PathBuf, evcxr: PathBuf) -> Second {
        let root = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(root.path()).unwrap();
        let settings = Settings {
            name: "second-kernel".into(),
            display_name: "Rust (second)".into(),
            cache: folder.join("cache"),
            prefix: "TEST_KERNEL_".into(),
            crate_name: "second".into(),
            prelude: Prelude { imports: "use second::*;\n".into(), ..Prelude::default() },
            cut: BTreeMap::from([("second".into(), vec!["word-part".into()])]),
            cargo_config: "[net]\noffline = true\n".into(),
            heeded: Vec::new(),
            removed: Vec::new(),
            programs: Vec::new(),
            evcxr,
            python,
            remedy: "set it up".into(),
            parts: Vec::new(),
        };
        let second = Second { root, settings };
        second.write("Cargo.toml", MANIFEST);
        second.write("src/lib.rs", LIBRARY);
        second.write("word/Cargo.toml", "[package]\nname = \"word-part\"\nedition = \"2024\"\n");
        second.write("word/src/lib.rs", "pub fn word() -> &'static str { \"old\" }\n");
        fs::copy(support::project().join("Cargo.lock"), second.clone_folder().join("Cargo.lock"))
            .unwrap();
        second
    }

    fn clone_folder(&self) -> PathBuf {
        self.settings.cache.with_file_name("clone")
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.clone_folder().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Runs these cells as a notebook and gives what they showed.
    fn notebook(&self, cells: &[&str], building: Option<&Path>) -> Vec<String> {
        let file = self.root.path().join("cells.json");
        fs::write(&file, serde_json::to_vec(cells).unwrap()).unwrap();
        let mut command = Command::new(&self.settings.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notebook.py"));
        command.arg(&self.settings.name).arg(self.clone_folder()).arg(file);
        let jupyter = notebook_kernel::jupyter_folder(&self.settings, &self.clone_folder());
        command.env("JUPYTER_DATA_DIR", jupyter);
        command.env("JUPYTER_RUNTIME_DIR", self.root.path()).env("JUPYTER_PLATFORM_DIRS", "0");
        if let Some(folder) = building {
            command.env("TEST_KERNEL_BUILD_TEMPLATE", folder);
        }
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "a cell failed");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The template's compiled libraries: file number and time, by name.
    fn template(&self) -> BTreeMap<String, (u64, i64)> {
        let folder = notebook_kernel::template_folder(&self.settings, &self.clone_folder());
        self.libraries(&folder)
    }

    fn libraries(&self, folder: &Path) -> BTreeMap<String, (u64, i64)> {
        let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
        let libraries = files.filter(|entry| entry.path().extension().is_some_and(|e| e == "rlib"));
        let facts = libraries.map(|entry| {
            let data = entry.metadata().unwrap();
            (entry.file_name().to_str().unwrap().to_owned(), (data.ino(), data.mtime()))
        });
        facts.collect()
    }
}

const DEPENDENCY: &str = r#":dep second = { path = "." }"#;
const ANSWER: &str = r#"println!("{}", answer("{ \"a\": 41 }", "a"));"#;

#[test]
fn a_second_crate_is_compiled_once_and_its_kernels_share_nothing_they_write() {
    let (Some(python), Some(evcxr)) = (support::python(), support::evcxr()) else { return };
    let second = Second::new(python, evcxr);
    let (settings, project) = (&second.settings, second.clone_folder());
    let environment = Environment::default();
    let program = Path::new(env!("CARGO_BIN_EXE_notebook-kernel"));
    notebook_kernel::register(settings, &project, program).unwrap();
    notebook_kernel::compile(settings, &project, &environment, |command| {
        assert!(command.status()?.success());
        Ok(())
    })
    .unwrap();
    let mut ahead = BTreeMap::new();
    notebook_kernel::build(settings, &project, &environment, |folder| {
        ahead = second.libraries(folder);
        second.notebook(&[DEPENDENCY, "use second::*;", ANSWER], Some(folder));
        Ok(())
    })
    .unwrap();
    let found = notebook_kernel::inspect_template(settings, &project, &environment);
    assert_eq!(found.state, State::Found, "{found:?}");
    assert!(notebook_kernel::is_current(settings, &project, &environment));

    let before = second.template();
    assert!(before.len() > 10);
    assert_eq!(ahead, before, "evcxr has compiled again what was compiled before");
    let [pinned, used] = [
        project.join("Cargo.lock"),
        notebook_kernel::template_folder(settings, &project).join("crate/Cargo.lock"),
    ]
    .map(|file| fs::read_to_string(file).unwrap());
    let own = ["ctx", "second", "word-part"].map(|name| format!("name = \"{name}\"\n"));
    for package in used.split("[[package]]\n").skip(1) {
        // Its name and version; what it depends on is shortened where the clone has more.
        let version: String = package.split_inclusive('\n').take(2).collect();
        let is_own = own.iter().any(|name| version.starts_with(name));
        assert!(is_own || pinned.contains(&version), "not the clone's {version}");
    }

    for word in ["old", "new"] {
        // Compiled by the kernel, in its own folder.
        second.write("word/src/lib.rs", &format!("pub fn word() -> &'static str {{ \"{word}\" }}"));
        let list = "println!(\"{}\", compiled());";
        let shown = second.notebook(&[DEPENDENCY, "use second::*;", ANSWER, list], None);
        assert_eq!(shown[2], format!("{word} 42"));
        let libraries: Vec<Vec<&str>> =
            shown[3].lines().map(|line| line.split(' ').collect()).collect();
        let of =
            |prefix: &'static str| libraries.iter().filter(move |line| line[0].starts_with(prefix));
        for heavy in ["libclap_builder-", "libserde_json-"] {
            let [line] = of(heavy).collect::<Vec<_>>()[..] else { panic!("{heavy}: {shown:?}") };
            assert_eq!(line[1], before[line[0]].0.to_string(), "{heavy} was compiled again");
        }
        for own in ["libsecond-", "libword_part-"] {
            assert!(of(own).count() > 0, "{own}: {shown:?}");
            assert!(of(own).all(|line| line[2] == "1"), "{own} is shared: {shown:?}");
        }
        assert_eq!(before, second.template(), "a kernel has written into the template");
    }
    assert!(!notebook_kernel::is_current(settings, &project, &environment));
}
