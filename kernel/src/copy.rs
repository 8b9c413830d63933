//! A private copy of the template, made in a moment: what never changes is linked.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout;

/// What becomes of a file that is to be linked where the file system refuses: another disk, or
/// the cache of another account.
#[derive(Clone, Copy)]
pub enum Unlinked {
    /// A symbolic link: the folder that it names stays as long as this one.
    Symlink,
    /// A copy.
    Copy,
}

/// Copies the folder `from` to `to`, which must not exist.
///
/// What the compiler made of dependencies becomes hard links: compiler and linkers put a new file
/// in the place of an old one. All else is copied, with its modification time: cargo judges by
/// it, and cargo, evcxr and build scripts write into files in place, which would reach the
/// template through a link. So is everything that belongs to the crates `own`, which change with
/// their source. What rust-analyzer reads is not copied: nobody writes it.
pub fn copy_warm(from: &Path, to: &Path, own: &[String], unlinked: Unlinked) -> Result<()> {
    let copy = Copy { shared: layout::analyzer_folder(from), own, unlinked };
    copy.folder(from, to, false)
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))
}

struct Copy<'a> {
    shared: PathBuf,
    own: &'a [String],
    unlinked: Unlinked,
}

impl Copy<'_> {
    fn folder(&self, from: &Path, to: &Path, changes: bool) -> Result<()> {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let (target, name) = (to.join(&name), name.to_string_lossy());
            if path == self.shared {
                continue;
            }
            let changes = changes || self.changes(&name);
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.folder(&path, &target, changes)?;
            } else if kind.is_symlink() {
                symlink(fs::read_link(&path)?, &target)?;
            } else if changes || !is_compiled(&name, entry.metadata()?.mode()) {
                copy_file(&path, &target)?;
            } else if fs::hard_link(&path, &target).is_err() {
                match self.unlinked {
                    Unlinked::Symlink => symlink(std::path::absolute(&path)?, &target)?,
                    Unlinked::Copy => copy_file(&path, &target)?,
                }
            }
        }
        Ok(())
    }

    /// The notebook's own crate (`ctx`, `code_1`, …) is written by every cell, the project's own
    /// by every change of their source; third-party crates by nobody.
    fn changes(&self, name: &str) -> bool {
        name.contains("ctx") || name.contains("code_") || is_of(name, self.own)
    }
}

/// Whether cargo makes a file or folder of this name for one of these crates:
/// `libname-0123456789abcdef.rlib`, `name-0123456789abcdef`.
pub fn is_of(name: &str, crates: &[String]) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = without_hash(stem).unwrap_or(stem);
    let without = stem.strip_prefix("lib").unwrap_or(stem);
    crates.iter().any(|one| one == stem || one == without)
}

/// A name without the 16 digits that cargo puts behind it.
fn without_hash(stem: &str) -> Option<&str> {
    let is_hash =
        |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    stem.rsplit_once('-').filter(|(_, end)| is_hash(end)).map(|(stem, _)| stem)
}

/// Whether the compiler made a file, as its name and mode tell: a library or a build script. One
/// that a build script made has no such name.
fn is_compiled(name: &str, mode: u32) -> bool {
    match name.rsplit_once('.') {
        Some((stem, "rlib" | "rmeta" | "so" | "dylib")) => {
            stem.starts_with("lib") && without_hash(stem).is_some()
        }
        Some(_) => false,
        None => {
            let starts = ["build_script_", "build-script-"];
            mode & 0o111 != 0 && starts.iter().any(|start| name.starts_with(start))
        }
    }
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)?;
    let data = fs::metadata(from)?;
    // In a cache that is shared, nobody may write it.
    fs::set_permissions(to, Permissions::from_mode(data.mode() | 0o600))?;
    let modified = data.modified()?;
    fs::File::options().append(true).open(to)?.set_modified(modified)?;
    Ok(())
}

/// Removes the project's own crates as an older template compiled them: they are compiled anew,
/// under another name where the clone is another, and the old files would stay for ever.
pub fn remove_own(crate_folder: &Path, own: &[String]) {
    remove(crate_folder, |name| {
        is_of(name, own) || name.starts_with("libcode_") || name == "incremental"
    });
}

/// Removes what the compiler remembers of the cells that built the template: no notebook has
/// the same ones, and every kernel would copy it.
pub fn remove_intermediate(crate_folder: &Path) {
    remove(crate_folder, |name| name == "incremental");
}

/// Removes what cargo made under these names. What cannot be removed only takes room.
fn remove(crate_folder: &Path, unwanted: impl Fn(&str) -> bool) {
    let mut entries = walkdir::WalkDir::new(crate_folder.join("target")).into_iter();
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { continue };
        if !unwanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.file_type().is_dir() {
            entries.skip_current_dir();
            let _ = fs::remove_dir_all(entry.path());
        } else {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
