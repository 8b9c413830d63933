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
mod view;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::template::{self, Facts};
use super::{preload, script, shortcut};
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
    let own = folder.join(FOLDER);
    let programs = own.join("bin");
    for name in ["cargo", "rustc"] {
        let real = facts.toolchain.join(name);
        let words = ["tool".as_ref(), own.as_os_str(), shared.as_os_str()];
        script::write(&programs.join(name), &script::stand_in(&words, &real)?)?;
    }
    let rustup = rustup(&shortcut::program(folder), &facts.toolchain.join("rustc"));
    script::write(&rustup_folder(folder).join("rustup"), &rustup)?;
    command
        .env("RUSTC", programs.join("rustc"))
        // Where there is no rustup, whose stand-in for cargo would run the sysroot's.
        .env("CARGO", programs.join("cargo"))
        // Set by `cargo xtask lab`: rustup would run that toolchain's cargo.
        .env_remove("RUSTUP_TOOLCHAIN");
    if let Some(library) = library {
        let view = view::make(&own, &library, preload::is_next(folder))
            .with_context(|| format!("cannot write into {}", own.display()))?;
        command.env("RUST_SRC_PATH", view);
    }
    Ok(())
}

/// Goes in front of the `PATH`: evcxr asks rustup for its cargo and rustc before it looks
/// there itself, and is to take the [`shortcut`]'s cargo and the compiler of the template.
pub fn rustup_folder(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join("path")
}

fn library_folder(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join("library")
}

fn rustup(cargo: &Path, rustc: &Path) -> String {
    let [cargo, rustc] = [cargo, rustc].map(|program| script::quote(program.as_os_str()));
    format!(
        "case \"$*\" in\n\"which cargo\") echo {cargo}; exit;;\n\"which rustc\") echo {rustc}; exit;;\n\
         esac\nPATH=${{PATH#*:}}\nexec rustup \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(program: &Path, arguments: &[&str], path: &str) -> String {
        let output = Command::new(program).args(arguments).env("PATH", path).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn rustup_names_the_kernels_programs_and_passes_all_else_on() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        let text = rustup(Path::new("/a kernel/cargo"), Path::new("/a tool/rustc"));
        script::write(&own.join("rustup"), &text).unwrap();
        let users = folder.path().join("users");
        script::write(&users.join("rustup"), "echo passed \"$@\"").unwrap();
        let path = format!("{}:{}:/usr/bin:/bin", own.display(), users.display());
        let rustup = own.join("rustup");
        assert_eq!(output(&rustup, &["which", "cargo"], &path), "/a kernel/cargo");
        assert_eq!(output(&rustup, &["which", "rustc"], &path), "/a tool/rustc");
        assert_eq!(
            output(&rustup, &["+nightly", "which", "cargo"], &path),
            "passed +nightly which cargo"
        );
    }
}
