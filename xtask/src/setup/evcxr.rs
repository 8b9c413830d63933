//! evcxr_jupyter, the program behind the notebooks' kernel.

use super::finding::{Finding, SET_UP};
use super::home::Home;
use crate::{command, process};
use anyhow::{Context, Result, bail};
use notebook_kernel::files as install;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version the course is tested with.
pub const VERSION: &str = "0.22.0";

/// The oldest Rust that compiles it, which is this crate's own. evcxr's manifest names none; those
/// of its dependencies do, and a test compares them with this.
pub const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The crates it is built from, for the progress.
const CRATES: usize = 275;

/// The part's name.
pub const PART: &str = "evcxr";

/// How long it usually takes.
pub const USUAL: &str = "5 min";

/// The program.
pub fn program(home: &Home) -> PathBuf {
    folder(home).join("bin/evcxr_jupyter")
}

/// What is there.
pub fn inspect(home: &Home) -> Finding {
    let program = program(home);
    if !program.is_file() {
        return Finding::missing(PART, format!("not in {}", home.root().display()), SET_UP);
    }
    match starts(&program) {
        Ok(()) => Finding::found(PART, format!("{VERSION} in {}", folder(home).display())),
        Err(reason) => Finding::wrong(PART, format!("{reason:#}"), SET_UP),
    }
}

/// Compiles it from what its authors published: nobody publishes the program with a checksum
/// that could be pinned here.
pub fn install(home: &Home) -> Result<()> {
    // An interrupted compilation goes on where it was.
    install::folder(&folder(home), install::Leftover::Resume, |new| {
        compile(new)?;
        starts(&new.join("bin/evcxr_jupyter"))?;
        install::remove(&new.join("target"))
    })
}

fn folder(home: &Home) -> PathBuf {
    home.root().join(format!("evcxr-{VERSION}"))
}

/// Compiles it in half the time of the usual release profile: what it does for a cell is
/// wait for rustc.
fn compile(root: &Path) -> Result<()> {
    let mut command = cargo(root);
    command.args(["install", "--locked", "--force", "--root"]).arg(root);
    command.arg(format!("evcxr_jupyter@{VERSION}"));
    command.env("CARGO_TARGET_DIR", root.join("target"));
    for (setting, value) in [
        ("OPT_LEVEL", "1"),
        ("CODEGEN_UNITS", "16"),
        ("DEBUG", "0"),
        ("LTO", "off"),
        ("STRIP", "symbols"),
    ] {
        command.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    let mut compiled = 0;
    process::run("compiling evcxr", USUAL, &mut command, |line| {
        compiled += usize::from(line.is_some_and(|line| line.trim().starts_with("Compiling ")));
        format!("{compiled} of about {CRATES} crates, ")
    })
}

/// A cargo for another project than this one, with neither's settings.
fn cargo(folder: &Path) -> Command {
    command::cargo_without(folder, |name| {
        let builds = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER"];
        let groups = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_PKG_", "CARGO_MANIFEST_"];
        builds.contains(&name) || groups.iter().any(|group| name.starts_with(group))
    })
}

fn starts(program: &Path) -> Result<()> {
    let output = Command::new(program)
        .arg("--help")
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        bail!("{} fails: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The folder with this crate's sources, once cargo has unpacked them.
    fn sources(name: &str) -> Option<PathBuf> {
        let user = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
        let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(user)?;
        let registries = fs::read_dir(cargo.join("registry/src")).ok()?.flatten();
        registries.map(|entry| entry.path().join(name)).find(|folder| folder.is_dir())
    }

    /// What follows the name, as in `version = "1.2.3"`, in each line that starts with it.
    fn values<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
        text.lines()
            .filter_map(move |line| line.strip_prefix(name)?.strip_prefix(" = "))
            .map(|value| value.trim_matches('"'))
    }

    #[test]
    fn the_rust_that_is_asked_for_is_the_one_that_the_manifests_ask_for() {
        let Some(own) = sources(&format!("evcxr_jupyter-{VERSION}")) else {
            println!("skipped: the sources of evcxr {VERSION} are not here; they are after set-up");
            return;
        };
        let lock = fs::read_to_string(own.join("Cargo.lock")).unwrap();
        let packages = values(&lock, "name").zip(values(&lock, "version").skip(1));
        // Those of other systems are not here.
        let folders = packages.filter_map(|(name, version)| sources(&format!("{name}-{version}")));
        let manifests =
            folders.map(|folder| fs::read_to_string(folder.join("Cargo.toml")).unwrap());
        let newest = manifests
            .filter_map(|text| {
                let release = values(&text, "rust-version").next()?;
                let mut numbers = release.split('.').map(|number| number.parse::<u32>().unwrap());
                Some([numbers.next()?, numbers.next()?])
            })
            .max();
        let [major, minor] = newest.unwrap();
        assert_eq!(RUST, format!("{major}.{minor}"));
    }

    #[test]
    fn the_readme_asks_for_the_same_rust() {
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&format!("You need Rust {RUST} or newer")));
    }
}
