//! What the kernel's rust-analyzer gets to see.
//!
//! evcxr infers the types of variables with a built-in rust-analyzer. Left to itself, that
//! reads the sources of the whole standard library and of every dependency, and looks for
//! implementations in all of them: 20 s of a processor and 0.97 GB before the first tensor.
//! Seeing only `core`, `alloc`, `std` and the crates whose types a notebook can meet, it
//! needs 9 s and 0.35 GB, and infers the same types.
//!
//! rust-analyzer runs the compiler that `RUSTC` names and takes what that calls its sysroot
//! for the toolchain; evcxr itself does not, it compiles with the real one. So `RUSTC` names
//! a stand-in, whose sysroot holds a stand-in for cargo. Both pass everything on to the real
//! programs, but shorten cargo's list of packages, and remember answers that depend on
//! nothing but the toolchain: each load asks 15 times.

mod answers;
mod library;
mod metadata;
mod tool;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::template::{self, Facts};
use crate::home::Home;

pub use library::sources;
pub use tool::{Options, run};

/// Holds the sources in a template and the stand-ins in a kernel's private folder, and in
/// both the remembered answers. The one folder of a template that kernels do not copy.
pub const FOLDER: &str = "analyzer";

/// Makes the view's sources, as a part of the template that is built in `folder`.
///
/// Without the toolchain's own sources the view is empty: rust-analyzer finds the folder it
/// was told of and no crate in it, where without that folder it would have `rustup` install some.
pub fn prepare(folder: &Path, toolchain: &Path) -> Result<()> {
    let library = library_folder(folder);
    fs::create_dir_all(library.join("core"))?;
    let Some(sources) = toolchain.parent().and_then(sources) else { return Ok(()) };
    library::copy(&sources, &library)
        .with_context(|| format!("copying {} to {}", sources.display(), library.display()))
}

/// Makes the stand-ins for a kernel that works in `folder`, and has evcxr's analyzer use them.
pub fn equip(command: &mut Command, home: &Home, facts: &Facts, folder: &Path) -> Result<()> {
    let template = template::folder(home, &facts.project);
    let shared = template.join(FOLDER);
    let library = [folder, &template].map(library_folder).into_iter().find(|path| path.is_dir());
    let launcher = std::env::current_exe().context("finding this program's own file")?;
    let own = folder.join(FOLDER);
    let programs = own.join("bin");
    for name in ["cargo", "rustc"] {
        let real = facts.toolchain.join(name);
        let words = [
            launcher.as_os_str(),
            "tool".as_ref(),
            own.as_os_str(),
            shared.as_os_str(),
            real.as_os_str(),
        ];
        write_script(&programs.join(name), &stand_in(&words.map(quote), &quote(real.as_os_str())))?;
    }
    write_script(&rustup_folder(folder).join("rustup"), &rustup(&facts.toolchain))?;
    command
        .env("RUSTC", programs.join("rustc"))
        // Where there is no rustup, whose stand-in for cargo would run the sysroot's.
        .env("CARGO", programs.join("cargo"))
        // Set by `cargo xtask lab`: rustup would run that toolchain's cargo.
        .env_remove("RUSTUP_TOOLCHAIN");
    if let Some(library) = library {
        command.env("RUST_SRC_PATH", library);
    }
    Ok(())
}

/// Goes in front of the `PATH`: evcxr asks rustup for its cargo and rustc before it looks
/// there itself, and is to take those that built the template.
pub fn rustup_folder(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join("path")
}

fn library_folder(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join("library")
}

/// Runs this program, or the real one if it is gone.
fn stand_in(words: &[String; 5], real: &str) -> String {
    format!("[ -x {} ] && exec {} -- \"$@\"\nexec {real} \"$@\"\n", words[0], words.join(" "))
}

fn rustup(toolchain: &Path) -> String {
    let quoted = quote(toolchain.as_os_str());
    format!(
        "case \"$*\" in\n\"which cargo\"|\"which rustc\") echo {quoted}/\"$2\"; exit;;\nesac\n\
         PATH=${{PATH#*:}}\nexec rustup \"$@\"\n"
    )
}

fn quote(word: &std::ffi::OsStr) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))
}

fn write_script(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a script without a folder")?;
    let written = fs::create_dir_all(folder)
        .and_then(|()| {
            fs::write(file, OsString::from(format!("#!/bin/sh\n{text}")).as_encoded_bytes())
        })
        .and_then(|()| fs::set_permissions(file, fs::Permissions::from_mode(0o755)));
    written.with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(program: &Path, arguments: &[&str], path: &str) -> String {
        let output = Command::new(program).args(arguments).env("PATH", path).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn a_stand_in_runs_the_real_program_where_the_launcher_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("it's real");
        write_script(&real, "echo real \"$@\"").unwrap();
        let gone = folder.path().join("gone");
        let words = [gone.as_os_str(), "tool".as_ref(), "a".as_ref(), "b".as_ref(), "c".as_ref()];
        let script = folder.path().join("cargo");
        write_script(&script, &stand_in(&words.map(quote), &quote(real.as_os_str()))).unwrap();
        assert_eq!(output(&script, &["a b", "-vV"], "/usr/bin:/bin"), "real a b -vV");
    }

    #[test]
    fn rustup_names_the_templates_toolchain_and_passes_all_else_on() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        write_script(&own.join("rustup"), &rustup(Path::new("/a tool/bin"))).unwrap();
        let users = folder.path().join("users");
        write_script(&users.join("rustup"), "echo passed \"$@\"").unwrap();
        let path = format!("{}:{}:/usr/bin:/bin", own.display(), users.display());
        let rustup = own.join("rustup");
        assert_eq!(output(&rustup, &["which", "cargo"], &path), "/a tool/bin/cargo");
        assert_eq!(
            output(&rustup, &["+nightly", "which", "cargo"], &path),
            "passed +nightly which cargo"
        );
    }
}
