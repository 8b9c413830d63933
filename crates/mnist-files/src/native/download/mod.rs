//! Fetches files over HTTP: several addresses, resumed where it stopped, checked before it counts.
//!
//! Bytes go to `NAME.partial` beside the target, which only a whole, checked file ever
//! replaces. Two processes that download into one folder take turns (`.download.lock`).

mod answer;
mod progress;
mod target;
mod transfer;

use super::files::MnistFile;
use super::problem::Problem;
use super::settings::Settings;
use crate::thousands::thousands;
use anyhow::Result;
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use transfer::Transfer;

pub use super::settings::Timeouts;

/// What a downloaded file must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// SHA-256 in hexadecimal, where it is known. Without it the caller has to check what arrived.
    pub sha256: Option<String>,
    /// Its exact length in bytes, where it is known.
    pub bytes: Option<u64>,
    /// No more than this many bytes are ever taken, whatever a server sends.
    pub at_most: u64,
}

/// No address could deliver a file. Displayed in the form of a [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The file that should have arrived.
    pub file: PathBuf,
    /// What went wrong, one entry an address.
    pub failures: Vec<String>,
    /// What was to arrive.
    pub expected: String,
    /// What the reader can do.
    pub remedy: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unavailable { file, failures, expected, remedy } = self;
        write!(out, "{}: missing, and could not be downloaded", file.display())?;
        if !failures.is_empty() {
            write!(out, " ({})", failures.join("; "))?;
        }
        write!(out, "; expected {expected}; {remedy}")
    }
}

impl std::error::Error for Unavailable {}

/// Fetches one file from the first of several addresses that delivers it; `progress` gets a line at a time.
///
/// A file already at `to` is left alone. What an interrupted download left in `to` + `.partial` is continued.
///
/// # Errors
/// [`Unavailable`] if no address delivered what was expected, a [`Problem`] if a file in the way is another one
/// or the disk is full.
pub fn fetch(
    urls: &[String],
    to: &Path,
    expected: &Expected,
    progress: &mut dyn FnMut(&str),
) -> Result<()> {
    fetch_with(urls, to, expected, &Timeouts::default(), progress)
}

/// [`fetch`], waiting as long as told.
///
/// # Errors
/// As [`fetch`].
pub fn fetch_with(
    urls: &[String],
    to: &Path,
    expected: &Expected,
    timeouts: &Timeouts,
    progress: &mut dyn FnMut(&str),
) -> Result<()> {
    let folder =
        to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let lock = match prepare(folder, progress) {
        Ok(lock) => lock,
        Err(error) => return Err(target::unwritable(folder, &error, expected)),
    };
    if to.exists() {
        return target::check_present(to, expected);
    }
    let transfer = Transfer::new(to, expected, timeouts, lock.is_some());
    let mut failures: Vec<String> = Vec::new();
    for url in urls {
        if let Some(failure) = failures.last() {
            progress(failure);
        }
        match transfer.run(url, progress)? {
            None => return Ok(()),
            Some(reason) => failures.push(format!("{url}: {reason}")),
        }
    }
    Err(target::unavailable(to, failures, expected).into())
}

/// Makes the folder and waits for its lock; `None` where the file system knows no locks.
fn prepare(folder: &Path, progress: &mut dyn FnMut(&str)) -> std::io::Result<Option<File>> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(".download.lock");
    let lock = File::options().create(true).append(true).open(path)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => {
            progress(&format!("waiting for another download into {}", folder.display()));
            lock.lock()?;
            Ok(Some(lock))
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Fetches the given files of MNIST into a folder, from the settings' mirrors.
///
/// # Errors
/// As [`fetch`], with MNIST's remedies.
pub(crate) fn fetch_files(
    absent: &[&MnistFile],
    folder: &Path,
    settings: &Settings,
    say: &mut dyn FnMut(&str),
) -> Result<()> {
    for file in absent {
        let name = file.packed_name();
        let urls: Vec<String> = settings
            .mirrors
            .iter()
            .map(|base| format!("{}/{name}", base.trim_end_matches('/')))
            .collect();
        let expected = Expected {
            sha256: Some(file.packed_sha256.to_string()),
            bytes: Some(file.packed_bytes),
            at_most: file.packed_bytes,
        };
        let to = folder.join(name);
        fetch_with(&urls, &to, &expected, &settings.timeouts, say)
            .map_err(|error| with_remedy(error, folder, settings))?;
    }
    Ok(())
}

/// Says what helps with MNIST, where the general advice was given.
fn with_remedy(error: anyhow::Error, folder: &Path, settings: &Settings) -> anyhow::Error {
    match error.downcast::<Unavailable>() {
        Ok(mut unavailable) => {
            if settings.mirrors.is_empty() {
                unavailable.failures.push("MNIST_MIRRORS is empty".into());
            }
            unavailable.remedy = format!(
                "check the network and run `cargo xtask data`, or copy the four files into {}, \
                 or set MNIST_DIR to a folder that has them",
                folder.display()
            );
            unavailable.into()
        }
        Err(other) => other,
    }
}

impl Expected {
    /// In words.
    fn describe(&self) -> String {
        match (self.bytes, &self.sha256) {
            (Some(bytes), _) => format!("{} bytes", thousands(bytes)),
            (None, Some(sha256)) => format!("SHA-256 {sha256}"),
            (None, None) => "the whole file".into(),
        }
    }
}

/// A [`Problem`] as an error, for the parts of this module.
fn problem(file: &Path, found: String, expected: String, remedy: &str) -> anyhow::Error {
    Problem { file: file.into(), found, expected, remedy: remedy.into() }.into()
}
