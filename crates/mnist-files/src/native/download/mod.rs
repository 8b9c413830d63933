//! Fetches files over HTTP: several addresses, resumed where it stopped, checked before it counts.
//!
//! Bytes go to `NAME.partial` beside the target, which only a whole, checked file ever
//! replaces. Two processes that download into one folder take turns (`.download.lock`).

mod answer;
mod expected;
mod progress;
mod transfer;

pub use expected::{Expected, Timeouts, Unavailable};

use anyhow::{Context, Result, bail};
use expected::{sha256_of, unavailable, unwritable};
use std::fs::{File, TryLockError};
use std::path::Path;
use transfer::Transfer;

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
