//! The order in which the places where MNIST may be are tried, and what is said about it.

use super::download::{self, Unavailable};
use super::files::FILES;
use super::folder::{Checked, FileState, Place, read_folder};
use super::look_alike;
use super::settings::Settings;
use super::source::{Found, Source, read_whole};
use anyhow::{Context, Result};
use std::path::Path;

/// The folder that [`fetch_all`] makes whole and [`locate`] reads first, and how it is judged.
pub fn place(settings: &Settings) -> (&Path, Place) {
    match &settings.mnist_dir {
        Some(folder) => (folder, Place::MnistDir),
        None => (&settings.folder, Place::Data),
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
    download::fetch_files(&absent, folder, settings, say)?;
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
