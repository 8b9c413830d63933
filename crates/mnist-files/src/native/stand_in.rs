//! Digits drawn by the crate, for where MNIST cannot be had: never silently, and never for MNIST.
//!
//! They lie in `data/look-alike/` in MNIST's own form, so that everything reads them as it
//! reads the real files. The course runs with them; the accuracy figures of its text do not hold.

mod draw;
mod glyphs;
mod pen;

use super::download::Unavailable;
use super::files::FILES;
use super::folder::{LOOK_ALIKE_MARK, Place, is_look_alike};
use super::problem::Problem;
use super::settings::Settings;
use super::source::{Found, read_whole};
use anyhow::Result;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The seed of the set that the crate draws.
pub const SEED: u64 = 28;

/// What the file says that marks a folder of drawn digits.
const MARK_TEXT: &str = "The four files of this folder are not MNIST. The mnist_tutorial library drew them because\n\
    MNIST could not be had. The folder may be deleted: it is drawn anew when needed.\n";

/// Draws the 60,000 + 10,000 digits of a seed: the four unpacked files' content, in the order of
/// [`FILES`].
pub fn draw(seed: u64) -> [Vec<u8>; 4] {
    draw::draw(seed)
}

/// Look-alike digits in place of MNIST, which could not be had; `say` gets the reasons.
///
/// # Errors
/// If they can be stored neither beside the data nor among the temporary files.
pub(crate) fn instead(
    settings: &Settings,
    reason: &Unavailable,
    say: &mut dyn FnMut(&str),
) -> Result<Found> {
    say(&format!("{}: missing, and could not be downloaded:", reason.file.display()));
    for line in reason.failures.iter().chain([&reason.remedy]) {
        say(&format!("  {line}"));
    }
    let folders =
        [settings.folder.join("look-alike"), settings.temporary.join("mnist_tutorial-look-alike")];
    let ready = folders.iter().find_map(|folder| read_whole(folder, Place::LookAlike).ok());
    match ready {
        Some(found) => Ok(found),
        None => draw_into(&folders, say),
    }
}

/// Says that these digits are not MNIST.
pub(crate) fn announce(found: &Found, say: &mut dyn FnMut(&str)) {
    say("*** These are NOT the MNIST digits, but look-alikes that this library drew. ***");
    say("*** The course runs with them; the accuracy figures in its text do not hold. ***");
    say(&format!("*** They lie in {}. ***", found.source.folder().display()));
}

/// Draws the digits into the first of the folders that can be written, and reads them back.
fn draw_into(folders: &[PathBuf; 2], say: &mut dyn FnMut(&str)) -> Result<Found> {
    say("Drawing 70,000 look-alike digits; this takes some seconds, once.");
    let contents = draw(SEED);
    let mut failures = Vec::new();
    for folder in folders {
        match store(folder, &contents) {
            Ok(()) => return read_whole(folder, Place::LookAlike),
            Err(error) => failures.push(format!("{}: {error}", folder.display())),
        }
    }
    let problem = Problem {
        file: folders[0].clone(),
        found: format!("look-alike digits cannot be stored ({})", failures.join("; ")),
        expected: "a folder with 55 MB of free space".into(),
        remedy: "make space there, or set MNIST_DIR to a folder with the four files of MNIST"
            .into(),
    };
    Err(problem.into())
}

/// Writes the files to a folder that appears whole or not at all; an outdated or damaged one of ours is replaced.
fn store(folder: &Path, contents: &[Vec<u8>; 4]) -> std::io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let fresh = tempfile::Builder::new().prefix(".look-alike-").tempdir_in(parent)?;
    for (file, content) in FILES.iter().zip(contents) {
        std::fs::write(fresh.path().join(file.name), content)?;
    }
    std::fs::write(fresh.path().join(LOOK_ALIKE_MARK), MARK_TEXT)?;
    if folder.exists() {
        if !is_look_alike(folder) {
            return Err(Error::new(ErrorKind::AlreadyExists, "something else is there"));
        }
        let old = tempfile::Builder::new().prefix(".look-alike-").tempdir_in(parent)?;
        std::fs::rename(folder, old.path().join("old"))?;
    }
    match std::fs::rename(fresh.path(), folder) {
        // Another process has just put the same files there.
        Err(_) if is_look_alike(folder) => Ok(()),
        result => result,
    }
}
