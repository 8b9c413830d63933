//! The kernel for a crate that has nothing to do with the course: set up in a cache of its own,
//! then opened by notebooks. Skipped, and said so, where there is no Python or no evcxr.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use notebook_kernel::{Environment, Facts, Prelude, Settings, State};
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
libc = "0.2"
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

/// The compiled libraries of the kernel that this runs in: name, file number, links, time.
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
                let time = format!("{}.{:09}", data.mtime(), data.mtime_nsec());
                lines.push(format!("{name} {} {} {time}", data.ino(), data.nlink()));
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
        // Looks at a variable and a file, as many do.
        second.write(
            "word/build.rs",
            "fn main() { println!(\"cargo::rerun-if-env-changed=WORD_FLAG\"); \
             println!(\"cargo::rerun-if-changed=word.txt\"); }\n",
        );
        second.write("word/word.txt", "");
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
        self.notebook_with(&[], cells, building)
    }

    /// The same in a shell that has these variables.
    fn notebook_with(
        &self,
        variables: &[(&str, &str)],
        cells: &[&str],
        building: Option<&Path>,
    ) -> Vec<String> {
        let file = self.root.path().join("cells.json");
        fs::write(&file, serde_json::to_vec(cells).unwrap()).unwrap();
        let mut command = Command::new(&self.settings.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notebook.py"));
        command.arg(&self.settings.name).arg(self.clone_folder()).arg(file);
        let jupyter = notebook_kernel::jupyter_folder(&self.settings, &self.clone_folder());
        command.env("JUPYTER_DATA_DIR", jupyter);
        command.env("JUPYTER_RUNTIME_DIR", self.root.path()).env("JUPYTER_PLATFORM_DIRS", "0");
        command.envs(variables.iter().copied());
        if let Some(folder) = building {
            command.env("TEST_KERNEL_BUILD_TEMPLATE", folder);
        }
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "a cell failed");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Builds the template, its dependencies ahead of evcxr.
    fn build(&self) {
        let (settings, project) = (&self.settings, self.clone_folder());
        let environment = Environment::default();
        notebook_kernel::compile(settings, &project, &environment, |command| {
            assert!(command.status()?.success());
            Ok(())
        })
        .unwrap();
        let mut ahead = BTreeMap::new();
        notebook_kernel::build(settings, &project, &environment, |folder| {
            ahead = libraries(folder);
            self.notebook(&[DEPENDENCY, "use second::*;", ANSWER], Some(folder));
            Ok(())
        })
        .unwrap();
        assert!(ahead.len() > 10);
        assert_eq!(ahead, self.libraries(), "evcxr has compiled again what was compiled before");
    }

    fn has_the_versions_of_the_clone(&self) {
        let folder = notebook_kernel::template_folder(&self.settings, &self.clone_folder());
        let files = [self.clone_folder().join("Cargo.lock"), folder.join("crate/Cargo.lock")];
        let [pinned, used] = files.map(|file| fs::read_to_string(file).unwrap());
        let own = ["ctx", "second", "word-part"].map(|name| format!("name = \"{name}\"\n"));
        for package in used.split("[[package]]\n").skip(1) {
            // Its name and version; what it depends on is shortened where the clone has more.
            let version: String = package.split_inclusive('\n').take(2).collect();
            let is_own = own.iter().any(|name| version.starts_with(name));
            assert!(is_own || pinned.contains(&version), "not the clone's {version}");
        }
    }

    fn is_current(&self) -> bool {
        let environment = Environment::default();
        notebook_kernel::is_current(&self.settings, &self.clone_folder(), &environment)
    }

    /// What there is of the template, as it is told to people.
    fn found(&self) -> String {
        let environment = Environment::default();
        let found =
            notebook_kernel::inspect_template(&self.settings, &self.clone_folder(), &environment);
        assert_eq!(found.state, State::Found, "{found:?}");
        found.detail
    }

    /// Everything in the template, by path: number and time of a file, and what is in it.
    fn template(&self) -> BTreeMap<PathBuf, (u64, String, Vec<u8>)> {
        everything(&notebook_kernel::template_folder(&self.settings, &self.clone_folder()))
    }

    /// The template's compiled libraries: file number and time, by name.
    fn libraries(&self) -> BTreeMap<String, (u64, String)> {
        libraries(&notebook_kernel::template_folder(&self.settings, &self.clone_folder()))
    }
}

fn everything(folder: &Path) -> BTreeMap<PathBuf, (u64, String, Vec<u8>)> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let facts = files.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let data = entry.metadata().unwrap();
        let time = format!("{}.{:09}", data.mtime(), data.mtime_nsec());
        let content = fs::read(entry.path()).unwrap();
        (entry.into_path(), (data.ino(), time, content))
    });
    facts.collect()
}

fn libraries(folder: &Path) -> BTreeMap<String, (u64, String)> {
    let files = everything(folder).into_iter();
    let libraries = files.filter(|(file, _)| file.extension().is_some_and(|end| end == "rlib"));
    let named = libraries.map(|(file, (number, time, _))| {
        (file.file_name().unwrap().to_str().unwrap().to_owned(), (number, time))
    });
    named.collect()
}

const DEPENDENCY: &str = r#":dep second = { path = "." }"#;
const ANSWER: &str = r#"println!("{}", answer("{ \"a\": 41 }", "a"));"#;

#[test]
fn a_second_crate_is_compiled_once_and_its_kernels_share_nothing_they_write() {
    let (Some(python), Some(evcxr)) = (support::python(), support::evcxr()) else { return };
    let second = Second::new(python, evcxr);
    let program = Path::new(env!("CARGO_BIN_EXE_notebook-kernel"));
    notebook_kernel::register(&second.settings, &second.clone_folder(), program).unwrap();
    second.build();
    assert!(second.is_current());
    second.has_the_versions_of_the_clone();
    if std::env::var_os("RUSTUP_TOOLCHAIN").is_some_and(|name| name == "beta") {
        let folder = notebook_kernel::template_folder(&second.settings, &second.clone_folder());
        assert!(Facts::of(&folder).unwrap().rustc.contains("-beta"));
    }
    // And neither does the next one.
    a_kernel_compiles_nothing(&second, true);
    a_kernel_compiles_nothing(&second, false);

    let (before, libraries_before) = (second.template(), second.libraries());
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
            assert_eq!(
                line[1],
                libraries_before[line[0]].0.to_string(),
                "{heavy} was compiled again"
            );
        }
        for own in ["libsecond-", "libword_part-"] {
            assert!(of(own).count() > 0, "{own}: {shown:?}");
            assert!(of(own).all(|line| line[2] == "1"), "{own} is shared: {shown:?}");
        }
        assert!(before == second.template(), "a kernel has written into the template");
    }
    assert!(!second.is_current());
    assert!(second.found().contains("every kernel compiles them until you set it up"));
    second.build();
    assert!(second.is_current());
    for (heavy, (number, _)) in
        libraries_before.iter().filter(|(name, _)| name.starts_with("libclap_builder-"))
    {
        assert_eq!(second.libraries()[heavy].0, *number, "{heavy} was compiled again");
    }

    // Not a source: a file that a build script names.
    second.write("word/word.txt", "");
    assert!(!second.is_current());
    assert!(second.found().contains("every kernel compiles them"));
    second.build();
    assert!(second.is_current());
    a_kernel_compiles_nothing(&second, true);
}

/// `libc`'s build script looks at the first of these, that of `word-part` at the second, cargo at
/// the others.
const OTHER_SHELL: [(&str, &str); 5] = [
    ("RUST_LIBC_UNSTABLE_FREEBSD_VERSION", "14"),
    ("WORD_FLAG", "other"),
    ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", "/no/such/linker"),
    ("CARGO_PROFILE_DEV_OPT_LEVEL", "1"),
    ("CARGO_INCREMENTAL", "0"),
];

fn a_kernel_compiles_nothing(second: &Second, has_other_shell: bool) {
    // As if someone had installed mold and lld since.
    let programs = second.clone_folder().join("programs");
    for name in ["mold", "lld"] {
        second.write(&format!("programs/{name}"), "#!/bin/sh\nexit 1\n");
        let program = programs.join(name);
        fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut other = OTHER_SHELL.to_vec();
    other.push(("PATH", &path));
    let shell = if has_other_shell { &other[..] } else { &[] };
    let (before, libraries) = (second.template(), second.libraries());
    let list = "println!(\"{}\", compiled());";
    let shown = second.notebook_with(shell, &[DEPENDENCY, "use second::*;", ANSWER, list], None);
    assert!(shown[2].ends_with(" 42"), "{shown:?}");
    for line in shown[3].lines() {
        let [name, .., time] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let made = libraries.get(name).map(|(_, time)| &**time);
        assert_eq!(made, Some(time), "{name} was compiled again");
    }
    let after = second.template();
    let differs = |file: &&PathBuf| before.get(*file) != after.get(*file);
    let changed: Vec<&PathBuf> = before.keys().chain(after.keys()).filter(differs).collect();
    assert!(changed.is_empty(), "written into the template: {changed:?}");
}

#[test]
fn the_same_holds_for_the_compiler_to_come() {
    let beta = Command::new("rustup").args(["run", "beta", "cargo", "--version"]).output();
    if !beta.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no beta; `rustup toolchain install beta --profile minimal`");
        return;
    }
    let test = "a_second_crate_is_compiled_once_and_its_kernels_share_nothing_they_write";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("RUSTUP_TOOLCHAIN", "beta");
    assert!(command.env_remove("CARGO").status().unwrap().success());
}
