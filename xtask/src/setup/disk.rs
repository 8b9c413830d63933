//! Room on the disks of the cache and of the clone, which may be one.

use super::finding::{Finding, SET_UP};
use super::home::{self, Home};
use crate::process;
use anyhow::{Error, anyhow};
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the cache takes while it is made, in bytes: 1.5 GB in the end, and evcxr's own
/// compilation, which is removed.
const CACHE: u64 = 2_500_000_000;

/// What the clone's `target/` takes once every check has run, in bytes.
const CLONE: u64 = 3_500_000_000;

/// What kernels, checkpoints and logs need beside, in bytes.
const LATER: u64 = 300_000_000;

/// The clone's part; notebooks run without it.
pub const CLONE_PART: &str = "disk of the clone";

/// Whether both have room for what is still to come.
pub fn inspect(home: &Home, project: &Path, is_set_up: bool) -> [Finding; 2] {
    let cache = if is_set_up { LATER } else { rest(CACHE, home.root()) };
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = project.join(target.unwrap_or_else(|| "target".into()));
    let shared = device(home.root()) == device(&target);
    let clone = rest(CLONE, &target) + if shared { cache } else { 0 };
    let another = format!("set {} to a folder on another disk", home::VARIABLE);
    let builds = "set CARGO_TARGET_DIR to one; only the notebooks run without";
    [
        inspect_room("disk of the cache", home.root(), cache, &another),
        inspect_room(CLONE_PART, &target, clone, builds),
    ]
}

/// Adds what to do to an error that says the disk is full.
pub fn explain(error: Error) -> Error {
    let text = format!("{error:#}");
    if !process::says_full(&text) {
        return error;
    }
    let (free, variable) = (gigabytes(CACHE), home::VARIABLE);
    anyhow!(
        "{text}: the disk is full; free {free:.1} GB, or set {variable} to a folder on another disk"
    )
}

/// The bytes of all files below this folder.
pub fn size(folder: &Path) -> u64 {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten();
    entries.flat_map(|entry| entry.metadata()).map(|data| data.len()).sum()
}

fn rest(whole: u64, folder: &Path) -> u64 {
    whole.saturating_sub(size(folder)).max(LATER)
}

fn inspect_room(part: &str, folder: &Path, needed: u64, otherwise: &str) -> Finding {
    let shown = folder.display();
    let Ok(disk) = rustix::fs::statvfs(existing(folder)) else {
        return Finding::wrong(part, format!("cannot read the free space at {shown}"), SET_UP);
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let detail = format!("{:.1} GB free at {shown}", gigabytes(free));
    if free >= needed {
        return Finding::found(part, detail);
    }
    let needed = gigabytes(needed);
    let remedy = format!("free {needed:.1} GB there, or {otherwise}");
    Finding::wrong(part, format!("{detail}, {needed:.1} GB are needed"), remedy)
}

fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

fn device(folder: &Path) -> Option<u64> {
    fs::metadata(existing(folder)).ok().map(|data| data.dev())
}

/// The folder, or where it would be made.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_is_named_with_what_is_needed() {
        let finding = inspect_room("disk", Path::new("/no/such/folder"), u64::MAX, "else");
        assert!(finding.detail.contains("/no/such/folder, "), "{}", finding.detail);
        assert!(finding.remedy.contains("GB there, or else"), "{}", finding.remedy);
        assert!(inspect_room("disk", Path::new("/"), 0, "").is_found());
    }

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let error = explain(anyhow!("cannot write x: No space left on device")).to_string();
        assert!(error.contains("device: the disk is full; free 2.5 GB"), "{error}");
        assert_eq!(explain(anyhow!("something else")).to_string(), "something else");
    }

    #[test]
    fn what_is_there_already_needs_no_room() {
        let folder = tempfile::tempdir().unwrap();
        assert!(rest(CLONE, folder.path()) > CLONE - 1_000_000);
        let file = fs::File::create(folder.path().join("half")).unwrap();
        file.set_len(CLONE / 2).unwrap();
        assert!(rest(CLONE, folder.path()) <= CLONE / 2);
        file.set_len(2 * CLONE).unwrap();
        assert_eq!(rest(CLONE, folder.path()), LATER);
    }
}
