//! What must be installed already: cargo, a C++ compiler, Python.

use super::evcxr;
use super::finding::Finding;
use super::needs::Needs;
use crate::command::{self, first_line};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, iter};

/// The part's name.
const PYTHON: &str = "Python";

/// The part's name.
const SOURCES: &str = "Rust's sources";

/// The variable that names the Python to use.
const PYTHON_VARIABLE: &str = "MNIST_TUTORIAL_PYTHON";

/// Python versions that the pinned packages have files for.
const PYTHONS: std::ops::RangeInclusive<u32> = 10..=14;

/// A Python of this machine.
#[derive(Debug)]
pub struct Python {
    /// The interpreter itself, no shim that chooses one.
    pub program: PathBuf,
    version: String,
    has_venv: bool,
}

impl Python {
    /// Where an environment keeps the packages that this Python finds in it.
    pub fn packages(&self, environment: &Path) -> PathBuf {
        let release = self.version.rsplit_once('.').map_or(&*self.version, |(release, _)| release);
        environment.join(format!("lib/python{release}/site-packages"))
    }
}

/// As in `Python 3.12.1`.
impl fmt::Display for Python {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Python {}", self.version)
    }
}

/// Every tool that is needed for so much of the course.
pub fn inspect(needs: Needs) -> Vec<Finding> {
    let mut findings = match needs {
        Needs::Nothing => Vec::new(),
        Needs::Python => vec![inspect_python()],
        Needs::Libtorch => vec![inspect_rust(None), inspect_compiler(), inspect_python()],
        Needs::Course => {
            vec![inspect_rust(Some(evcxr::RUST)), inspect_compiler(), inspect_python()]
        }
    };
    // Those of a compiler that will not do help nobody.
    if needs == Needs::Course && findings[0].is_found() {
        findings.extend(inspect_sources());
    }
    findings
}

/// Those that are missing or will not do.
fn lacking(needs: Needs) -> Vec<Finding> {
    inspect(needs).into_iter().filter(|finding| !finding.is_found()).collect()
}

/// Gets the standard library's sources, as evcxr would without saying so.
fn add_sources() {
    println!("The kernel needs the standard library's sources: `rustup component add rust-src`");
    // Whether it worked is seen by whether they are there.
    let _ = Command::new("rustup").args(["component", "add", "rust-src"]).status();
}

/// Fails with all that is missing at once, before anything is fetched.
pub fn require(needs: Needs) -> Result<()> {
    let mut lacking = self::lacking(needs);
    let are_sources_all = matches!(&lacking[..], [one] if one.part == SOURCES);
    if are_sources_all && command::find("rustup").is_some() {
        add_sources();
        lacking = self::lacking(needs);
    }
    let lines: Vec<String> = lacking
        .into_iter()
        .map(|Finding { part, state, detail, remedy, .. }| {
            format!("{part} {state}: {detail}\n  {remedy}")
        })
        .collect();
    ensure!(lines.is_empty(), "the course needs what this machine lacks\n{}", lines.join("\n"));
    Ok(())
}

/// `oldest` is the oldest release that will do, where one is known.
fn inspect_rust(oldest: Option<&str>) -> Finding {
    const PART: &str = "Rust";
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let remedy = "install Rust from https://rustup.rs";
    let (cargo, rustc) = (first_line(&cargo, &["--version"]), first_line("rustc", &["--version"]));
    let (Some(cargo), Some(rustc)) = (&cargo, &rustc) else {
        let absent = if cargo.is_none() { "cargo" } else { "rustc" };
        return Finding::missing(PART, format!("{absent} does not start"), remedy);
    };
    match oldest.filter(|oldest| is_older(rustc, oldest)) {
        None => Finding::found(PART, format!("{cargo}; {rustc}")),
        Some(oldest) => {
            let evcxr =
                format!("evcxr {}, behind the kernel, needs {oldest} or newer", evcxr::VERSION);
            Finding::wrong(PART, format!("{rustc}; {evcxr}"), newer_rust())
        }
    }
}

/// Whether this compiler, as in `rustc 1.95.0 (…)`, is older than a release, as in `1.95`.
fn is_older(rustc: &str, release: &str) -> bool {
    let numbers = |version: &str| -> Option<(u32, u32)> {
        let mut numbers = version.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    let found = rustc.split(' ').nth(1).and_then(numbers);
    // What does not say its release, such as a compiler of one's own, is tried.
    found.is_some_and(|found| Some(found) < numbers(release))
}

/// How to get a newer Rust.
fn newer_rust() -> String {
    if command::find("rustup").is_none() {
        return "install a newer one, such as that of https://rustup.rs".into();
    }
    // Set by rustup for the programs it starts.
    let toolchain = env::var("RUSTUP_TOOLCHAIN").unwrap_or_default();
    match toolchain.starts_with(|first: char| first.is_ascii_digit()) {
        false => "run `rustup update`".into(),
        true => format!(
            "run `rustup update stable` and choose it: `+…`, `rustup override` or a \
             rust-toolchain file asks for {toolchain}"
        ),
    }
}

/// The kernel infers the types of variables from the standard library's sources; without
/// them, a cell with `let x = vec![1];` is refused. `None` for a compiler whose
/// folder is not known.
fn inspect_sources() -> Option<Finding> {
    let sysroot = PathBuf::from(first_line("rustc", &["--print", "sysroot"])?);
    let is_known = sysroot.is_absolute() && sysroot.is_dir();
    is_known.then(|| match notebook_kernel::sources(&sysroot) {
        Some(library) => Finding::found(SOURCES, library.display().to_string()),
        None => Finding::missing(
            SOURCES,
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
    match command::find(program).and_then(|found| first_line(found, &["--version"])) {
        Some(version) => Finding::found("C++ compiler", version),
        None => Finding::missing(
            "C++ compiler",
            format!("`{program}` is not found or does not start"),
            install_line("build-essential", "gcc-c++", "xcode-select --install"),
        ),
    }
}

fn inspect_python() -> Finding {
    let found =
        |python: Python| Finding::found(PYTHON, format!("{} {python}", python.program.display()));
    find_python().map_or_else(|missing| missing, found)
}

/// The Python that the course's environment is made from.
///
/// # Errors
/// What is wrong, and on a second line what to do.
pub fn python() -> Result<Python> {
    find_python().map_err(Finding::into_error)
}

/// [`python`], with what is wrong as a part of doctor's list.
fn find_python() -> Result<Python, Finding> {
    if let Some(chosen) = env::var_os(PYTHON_VARIABLE).filter(|value| !value.is_empty()) {
        return suitable(Path::new(&chosen)).map_err(|error| {
            let detail = format!("{PYTHON_VARIABLE}={}: {error:#}", chosen.display());
            let (first, last) = (PYTHONS.start(), PYTHONS.end());
            let wanted = format!("a Python 3.{first} to 3.{last} with `venv`");
            Finding::missing(
                PYTHON,
                detail,
                format!("set {PYTHON_VARIABLE} to {wanted}, or unset it"),
            )
        });
    }
    let numbered = PYTHONS.rev().map(|minor| format!("python3.{minor}"));
    let names = iter::once("python3".into()).chain(numbered).chain(["python".into()]);
    let mut problem = None;
    for name in names {
        match command::find(&name).map(|found| suitable(&found)) {
            Some(Ok(python)) => return Ok(python),
            Some(Err(error)) => problem = problem.or(Some(format!("`{name}`: {error:#}"))),
            None => {}
        }
    }
    let line = install_line("python3-venv", "python3", "brew install python");
    let problem = problem.unwrap_or_else(|| "no Python on the PATH".to_owned());
    Err(Finding::missing(PYTHON, problem, format!("{line}; or name one with {PYTHON_VARIABLE}")))
}

/// Asks this Python whether an environment can be made from it.
///
/// # Errors
/// If none can, saying why.
fn suitable(program: &Path) -> Result<Python> {
    let python = probe(program)?;
    let minor = python.version.strip_prefix("3.").and_then(|rest| rest.split('.').next());
    let minor = minor.and_then(|minor| minor.parse::<u32>().ok());
    let (first, last) = (PYTHONS.start(), PYTHONS.end());
    ensure!(
        minor.is_some_and(|minor| PYTHONS.contains(&minor)),
        "{python}, needed is 3.{first} to 3.{last}"
    );
    ensure!(python.has_venv, "{python} has no `venv` with `ensurepip`");
    Ok(python)
}

/// Asks this Python what it is.
///
/// # Errors
/// If it does not run.
pub fn probe(program: &Path) -> Result<Python> {
    const SCRIPT: &str = "import sys, importlib.util as u\n\
        print(sys.executable)\n\
        print('.'.join(map(str, sys.version_info[:3])))\n\
        print(all(map(u.find_spec, ['venv', 'ensurepip'])))";
    let mut command = Command::new(program);
    command.args(["-c", SCRIPT]).env_remove("PYTHONHOME").env_remove("PYTHONPATH");
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = text.lines().collect();
    let [executable, version, has_venv, ..] = lines[..] else {
        bail!("{} is no working Python", program.display());
    };
    let (program, version) = (executable.into(), version.into());
    Ok(Python { program, version, has_venv: has_venv == "True" })
}

/// The line that installs something on this machine.
pub fn install_line(debian: &str, fedora: &str, macos: &str) -> String {
    let (apt, dnf) = (format!("sudo apt install {debian}"), format!("sudo dnf install {fedora}"));
    let line = if cfg!(target_os = "macos") {
        macos.to_owned()
    } else if command::find("apt").is_some() {
        apt
    } else if command::find("dnf").is_some() {
        dnf
    } else {
        format!("on Debian and Ubuntu `{apt}`, on Fedora `{dnf}`")
    };
    format!("install it: {line}")
}
