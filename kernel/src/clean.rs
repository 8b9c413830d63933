//! Keeps templates small: each is made of an older one, and each kernel copies what changes.

use std::fs;
use std::path::Path;

/// Removes the library as an older template compiled it: it is compiled anew, under another
/// name where the clone is another, and the old files would stay for ever.
pub fn remove_library(crate_folder: &Path) {
    remove(crate_folder, |name| {
        name.contains("mnist_tutorial") || name.starts_with("libcode_") || name == "incremental"
    });
}

/// Removes what the compiler remembers of the cells that built the template: no notebook has
/// the same ones, and every kernel would copy it.
pub fn remove_intermediate(crate_folder: &Path) {
    remove(crate_folder, |name| name == "incremental");
}

/// Removes what cargo made under these names. What cannot be removed only takes room.
fn remove(crate_folder: &Path, unwanted: impl Fn(&str) -> bool) {
    let mut entries = walkdir::WalkDir::new(crate_folder.join("target")).into_iter();
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { continue };
        if !unwanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.file_type().is_dir() {
            entries.skip_current_dir();
            let _ = fs::remove_dir_all(entry.path());
        } else {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_goes_and_its_dependencies_stay() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target/x86_64/debug");
        let kept = ["deps/libtch-1.rlib", ".fingerprint/tch-1/lib-tch", "build/torch-sys-1/output"];
        let unwanted = [
            "deps/libmnist_tutorial-1.rlib",
            ".fingerprint/mnist_tutorial-1/lib-mnist_tutorial",
            "build/mnist_tutorial-2/output",
        ];
        let intermediate = "incremental/ctx-1/s-1/x.o";
        for file in kept.iter().chain(&unwanted).chain([&intermediate]) {
            fs::create_dir_all(target.join(file).parent().unwrap()).unwrap();
            fs::write(target.join(file), file).unwrap();
        }
        let is_there = |file: &&str| target.join(file).exists();
        remove_intermediate(folder.path());
        assert!(!is_there(&intermediate));
        assert!(unwanted.iter().all(is_there));
        remove_library(folder.path());
        assert!(!unwanted.iter().any(is_there));
        assert!(kept.iter().all(is_there));
    }
}
