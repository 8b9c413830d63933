//! Where a data set may be, in the order in which the places are tried, and what is said about it.

use super::download::{Expected, Timeouts, Unavailable, fetch};
use super::place::{Found, Place, Source};
use super::stand_in;
use crate::files::{Dataset, IdxFile, MNIST};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Which data set to look for, where, and where to download it from and to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The data set.
    pub dataset: &'static Dataset,
    /// The folder that alone is read when set (`MNIST_DIR`).
    pub named_folder: Option<PathBuf>,
    /// The project's `data/` folder, or the data set's below it, read otherwise and downloaded into.
    pub folder: PathBuf,
    /// Addresses of folders that hold the four `.gz` files (`MNIST_MIRRORS`); none means: do not download.
    pub mirrors: Vec<String>,
    /// Where the short-lived folder for the parser is made (`TMPDIR`); 55 MB for under a second.
    pub temporary: PathBuf,
    /// How long a download waits.
    pub timeouts: Timeouts,
}

impl Settings {
    /// For MNIST: reads `MNIST_DIR`, `MNIST_MIRRORS` and the current folder.
    ///
    /// # Errors
    /// If the current folder is gone or `MNIST_MIRRORS` is not UTF-8.
    pub fn from_environment() -> Result<Settings> {
        Settings::of(&MNIST)
    }

    /// Reads the data set's two variables and the current folder.
    ///
    /// # Errors
    /// If the current folder is gone or the list of mirrors is not UTF-8.
    pub fn of(dataset: &'static Dataset) -> Result<Settings> {
        let current = std::env::current_dir()
            .context("the current folder cannot be found: go to one that exists")?;
        let mirrors = match std::env::var(dataset.mirrors_variable) {
            Ok(listed) => listed.split_whitespace().map(str::to_string).collect(),
            Err(std::env::VarError::NotPresent) => dataset.mirrors.map(str::to_string).to_vec(),
            Err(error) => bail!(
                "{}: {error}; expected addresses separated by spaces; \
                 unset it to use the public mirrors",
                dataset.mirrors_variable
            ),
        };
        let named = std::env::var_os(dataset.folder_variable).filter(|set| !set.is_empty());
        Ok(Settings {
            dataset,
            named_folder: named.map(|set| current.join(set)),
            folder: data_folder(&current, dataset).join(dataset.subfolder),
            mirrors,
            temporary: std::env::temp_dir(),
            timeouts: Timeouts::default(),
        })
    }
}

/// The nearest `data/` folder at or above `start` that holds one of the four files, where the data
/// set has its own below it, or a `SHA256SUMS` that lists one; else `start/data`.
fn data_folder(start: &Path, dataset: &Dataset) -> PathBuf {
    let is_data = |folder: &PathBuf| {
        let listed = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap_or_default();
        let own = folder.join(dataset.subfolder);
        dataset.files.iter().any(|file| {
            listed.contains(file.name)
                || own.join(file.packed_name()).exists()
                || own.join(file.name).exists()
        })
    };
    let mut candidates = start.ancestors().map(|ancestor| ancestor.join("data"));
    candidates.find(is_data).unwrap_or_else(|| start.join("data"))
}

/// The folder that [`fetch_all`] makes whole and [`locate`] reads first, and how it is judged.
pub fn place(settings: &Settings) -> (&Path, Place) {
    match &settings.named_folder {
        Some(folder) => (folder, Place::Named),
        None => (&settings.folder, Place::Data),
    }
}

/// Makes sure that the data set is there and good, downloading what its folder lacks; `say` gets a line at a time.
///
/// With a named folder (`MNIST_DIR`) nothing is downloaded: that folder must hold the four files.
///
/// # Errors
/// If a file is damaged (it is left as it is), or missing and no mirror could deliver it; each says what to do.
pub fn fetch_all(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Found> {
    let (folder, place) = place(settings);
    let dataset = settings.dataset;
    let states = dataset.read_folder(folder, place);
    let is_damaged = states.iter().any(Result::is_err);
    let files = dataset.files.iter().zip(&states);
    let absent: Vec<_> = files.filter(|(_, state)| matches!(state, Ok(None))).collect();
    if place == Place::Named || is_damaged || absent.is_empty() {
        return dataset.whole(folder, place, states);
    }
    for (file, _) in absent {
        download(file, settings, say)?;
    }
    let found = dataset.read_whole(folder, place)?;
    Ok(Found { source: Source::Downloaded(folder.into()), ..found })
}

/// Fetches one of the four files into the data set's folder.
fn download(file: &IdxFile, settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<()> {
    let name = file.packed_name();
    let url = |base: &String| format!("{}/{name}", base.trim_end_matches('/'));
    let urls: Vec<String> = settings.mirrors.iter().map(url).collect();
    let expected = Expected {
        sha256: Some(file.packed_sha256.to_string()),
        bytes: Some(file.packed_bytes),
        at_most: file.packed_bytes,
    };
    let to = settings.folder.join(&name);
    fetch(&urls, &to, &expected, &settings.timeouts, say).map_err(|error| {
        let mut unavailable = match error.downcast::<Unavailable>() {
            Ok(unavailable) => unavailable,
            Err(other) => return other,
        };
        let Dataset { command, folder_variable, mirrors_variable, .. } = settings.dataset;
        if settings.mirrors.is_empty() {
            unavailable.failures.push(format!("{mirrors_variable} is empty"));
        }
        unavailable.remedy = format!(
            "check the network and run `{command}`, or copy the four files into {}, \
             or set {folder_variable} to a folder that has them",
            settings.folder.display()
        );
        unavailable.into()
    })
}

/// The data set from where it can be had, as [`fetch_all`] does; in MNIST's place, else, look-alike
/// digits, said loudly.
///
/// # Errors
/// If a file that is there is damaged, or nothing could be had and there are no look-alikes or they
/// could not be stored.
pub fn locate(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Found> {
    let found = match fetch_all(settings, say) {
        Ok(found) => found,
        Err(error) if !settings.dataset.has_look_alikes() => return Err(error),
        Err(error) => {
            let Unavailable { file, failures, remedy, .. } = error.downcast()?;
            say(&format!("{}: missing, and could not be downloaded:", file.display()));
            for line in failures.iter().chain([&remedy]) {
                say(&format!("  {line}"));
            }
            let folder = settings.folder.join("look-alike");
            stand_in::find_or_draw(
                &[folder, settings.temporary.join("mnist_tutorial-look-alike")],
                say,
            )?
        }
    };
    if let Source::LookAlike(folder) = &found.source {
        say("*** These are NOT the MNIST digits, but look-alikes that this library drew. ***");
        say("*** The course runs with them; the accuracy figures in its text do not hold. ***");
        say(&format!("*** They lie in {}. ***", folder.display()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fashion::FASHION_MNIST;

    #[test]
    fn the_nearest_data_folder_of_mnist_is_found() -> Result<()> {
        let root = tempfile::tempdir()?;
        let deep = root.path().join("a/b/notebooks");
        std::fs::create_dir_all(&deep)?;
        for folder in ["data", "a/data", "a/b/data"] {
            std::fs::create_dir(root.path().join(folder))?;
        }
        assert_eq!(data_folder(&deep, &MNIST), deep.join("data"));
        std::fs::write(root.path().join("data").join(MNIST.files[3].name), "")?;
        assert_eq!(data_folder(&deep, &MNIST), root.path().join("data"));
        let sums = root.path().join("a/data/SHA256SUMS");
        std::fs::write(&sums, "0123  something-else.tar\n")?;
        assert_eq!(data_folder(&deep, &MNIST), root.path().join("data"));
        std::fs::write(&sums, "0123  train-labels-idx1-ubyte.gz\n")?;
        assert_eq!(data_folder(&deep, &MNIST), root.path().join("a/data"));
        Ok(())
    }

    #[test]
    fn a_data_set_with_a_folder_of_its_own_is_found_there() -> Result<()> {
        let root = tempfile::tempdir()?;
        let deep = root.path().join("a/notebooks");
        let own = root.path().join("data/fashion");
        for folder in [&deep, &root.path().join("a/data"), &own] {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(root.path().join("a/data").join(MNIST.files[1].name), "")?;
        assert_eq!(data_folder(&deep, &FASHION_MNIST), deep.join("data"));
        std::fs::write(own.join(FASHION_MNIST.files[1].name), "")?;
        assert_eq!(data_folder(&deep, &FASHION_MNIST), root.path().join("data"));
        assert_eq!(data_folder(&deep, &MNIST), root.path().join("a/data"));
        assert!(Settings::of(&FASHION_MNIST)?.folder.ends_with("data/fashion"));
        Ok(())
    }

    #[test]
    fn the_environment_is_read() -> Result<()> {
        let settings = Settings::from_environment()?;
        assert!(settings.folder.is_absolute());
        assert!(settings.named_folder.is_none_or(|folder| folder.is_absolute()));
        Ok(())
    }
}
