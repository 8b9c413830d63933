//! Fetches files over HTTP: several addresses, resumed where it stopped, checked before it counts.
//!
//! Bytes go to `NAME.partial` beside the target, which only a whole, checked file ever
//! replaces. Two processes that download into one folder take turns (`.download.lock`).

mod answer;
mod progress;
mod transfer;

use crate::thousands::thousands;
use anyhow::{Context, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use transfer::Transfer;

/// How long a download waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to be made.
    pub connect: Duration,
    /// For an answer, and then for each next piece of it.
    pub stall: Duration,
}

impl Default for Timeouts {
    /// 10 seconds for a connection, 30 for the next bytes.
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

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

/// No address could deliver a file.
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
/// [`Unavailable`] if no address delivered what was expected; others if a file in the way is another one
/// or the disk is full.
pub fn fetch(
    urls: &[String],
    to: &Path,
    expected: &Expected,
    timeouts: &Timeouts,
    progress: &mut dyn FnMut(&str),
) -> Result<()> {
    let folder =
        to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let lock = prepare(folder, progress).map_err(|error| unwritable(folder, &error, expected))?;
    if to.exists() {
        return check_present(to, expected);
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
    Err(unavailable(to, failures, expected))
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

/// Accepts a file that is already there, unless it is known to be another one.
fn check_present(to: &Path, expected: &Expected) -> Result<()> {
    let Some(sha256) = &expected.sha256 else {
        return Ok(());
    };
    let found = sha256_of(to).with_context(|| format!("{}: it cannot be read", to.display()))?;
    if found.eq_ignore_ascii_case(sha256) {
        return Ok(());
    }
    bail!(
        "{}: SHA-256 {found}; expected SHA-256 {sha256}; delete it and run the command again",
        to.display()
    )
}

/// SHA-256 of a file, in hexadecimal.
fn sha256_of(path: &Path) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut sum)?;
    Ok(format!("{:x}", sum.finalize()))
}

/// The complaint about a disk: full, or not to be written at all, which counts as [`Unavailable`].
fn unwritable(path: &Path, error: &io::Error, expected: &Expected) -> anyhow::Error {
    let found = format!("it cannot be written ({error})");
    if !matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return unavailable(path, vec![found], expected);
    }
    anyhow!(
        "{}: {found}; expected room for {}; \
         make space and run the command again: it goes on where it stopped",
        path.display(),
        expected.describe()
    )
}

/// The complaint when no address is left.
fn unavailable(to: &Path, failures: Vec<String>, expected: &Expected) -> anyhow::Error {
    let remedy = "check the network and run the command again: it goes on where it stopped".into();
    Unavailable { file: to.into(), failures, expected: expected.describe(), remedy }.into()
}
