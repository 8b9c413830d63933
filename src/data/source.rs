//! Where MNIST comes from: the order in which places are tried, and what is said about it.

use super::download::{self, Unavailable};
use super::files::FILES;
use super::folder::{Checked, FileState, Place, read_folder};
use super::look_alike;
use super::problem::Problem;
use super::settings::Settings;
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

/// The folder that [`fetch_all`] makes whole and [`locate`] reads first, and how it is judged.
pub fn place(settings: &Settings) -> (&Path, Place) {
    match &settings.mnist_dir {
        Some(folder) => (folder, Place::MnistDir),
        None => (&settings.folder, Place::Data),
    }
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
    let source = match look_alike::is_drawn(folder) {
        true => Source::LookAlike(folder.into()),
        false => Source::Folder(folder.into()),
    };
    Ok(Found { source, files })
}

/// The complaint about a file that is not there.
fn missing(folder: &Path, place: Place, file: &super::files::MnistFile) -> Problem {
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

/// Makes sure that MNIST is there and good, downloading what `data/` lacks; `say` gets a line at a time.
///
/// With `MNIST_DIR` set nothing is downloaded: that folder must hold the four files.
///
/// # Errors
/// If a file is damaged (it is left as it is), or missing and no mirror could deliver it; each says what to do.
pub fn fetch_all(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Found> {
    let (folder, place) = place(settings);
    if place == Place::MnistDir {
        return read_whole(folder, place);
    }
    let states = read_folder(folder, place);
    let mut absent = Vec::new();
    for (file, state) in FILES.iter().zip(&states) {
        match state {
            Err(problem) => return Err(problem.clone().into()),
            Ok(None) => absent.push(file),
            Ok(Some(_)) => {}
        }
    }
    download::fetch_files(&absent, settings, say)?;
    complete(folder, states, absent.is_empty())
}

/// The states of a folder that is now whole: what was missing is read and checked once more.
fn complete(folder: &Path, states: [FileState; 4], was_whole: bool) -> Result<Found> {
    if was_whole {
        let files = states.into_iter().filter_map(|state| state.ok().flatten()).collect::<Vec<_>>();
        let files = <[Checked; 4]>::try_from(files).ok().context("four files were read")?;
        return Ok(Found { source: Source::Folder(folder.into()), files });
    }
    let found = read_whole(folder, Place::Data)?;
    Ok(Found { source: Source::Downloaded(folder.into()), files: found.files })
}

/// MNIST from where it can be had, as [`fetch_all`] does; else look-alike digits, said loudly.
///
/// # Errors
/// If a file that is there is damaged, or nothing could be had and the look-alikes could not be stored.
pub fn locate(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Found> {
    let found = match fetch_all(settings, say) {
        Ok(found) => found,
        Err(error) => look_alike::instead(settings, &error.downcast::<Unavailable>()?, say)?,
    };
    if !found.source.is_real() {
        look_alike::announce(&found, say);
    }
    Ok(found)
}
