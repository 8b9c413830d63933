//! Four files that are whole and good, and where they came from.

use super::files::{FILES, MnistFile};
use super::folder::{Checked, Place, is_look_alike, read_folder};
use super::problem::Problem;
use anyhow::{Context, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where the digits came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Files that were there.
    Folder(PathBuf),
    /// Files of which at least one has just been downloaded into this folder.
    Downloaded(PathBuf),
    /// Digits that this crate drew, in this folder: not MNIST.
    LookAlike(PathBuf),
}

impl Source {
    /// Whether these are files from elsewhere, not digits drawn by this crate.
    pub fn is_real(&self) -> bool {
        !matches!(self, Source::LookAlike(_))
    }

    /// What they are, in words and without a path.
    pub fn kind(&self) -> &'static str {
        match self {
            Source::LookAlike(_) => "look-alike digits drawn by this crate, not MNIST",
            Source::Folder(_) | Source::Downloaded(_) => "files in MNIST's form",
        }
    }

    /// The folder with the four files.
    pub fn folder(&self) -> &Path {
        match self {
            Source::Folder(path) | Source::Downloaded(path) | Source::LookAlike(path) => path,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder().display();
        match self {
            Source::Folder(_) => write!(out, "the files in {folder}"),
            Source::Downloaded(_) => write!(out, "downloaded into {folder}"),
            Source::LookAlike(_) => {
                write!(out, "look-alike digits drawn by this crate ({folder}), not MNIST")
            }
        }
    }
}

/// Four checked files, in the order of [`FILES`], and where they came from.
#[derive(Debug)]
pub struct Found {
    /// Where they came from.
    pub source: Source,
    /// The four files.
    pub files: [Checked; 4],
}

/// Reads the four files of a folder, all of which must be there and good.
///
/// # Errors
/// A [`Problem`] naming the first file that is missing or wrong.
pub fn read_whole(folder: &Path, place: Place) -> Result<Found> {
    let mut files = Vec::new();
    for (file, state) in FILES.iter().zip(read_folder(folder, place)) {
        files.push(state?.ok_or_else(|| missing(folder, place, file))?);
    }
    let files = <[Checked; 4]>::try_from(files).ok().context("four files were read")?;
    let source = match is_look_alike(folder) {
        true => Source::LookAlike(folder.into()),
        false => Source::Folder(folder.into()),
    };
    Ok(Found { source, files })
}

/// The complaint about a file that is not there.
fn missing(folder: &Path, place: Place, file: &MnistFile) -> Problem {
    let remedy = match place {
        Place::MnistDir => {
            "put the four files there, or unset MNIST_DIR and run `cargo xtask data`"
        }
        Place::Given => "put the four files there (`cargo xtask data` fetches MNIST into data/)",
        Place::Data => "run `cargo xtask data`",
        Place::LookAlike => "delete the folder: it is drawn anew when needed",
    };
    let found = if folder.is_dir() { "nothing of that name" } else { "no such folder" };
    Problem {
        file: folder.join(file.packed_name()),
        found: found.into(),
        expected: format!("this file, or {} unpacked", file.name),
        remedy: remedy.into(),
    }
}
