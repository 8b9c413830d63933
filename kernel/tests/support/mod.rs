//! What the tests find on this machine: they borrow Python and evcxr of the course's set-up.
#![allow(dead_code, clippy::unwrap_used)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use notebook_kernel::Settings;

/// What to do about a test that was skipped.
const REMEDY: &str = "run `cargo xtask setup`";

/// The course's cache.
fn cache() -> Option<PathBuf> {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = match cfg!(target_os = "macos") {
        true => named("HOME").map(|home| home.join("Library/Caches")),
        false => named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache"))),
    };
    named("MNIST_TUTORIAL_HOME").or_else(|| Some(caches?.join("mnist-tutorial")))
}

/// The first part of the cache whose folder begins so and holds this file.
fn part(prefix: &str, file: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(cache()?).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let names = |path: &PathBuf| path.file_name()?.to_str().map(|name| name.starts_with(prefix));
    let mut files = entries.filter(|path| names(path) == Some(true)).map(|path| path.join(file));
    let found = files.find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: there is no {prefix}…/{file} in the cache; {REMEDY}");
    }
    found
}

/// A Python with Jupyter's client; without it says that the test is skipped.
pub fn python() -> Option<PathBuf> {
    match env::var_os("MNIST_TUTORIAL_TEST_PYTHON").map(PathBuf::from) {
        Some(python) => {
            let there = python.is_file();
            if !there {
                println!("skipped: MNIST_TUTORIAL_TEST_PYTHON names no file: {}", python.display());
            }
            there.then_some(python)
        }
        None => part("python-", "bin/python"),
    }
}

/// evcxr; without it says that the test is skipped.
pub fn evcxr() -> Option<PathBuf> {
    part("evcxr-", "bin/evcxr_jupyter")
}

/// The settings file of the course's kernel; without one of this version says that the test is
/// skipped.
pub fn course() -> Option<PathBuf> {
    let found = find_course();
    if found.is_none() {
        println!("skipped: there is no kernel of this version; {REMEDY}");
    }
    found
}

fn find_course() -> Option<PathBuf> {
    let settings = Settings { cache: cache()?, ..Settings::default() };
    let file = notebook_kernel::settings_file(&settings, &project());
    let there = Settings::read(&file).is_ok_and(|settings| {
        notebook_kernel::Facts::of(&notebook_kernel::template_folder(&settings, &project()))
            .is_some()
    });
    there.then_some(file)
}

/// The clone.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs a file of Python tests in `tests/relay`, in which there are at least `count`.
pub fn run_python_tests(python: &Path, file: &str, count: usize) {
    let mut command = Command::new(python);
    command
        .args(["-B", "-W", "ignore", "-m", "unittest", "-v", file])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relay"))
        .env("VERSION", notebook_kernel::VERSION)
        .env("KERNEL", env!("CARGO_BIN_EXE_notebook-kernel"))
        .env("PROJECT", project())
        .env("ENVIRONMENT", python.parent().and_then(Path::parent).unwrap());
    if let Some(settings) = find_course() {
        command.env("SETTINGS", settings);
    }
    let output = command.output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let ran = report.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next());
    assert!(ran.unwrap().parse::<usize>().unwrap() >= count, "{report}");
    // Such as why one was skipped.
    print!("{}{report}", String::from_utf8_lossy(&output.stdout));
}
