//! Files and folders that are there whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Writes `file` through a temporary one beside it, with these permissions; several programs may
/// at the same time.
pub fn write(file: &Path, content: &[u8], mode: u32) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let written = || -> std::io::Result<()> {
        let mut partial = tempfile::Builder::new();
        let mut partial =
            partial.permissions(fs::Permissions::from_mode(mode)).tempfile_in(folder)?;
        partial.write_all(content)?;
        partial.into_temp_path().persist(file)?;
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", file.display()))
}

/// Everything in a folder; nothing where there is none.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// What an interrupted installation left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Is removed: the installation starts anew.
    Remove,
    /// Is handed on: the installation goes on from there.
    Resume,
}

/// Lets `fill` fill a folder beside `target`, then renames it to `target`.
///
/// Killed at any moment, this leaves `target` as it was, absent, or whole.
pub fn folder(
    target: &Path,
    leftover: Leftover,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let partial = beside(target, ".partial");
    if leftover == Leftover::Remove {
        remove(&partial)?;
    }
    fs::create_dir_all(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
    fill(&partial)?;
    remove(target)?;
    fs::rename(&partial, target)
        .with_context(|| format!("cannot rename {} to {}", partial.display(), target.display()))
}

/// Removes a folder, link or file; it may be absent.
///
/// A folder is first renamed, so that a killed removal leaves no half of it under its name.
pub fn remove(path: &Path) -> Result<()> {
    let old = beside(path, ".old");
    remove_in_place(&old)?;
    match fs::rename(path, &old) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.with_context(|| format!("cannot remove {}", path.display()))?,
    }
    remove_in_place(&old)
}

fn remove_in_place(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

/// The path with `ending` added to its last name.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests;
