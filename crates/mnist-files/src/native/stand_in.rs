//! Look-alike digits stored as files in MNIST's format, so that everything reads them as it reads MNIST.

use super::folder::{LOOK_ALIKE_MARK, is_look_alike, read_whole};
use super::place::{Found, Place};
use crate::files::MNIST;
use crate::look_alike::{SEED, draw};
use anyhow::{Result, bail};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// What the file says that marks a folder of drawn digits.
const MARK_TEXT: &str = "The four files of this folder are not MNIST. The mnist_tutorial library drew them because\n\
    MNIST could not be had. The folder may be deleted: it is drawn anew when needed.\n";

/// The digits of the first folder that holds them; else draws them into the first that can be
/// written, and says so.
///
/// # Errors
/// If they can be stored in none.
pub(super) fn find_or_draw(folders: &[PathBuf; 2], say: &mut dyn FnMut(&str)) -> Result<Found> {
    let ready = folders.iter().find_map(|folder| read_whole(folder, Place::LookAlike).ok());
    if let Some(found) = ready {
        return Ok(found);
    }
    say("Drawing 70,000 look-alike digits; this takes some seconds, once.");
    let contents = draw(SEED);
    let mut failures = Vec::new();
    for folder in folders {
        match store(folder, &contents) {
            Ok(()) => return read_whole(folder, Place::LookAlike),
            Err(error) => failures.push(format!("{}: {error}", folder.display())),
        }
    }
    bail!(
        "{}: look-alike digits cannot be stored ({}); expected a folder with 55 MB of free space; \
         make space there, or set MNIST_DIR to a folder with the four files of MNIST",
        folders[0].display(),
        failures.join("; ")
    )
}

/// Writes the files to a folder that appears whole or not at all; an outdated or damaged one of ours is replaced.
fn store(folder: &Path, contents: &[Vec<u8>; 4]) -> std::io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let temporary = || tempfile::Builder::new().prefix(".look-alike-").tempdir_in(parent);
    let fresh = temporary()?;
    for (file, content) in MNIST.files.iter().zip(contents) {
        std::fs::write(fresh.path().join(file.name), content)?;
    }
    std::fs::write(fresh.path().join(LOOK_ALIKE_MARK), MARK_TEXT)?;
    if folder.exists() {
        if !is_look_alike(folder) {
            return Err(Error::new(ErrorKind::AlreadyExists, "something else is there"));
        }
        std::fs::rename(folder, temporary()?.path().join("old"))?;
    }
    match std::fs::rename(fresh.path(), folder) {
        // Another process has just put the same files there.
        Err(_) if is_look_alike(folder) => Ok(()),
        result => result,
    }
}
