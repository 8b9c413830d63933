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

mod library;
mod metadata;
mod tool;
mod view;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::facts::Facts;
use crate::layout::{analyzer_folder, settings_file, template_folder};
use crate::programs::{quote, stand_in, write_script};
use crate::settings::Settings;
use crate::{preload, shortcut};

pub use library::sources;
pub use tool::run;

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
pub fn equip(
    command: &mut Command,
    settings: &Settings,
    facts: &Facts,
    folder: &Path,
) -> Result<()> {
    let cargo = shortcut::program(folder);
    let rustup = rustup(&cargo, &facts.toolchain.join("rustc"));
    write_script(&rustup_folder(folder).join("rustup"), &rustup)?;
    if settings.is_without("analyzer") {
        return Ok(());
    }
    let template = template_folder(settings, &facts.project);
    let shared = analyzer_folder(&template);
    let library = [folder, &template].map(library_folder).into_iter().find(|path| path.is_dir());
    let own = analyzer_folder(folder);
    let programs = own.join("bin");
    let file = settings_file(settings, &facts.project);
    for name in ["cargo", "rustc"] {
        let real = facts.toolchain.join(name);
        let words = ["tool".as_ref(), file.as_os_str(), own.as_os_str(), shared.as_os_str()];
        write_script(&programs.join(name), &stand_in(&words, &real)?)?;
    }
    command
        .env("RUSTC", programs.join("rustc"))
        // Where there is no rustup, whose stand-in for cargo would run the sysroot's.
        .env("CARGO", programs.join("cargo"));
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
    analyzer_folder(folder).join("path")
}

fn library_folder(folder: &Path) -> PathBuf {
    analyzer_folder(folder).join("library")
}

fn rustup(cargo: &Path, rustc: &Path) -> String {
    let [cargo, rustc] = [cargo, rustc].map(|program| quote(program.as_os_str()));
    format!(
        "case \"$*\" in\n\"which cargo\") echo {cargo}; exit;;\n\"which rustc\") echo {rustc}; exit;;\n\
         esac\nPATH=${{PATH#*:}}\nexec rustup \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::output_of;

    #[test]
    fn rustup_names_the_kernels_programs_and_passes_all_else_on() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        let text = rustup(Path::new("/a kernel/cargo"), Path::new("/a tool/rustc"));
        write_script(&own.join("rustup"), &text).unwrap();
        let users = folder.path().join("users");
        write_script(&users.join("rustup"), "echo passed \"$@\"").unwrap();
        let path = format!("{}:{}:/usr/bin:/bin", own.display(), users.display());
        let said = |words: &[&str]| {
            output_of(Command::new(own.join("rustup")).args(words).env("PATH", &path)).unwrap()
        };
        assert_eq!(said(&["which", "cargo"]), "/a kernel/cargo");
        assert_eq!(said(&["which", "rustc"]), "/a tool/rustc");
        assert_eq!(said(&["+nightly", "which", "cargo"]), "passed +nightly which cargo");
    }
}
