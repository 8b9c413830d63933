//! What has to be on the machine before: cargo, a C++ compiler, Python.

use crate::command;
use crate::finding::Finding;
use anyhow::{Context, Result, anyhow, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that names the Python to use.
pub const PYTHON_VARIABLE: &str = "MNIST_TUTORIAL_PYTHON";

/// Python versions that the pinned packages have files for.
const PYTHONS: std::ops::RangeInclusive<u32> = 10..=14;

/// A Python that an environment can be made from.
#[derive(Debug)]
pub struct Python {
    /// The interpreter itself, no shim that chooses one.
    pub program: PathBuf,
    version: String,
    minor: u32,
    can_make_environments: bool,
}

impl Python {
    /// As in `Python 3.12.1`.
    pub fn version(&self) -> String {
        format!("Python {}", self.version)
    }

    fn problem(&self) -> Option<String> {
        if !self.version.starts_with("3.") || !PYTHONS.contains(&self.minor) {
            let (first, last) = (PYTHONS.start(), PYTHONS.end());
            Some(format!("{}, needed is 3.{first} to 3.{last}", self.version()))
        } else if !self.can_make_environments {
            Some(format!("{} has no `venv` with `ensurepip`", self.version()))
        } else {
            None
        }
    }
}

/// Every tool, for doctor.
pub fn inspect() -> Vec<Finding> {
    let mut findings = vec![inspect_cargo(), inspect_compiler(), inspect_python()];
    findings.extend(inspect_sources());
    findings
}

/// Gets the standard library's sources where only they are missing and rustup is there, as
/// evcxr would without saying so. Where that fails, [`require`] says what is missing.
pub fn add_sources() {
    if inspect_sources().is_none_or(|found| found.is_found()) || command::find("rustup").is_none() {
        return;
    }
    println!("The kernel needs the standard library's sources: `rustup component add rust-src`");
    // Whether it worked is seen by whether they are there.
    let _ = Command::new("rustup").args(["component", "add", "rust-src"]).status();
}

/// Fails with all that is missing at once.
pub fn require() -> Result<()> {
    let missing: Vec<Finding> =
        inspect().into_iter().filter(|finding| !finding.is_found()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = missing
        .iter()
        .map(|finding| {
            format!("{} {}: {}\n  {}", finding.part, finding.state, finding.detail, finding.remedy)
        })
        .collect();
    bail!("the course needs what this machine lacks\n{}", lines.join("\n"))
}

fn inspect_cargo() -> Finding {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let remedy = "install Rust from https://rustup.rs";
    match (version_of(Path::new(&cargo)), version_of(Path::new("rustc"))) {
        (Some(cargo), Some(rustc)) => Finding::found("Rust", format!("{cargo}; {rustc}")),
        (None, _) => Finding::missing("Rust", "cargo does not start", remedy),
        (_, None) => Finding::missing("Rust", "rustc does not start", remedy),
    }
}

/// The kernel infers the types of variables from the standard library's sources; without
/// them, a cell with `let x = vec![1];` is refused. Nothing is said of a compiler whose
/// folder is not known.
fn inspect_sources() -> Option<Finding> {
    const PART: &str = "Rust's sources";
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let is_known = output.status.success() && sysroot.is_absolute() && sysroot.is_dir();
    is_known.then(|| match notebook_kernel::sources(&sysroot) {
        Some(library) => Finding::found(PART, library.display().to_string()),
        None => Finding::missing(
            PART,
            format!("{} has no `rust-src`: the kernel cannot infer types", sysroot.display()),
            "run `rustup component add rust-src`, or install your distribution's `rust-src`",
        ),
    })
}

fn inspect_compiler() -> Finding {
    // What the `cc` crate, which compiles the bindings, would use.
    let chosen = env::var("CXX").ok().filter(|name| !name.is_empty());
    let standard = if cfg!(target_os = "macos") { "clang++" } else { "c++" };
    let name = chosen.as_deref().unwrap_or(standard);
    let program = name.split_whitespace().next().unwrap_or(standard);
    match command::find(program).and_then(|found| version_of(&found)) {
        Some(version) => Finding::found("C++ compiler", version),
        None => Finding::missing(
            "C++ compiler",
            format!("`{program}` is not found or does not start"),
            install_line("build-essential", "gcc-c++", "xcode-select --install"),
        ),
    }
}

fn inspect_python() -> Finding {
    match python() {
        Ok(python) => {
            let program = python.program.display();
            Finding::found("Python", format!("{program} {}", python.version()))
        }
        Err(error) => {
            let text = error.to_string();
            let (detail, remedy) = text.split_once('\n').unwrap_or((&text, ""));
            Finding::missing("Python", detail, remedy.trim())
        }
    }
}

/// The Python that the course's environment is made from.
///
/// # Errors
/// What is wrong, and on a second line what to do.
pub fn python() -> Result<Python> {
    if let Some(chosen) = env::var_os(PYTHON_VARIABLE).filter(|value| !value.is_empty()) {
        let shown = chosen.to_string_lossy().into_owned();
        let python = probe(Path::new(&chosen))
            .map_err(|error| anyhow!("{PYTHON_VARIABLE}={shown}: {error:#}\n{}", other_python()))?;
        return match python.problem() {
            None => Ok(python),
            Some(problem) => bail!("{PYTHON_VARIABLE}={shown}: {problem}\n{}", other_python()),
        };
    }
    let mut problems = Vec::new();
    for name in python_names() {
        let Some(python) = command::find(&name).and_then(|found| probe(&found).ok()) else {
            continue;
        };
        match python.problem() {
            None => return Ok(python),
            Some(problem) => problems.push(format!("`{name}` is {problem}")),
        }
    }
    let found = match problems.first() {
        Some(problem) => problem.clone(),
        None => "no Python on the PATH".to_owned(),
    };
    let line = install_line("python3-venv", "python3", "brew install python");
    bail!("{found}\n{line}; or name one with {PYTHON_VARIABLE}")
}

/// The remedy for a Python that the user chose and that cannot be used.
fn other_python() -> String {
    let (first, last) = (PYTHONS.start(), PYTHONS.end());
    format!("set {PYTHON_VARIABLE} to a Python 3.{first} to 3.{last} with `venv`, or unset it")
}

fn python_names() -> Vec<String> {
    let numbered = PYTHONS.rev().map(|minor| format!("python3.{minor}"));
    let mut names = vec!["python3".to_owned()];
    names.extend(numbered);
    names.push("python".to_owned());
    names
}

/// Asks this Python what it is.
pub fn probe(program: &Path) -> Result<Python> {
    const SCRIPT: &str = "import sys, importlib.util as u\n\
        print(sys.executable)\n\
        print('.'.join(map(str, sys.version_info[:3])))\n\
        print(all(map(u.find_spec, ['venv', 'ensurepip'])))";
    let mut command = Command::new(program);
    command.args(["-c", SCRIPT]).env_remove("PYTHONHOME").env_remove("PYTHONPATH");
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let (Some(executable), Some(version), Some(environments)) =
        (lines.next(), lines.next(), lines.next())
    else {
        bail!("{} is no working Python", program.display());
    };
    Ok(Python {
        program: executable.into(),
        version: version.into(),
        minor: version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0),
        can_make_environments: environments == "True",
    })
}

/// The first line of `program --version`, if it starts.
fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned();
    output.status.success().then_some(text)
}

/// The line that installs something on this machine.
pub fn install_line(debian: &str, fedora: &str, macos: &str) -> String {
    if cfg!(target_os = "macos") {
        return format!("install it: {macos}");
    }
    let debian_line = format!("sudo apt install {debian}");
    let fedora_line = format!("sudo dnf install {fedora}");
    if command::find("apt").is_some() {
        format!("install it: {debian_line}")
    } else if command::find("dnf").is_some() {
        format!("install it: {fedora_line}")
    } else {
        format!("install it, on Debian and Ubuntu `{debian_line}`, on Fedora `{fedora_line}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(version: &str, minor: u32, can_make_environments: bool) -> Python {
        Python {
            program: "/usr/bin/python3".into(),
            version: version.into(),
            minor,
            can_make_environments,
        }
    }

    #[test]
    fn an_old_or_bare_python_is_named_with_what_is_needed() {
        assert_eq!(python("3.12.1", 12, true).problem(), None);
        let old = python("3.9.2", 9, true).problem().unwrap();
        assert_eq!(old, "Python 3.9.2, needed is 3.10 to 3.14");
        let bare = python("3.11.2", 11, false).problem().unwrap();
        assert!(bare.contains("ensurepip"), "{bare}");
    }
}
