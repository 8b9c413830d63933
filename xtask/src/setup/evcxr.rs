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

/// Fetches the program with `cargo binstall` where there is one, else compiles it.
pub fn install(home: &Home) -> Result<()> {
    // An interrupted compilation goes on where it was.
    install::folder(&folder(home), install::Leftover::Resume, |new| {
        let program = new.join("bin/evcxr_jupyter");
        if command::find("cargo-binstall").is_some() {
            match fetch(new).and_then(|()| starts(&program)) {
                Ok(()) => return Ok(()),
                Err(error) => println!("    {PART}: {error:#}\n    {PART}: compiling it instead"),
            }
        }
        compile(new)?;
        starts(&program)?;
        install::remove(&new.join("target"))
    })
}

fn folder(home: &Home) -> PathBuf {
    home.root().join(format!("evcxr-{VERSION}"))
}

fn fetch(root: &Path) -> Result<()> {
    let mut command = cargo(root);
    command.args(["binstall", "--no-confirm", "--disable-telemetry", "--force"]);
    command.args(["--disable-strategies=compile", "--root"]).arg(root);
    command.arg(format!("evcxr_jupyter@{VERSION}"));
    process::run("cargo binstall", "20 s", &mut command, |_| String::new())
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
