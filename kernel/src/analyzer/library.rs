//! The standard library's sources, as far as notebooks can meet them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The crates of which notebooks use something. The others (processor intrinsics, the
/// compiler's own runtime, what `std` depends on in turn) show up in no type.
const CRATES: [&str; 3] = ["core", "alloc", "std"];

/// The sources that belong to the toolchain in `sysroot`, if they are installed.
pub fn sources(sysroot: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("RUST_SRC_PATH").map(PathBuf::from);
    let installed = sysroot.join("lib/rustlib/src/rust/library");
    let mut places = named.into_iter().chain([installed]);
    places.find(|library| library.join("core/src/lib.rs").is_file())
}

/// Copies the crates' sources, without tests and manifests. Without a manifest,
/// rust-analyzer puts the crates together itself instead of asking cargo.
pub fn copy(sources: &Path, target: &Path) -> io::Result<()> {
    CRATES.iter().try_for_each(|name| {
        copy_folder(&sources.join(name).join("src"), &target.join(name).join("src"))
    })
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "tests" || name == "tests.rs" || name == "benches" {
            continue;
        }
        // Distributions link the folder to another place.
        if fs::metadata(entry.path())?.is_dir() {
            copy_folder(&entry.path(), &to.join(&name))?;
        } else if entry.path().extension().is_some_and(|ending| ending == "rs") {
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sources_that_types_come_from_are_copied() {
        let folder = tempfile::tempdir().unwrap();
        let sysroot = folder.path().join("toolchain");
        let library = sysroot.join("lib/rustlib/src/rust/library");
        let kept = ["core/src/lib.rs", "alloc/src/vec/mod.rs", "std/src/io/error.rs"];
        let left = [
            "Cargo.toml",
            "core/Cargo.toml",
            "core/src/error.md",
            "std/src/io/tests.rs",
            "alloc/src/tests/x.rs",
            "stdarch/src/lib.rs",
        ];
        for file in kept.iter().chain(&left) {
            fs::create_dir_all(library.join(file).parent().unwrap()).unwrap();
            fs::write(library.join(file), file).unwrap();
        }
        let target = folder.path().join("target");
        copy(&sources(&sysroot).unwrap(), &target).unwrap();
        for file in kept {
            assert_eq!(fs::read_to_string(target.join(file)).unwrap(), file);
        }
        for file in left {
            assert!(!target.join(file).exists(), "{file}");
        }
    }

    #[test]
    fn a_toolchain_without_sources_has_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("lib/rustlib/src/rust/library")).unwrap();
        assert_eq!(sources(folder.path()), None);
    }
}
