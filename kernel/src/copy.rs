//! A private copy of the template, made in a moment: what never changes is linked.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::analyzer;

/// Copies the folder `from` to `to`, which must not exist.
///
/// Compiled dependencies (`deps/` and `build/` of cargo's target folder) become hard
/// links, or copies where the file system offers none. All else is copied, with its
/// modification time: cargo judges by it, and both cargo and evcxr write into files in
/// place, which would reach the template through a link. What rust-analyzer reads is not
/// copied: nobody writes it.
pub fn copy_warm(from: &Path, to: &Path) -> Result<()> {
    let shared = from.join(analyzer::FOLDER);
    copy_folder(from, to, &shared, false)
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))
}

fn copy_folder(from: &Path, to: &Path, shared: &Path, linked: bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let target = to.join(&name);
        if entry.path() == shared {
            continue;
        }
        if entry.file_type()?.is_dir() {
            let linked = linked || name == "deps" || name == "build";
            copy_folder(&entry.path(), &target, shared, linked)?;
        } else if !(linked && never_changes(&name.to_string_lossy()))
            || fs::hard_link(entry.path(), &target).is_err()
        {
            copy_file(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The notebook's own crate (`ctx`, `code_1`, …) is written by every cell, this
/// project's library by every change of its source; third-party crates by nobody.
fn never_changes(name: &str) -> bool {
    !(name.contains("ctx") || name.contains("code_") || name.contains("mnist_tutorial"))
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    fs::File::options().append(true).open(to)?.set_modified(modified)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_writes_does_not_reach_the_template() {
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("template");
        let files = [
            "Cargo.toml",
            "src/lib.rs",
            "target/debug/deps/libctx.so",
            "target/debug/deps/libmnist_tutorial-1.rlib",
            "target/debug/.fingerprint/tch/x",
        ];
        for file in files {
            let file = template.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "template").unwrap();
        }
        let private = folder.path().join("private");
        copy_warm(&template, &private).unwrap();
        fs::create_dir_all(template.join("analyzer/library")).unwrap();
        copy_warm(&template, &folder.path().join("second")).unwrap();
        assert!(!folder.path().join("second/analyzer").exists());
        for file in files {
            fs::write(private.join(file), "kernel").unwrap();
            assert_eq!(fs::read_to_string(template.join(file)).unwrap(), "template", "{file}");
        }
    }

    #[test]
    fn copies_keep_their_modification_time_and_dependencies_are_links() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("template");
        let deps = template.join("target/debug/deps");
        fs::create_dir_all(&deps).unwrap();
        fs::write(deps.join("libtch-1.rlib"), "tch").unwrap();
        fs::write(template.join("Cargo.toml"), "manifest").unwrap();
        let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        let manifest = fs::File::options().append(true).open(template.join("Cargo.toml")).unwrap();
        manifest.set_modified(past).unwrap();

        let private = folder.path().join("private");
        copy_warm(&template, &private).unwrap();
        let metadata = fs::metadata(private.join("Cargo.toml")).unwrap();
        assert_eq!(metadata.modified().unwrap(), past);
        let inode = |path: &Path| fs::metadata(path).unwrap().ino();
        assert_eq!(
            inode(&deps.join("libtch-1.rlib")),
            inode(&private.join("target/debug/deps/libtch-1.rlib"))
        );
    }
}
