//! The folder that belongs to one kernel, and goes with it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::copy::{Unlinked, copy_warm};
use crate::facts::Facts;
use crate::files;
use crate::layout::runs;
use crate::relay;
use crate::settings::Settings;

/// Ends the name of the file that a living kernel keeps locked, beside its folder.
const ALIVE: &str = ".alive";

/// Within this time after a lock file was made, its kernel may not have locked it yet.
const JUST_MADE: Duration = Duration::from_secs(60);

/// What a kernel writes while a notebook runs, in bytes: its cells, compiled.
const ROOM: u64 = 100_000_000;

/// A copy of the template that belongs to one kernel; dropping it removes it.
pub struct Private {
    /// Where it lies.
    pub folder: PathBuf,
    /// Locked as long as the kernel lives, so that a later one can tell.
    _alive: File,
}

impl Private {
    /// Copies the template, and removes what killed kernels left behind.
    pub fn make(settings: &Settings, warm: &Path, facts: &Facts) -> Result<Private> {
        let runs = runs(settings)?;
        let stale = runs.clone();
        // Thousands of files, for which nobody is to wait.
        thread::spawn(move || remove_stale(&stale));
        // The lock is there before the folder: what has a folder and no lock has ended.
        let alive = tempfile::Builder::new()
            .prefix("kernel-")
            .suffix(ALIVE)
            .tempfile_in(&runs)
            .with_context(|| format!("cannot write into {}", runs.display()))
            .map_err(|error| name_full_disk(error, &runs, settings))?;
        let (alive, file) = alive.keep().context("cannot keep a kernel's lock file")?;
        alive.lock().with_context(|| format!("cannot lock {}", file.display()))?;
        let private = Private { folder: file.with_extension(""), _alive: alive };
        // Where this fails, dropping takes away what was copied.
        copy_warm(warm, &private.folder, &facts.own_crates(), Unlinked::Symlink)
            .map_err(|error| name_full_disk(error, &runs, settings))?;
        Ok(private)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        remove_private(&self.folder);
    }
}

fn alive_file(folder: &Path) -> PathBuf {
    folder.with_extension(&ALIVE[1..])
}

fn remove_private(folder: &Path) {
    // A compiler that was killed a moment ago may still have written a file.
    for _ in 0..20 {
        if fs::remove_dir_all(folder).is_ok() || !folder.exists() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    // Where the folder stays, a later kernel finds it by its lock file and tries again.
    if !folder.exists() {
        let _ = fs::remove_file(alive_file(folder));
    }
}

/// Says of a full disk where it is, how much it has and how much is needed.
fn name_full_disk(error: anyhow::Error, runs: &Path, settings: &Settings) -> anyhow::Error {
    let is_full = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    };
    if !error.chain().any(|cause| cause.downcast_ref().is_some_and(is_full)) {
        return error;
    }
    let free =
        rustix::fs::statvfs(runs).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    anyhow!(
        "the disk is full: {} has {free} bytes free, and a kernel needs about {ROOM} there; make \
         space, or set {} to a folder on another disk and {}",
        runs.display(),
        settings.variable("HOME"),
        settings.remedy
    )
}

/// Asks every training that runs in one of this user's kernels to end; how many do.
pub fn stop_trainings(settings: &Settings) -> Result<usize> {
    let mut asked = 0;
    for lock in locks(&runs(settings)?).into_iter().filter(|lock| lives(lock)) {
        asked += usize::from(relay::stop_training(&lock.with_extension(""))?);
    }
    Ok(asked)
}

fn locks(runs: &Path) -> Vec<PathBuf> {
    let is_lock = |path: &PathBuf| path.to_string_lossy().ends_with(ALIVE);
    files::entries(runs).into_iter().filter(is_lock).collect()
}

fn lives(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Removes the folders of kernels that ended without being able to. One that has just
/// made its lock file and not locked it yet is spared by its age.
fn remove_stale(runs: &Path) {
    for path in locks(runs) {
        let age = fs::metadata(&path).ok().and_then(|data| data.modified().ok()?.elapsed().ok());
        if !lives(&path) && age.is_some_and(|age| age > JUST_MADE) {
            remove_private(&path.with_extension(""));
        }
    }
}

#[cfg(test)]
mod tests;
