//! The folder where rust-analyzer finds the standard library: empty until it is of use.
//!
//! evcxr evaluates a cell of its own, `42`, before it reads the prelude, and its analysis is
//! thrown away when the prelude's `:dep` line changes the crates. Without a standard library
//! that analysis is over at once.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What rust-analyzer is told, a link to the library or to [`NOTHING`].
const VIEW: &str = "view";

/// A folder that looks like a library and holds no crate.
const NOTHING: &str = "nothing";

/// The link that will take the place of the other.
const COMING: &str = "coming";

/// Makes the view of `library` in the folder `own`; if `later`, it is empty until [`open`].
pub fn make(own: &Path, library: &Path, later: bool) -> io::Result<PathBuf> {
    let [view, nothing, coming] = [VIEW, NOTHING, COMING].map(|name| own.join(name));
    fs::create_dir_all(nothing.join("core"))?;
    for link in [&view, &coming] {
        match fs::remove_file(link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    if later {
        symlink(library, coming)?;
        symlink(nothing, &view)?;
    } else {
        symlink(library, &view)?;
    }
    Ok(view)
}

/// Shows the library from now on, if the crate with this manifest depends on anything.
pub fn open(own: &Path, manifest: &str) {
    let dependencies = manifest.split_once("[dependencies]").map_or("", |(_, lines)| lines);
    if !dependencies.trim().is_empty() {
        // Where it is not there, the view is open already.
        let _ = fs::rename(own.join(COMING), own.join(VIEW));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHOUT: &str = "[package]\nname = \"ctx\"\n\n[dependencies]\n\n";
    const WITH: &str = "[package]\nname = \"ctx\"\n\n[dependencies]\nlibrary = \"1\"\n";

    #[test]
    fn the_library_comes_with_the_first_dependency_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("library");
        fs::create_dir_all(library.join("core/src")).unwrap();
        for _ in 0..2 {
            let view = make(folder.path(), &library, true).unwrap();
            // Or rust-analyzer would look elsewhere.
            assert!(view.join("core").is_dir());
            open(folder.path(), WITHOUT);
            assert!(!view.join("core/src").exists());
            for manifest in [WITH, WITHOUT, WITH] {
                open(folder.path(), manifest);
                assert!(view.join("core/src").is_dir());
            }
        }
        let view = make(folder.path(), &library, false).unwrap();
        assert!(view.join("core/src").is_dir());
        open(folder.path(), WITH);
        assert!(view.join("core/src").is_dir());
    }
}
