//! The per-user cache folder, shared by all clones.
//!
//! A complete one is only read, so a class can share one that it cannot write.

use anyhow::{Context, Result, bail};
use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The variable that puts the cache elsewhere.
pub const VARIABLE: &str = "MNIST_TUTORIAL_HOME";

/// A file of this name says that the folder was made by us and may be removed by us.
const MARKER: &str = "made-by-mnist-tutorial";

/// The per-user cache folder; it need not exist.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The folder that the environment names, or the system's cache folder.
    pub fn find() -> Result<Home> {
        let not_empty = |name| env::var_os(name).filter(|value| !value.is_empty());
        if let Some(folder) = not_empty(VARIABLE) {
            return Home::at(Path::new(&folder));
        }
        let user = not_empty("HOME").map(PathBuf::from);
        let caches = if cfg!(target_os = "macos") {
            user.map(|user| user.join("Library/Caches"))
        } else {
            not_empty("XDG_CACHE_HOME")
                .map(PathBuf::from)
                .filter(|folder| folder.is_absolute())
                .or_else(|| user.map(|user| user.join(".cache")))
        };
        let caches = caches.with_context(|| {
            format!("no place for the course's cache: set HOME, or {VARIABLE} to a folder")
        })?;
        Home::at(&caches.join("mnist-tutorial"))
    }

    /// This folder, made absolute.
    pub fn at(folder: &Path) -> Result<Home> {
        let root = std::path::absolute(folder)
            .with_context(|| format!("{} is no usable folder", folder.display()))?;
        Ok(Home { root })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of downloads until they are complete.
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// What Jupyter would otherwise keep in the user's own folders.
    pub fn jupyter(&self) -> PathBuf {
        self.root.join("jupyter")
    }

    /// Makes the folder, and marks it as ours.
    ///
    /// # Errors
    /// If it holds anything and is not marked: then it is somebody's own folder.
    pub fn prepare(&self) -> Result<()> {
        let root = self.root.display();
        fs::create_dir_all(&self.root).with_context(|| {
            format!(
                "cannot make the cache folder {root}; set {VARIABLE} to a folder that you can write"
            )
        })?;
        if self.is_ours() {
            return Ok(());
        }
        let mut entries =
            fs::read_dir(&self.root).with_context(|| format!("cannot read {root}"))?;
        // Another set-up may have marked it since.
        if entries.next().is_some() && !self.is_ours() {
            bail!(
                "{root} holds files that are not the course's; set {VARIABLE} to a new or empty folder"
            );
        }
        let text = "The MNIST course made this folder. `cargo xtask clean --cache` removes it.\n";
        fs::write(self.root.join(MARKER), text).with_context(|| {
            format!("cannot write in {root}; set {VARIABLE} to a folder that you can write")
        })
    }

    /// Whether set-up made this folder.
    pub fn is_ours(&self) -> bool {
        self.root.join(MARKER).is_file()
    }

    /// Whether this file is needed until all others are removed: the mark and the lock.
    pub fn is_kept_to_the_end(&self, path: &Path) -> bool {
        path == self.root.join(MARKER) || path == self.lock_file()
    }

    /// Makes the folder, and keeps every other set-up waiting until the returned lock is dropped.
    pub fn lock(&self) -> Result<Lock> {
        loop {
            self.prepare()?;
            let path = self.lock_file();
            let lock =
                wait_for(&path).with_context(|| format!("cannot lock {}", path.display()))?;
            // The folder may have been removed while this waited: then it locked a file
            // that nobody else will find.
            if lock.is_at(&path) {
                return Ok(lock);
            }
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join("lock")
    }
}

fn wait_for(path: &Path) -> io::Result<Lock> {
    // Readable, because programs get it as their (empty) input.
    let file = File::options().create(true).read(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => return Ok(Lock { file }),
        Err(TryLockError::WouldBlock) => println!("another set-up is running, waiting for it"),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    file.lock()?;
    Ok(Lock { file })
}

/// The cache is this program's, until this is dropped.
///
/// Killed, the program drops nothing: then those that it runs hold the lock until they end.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// What is locked, for programs to inherit.
    pub fn file(&self) -> &File {
        &self.file
    }

    fn is_at(&self, path: &Path) -> bool {
        let place = |data: fs::Metadata| (data.dev(), data.ino());
        let locked = self.file.metadata().map(place).ok();
        locked.is_some() && locked == fs::metadata(path).map(place).ok()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to programs that were left behind.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests;
