//! A folder with the four files: what is there, what is missing and what is wrong.

use super::idx::{self, Finding, wrong};
use super::place::{Found, Place, Problem, Source};
use crate::files::{Dataset, IdxFile, MNIST};
use crate::thousands::thousands;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// One file of a folder: its unpacked content if it passed every check, `None` if it is missing.
pub type FileState = Result<Option<Vec<u8>>, Problem>;

/// [`Dataset::read_folder`] for MNIST.
pub fn read_folder(folder: &Path, place: Place) -> [FileState; 4] {
    MNIST.read_folder(folder, place)
}

/// The file that marks a folder of digits that this crate drew.
pub(super) const LOOK_ALIKE_MARK: &str = "LOOK-ALIKE.txt";

/// Whether a folder bears the mark of drawn digits.
pub(super) fn is_look_alike(folder: &Path) -> bool {
    folder.join(LOOK_ALIKE_MARK).exists()
}

/// [`Dataset::read_whole`] for MNIST.
///
/// # Errors
/// A [`Problem`] naming the first file that is wrong, else the first that is missing.
pub fn read_whole(folder: &Path, place: Place) -> Result<Found> {
    MNIST.read_whole(folder, place)
}

impl Dataset {
    /// Reads and checks the four files of a folder, all at once, in the order of
    /// [`files`](Dataset::files); changes nothing.
    pub fn read_folder(&self, folder: &Path, place: Place) -> [FileState; 4] {
        std::thread::scope(|scope| {
            let readers = self
                .files
                .each_ref()
                .map(|file| scope.spawn(move || self.read_file(folder, place, file)));
            readers.map(|reader| {
                reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })
    }

    /// Reads the four files of a folder, all of which must be there and good.
    ///
    /// # Errors
    /// A [`Problem`] naming the first file that is wrong, else the first that is missing.
    pub fn read_whole(&self, folder: &Path, place: Place) -> Result<Found> {
        self.whole(folder, place, self.read_folder(folder, place))
    }

    /// The four files of a folder, as they were read.
    pub(super) fn whole(
        &self,
        folder: &Path,
        place: Place,
        states: [FileState; 4],
    ) -> Result<Found> {
        let read: Vec<_> = states.into_iter().collect::<Result<_, Problem>>()?;
        let mut files = [const { Vec::new() }; 4];
        for ((file, read), content) in self.files.iter().zip(read).zip(&mut files) {
            *content = read.ok_or_else(|| Problem {
                file: folder.join(file.packed_name()),
                found: if folder.is_dir() { "nothing of that name" } else { "no such folder" }
                    .into(),
                expected: format!("this file, or {} unpacked", file.name),
                remedy: place.remedy(self, true),
            })?;
        }
        let source = match is_look_alike(folder) {
            true => Source::LookAlike(folder.into()),
            false => Source::Folder(folder.into()),
        };
        Ok(Found { source, files })
    }

    /// Reads and checks one file, the `.gz` where it is there packed and unpacked.
    fn read_file(&self, folder: &Path, place: Place, file: &IdxFile) -> FileState {
        for name in [file.packed_name(), file.name.to_string()] {
            let path = folder.join(&name);
            let absent = |error: std::io::Error| {
                matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
            };
            if std::fs::symlink_metadata(&path).is_err_and(absent) {
                continue;
            }
            return read_checked(&path, &name, place, file).map(Some).map_err(|finding| Problem {
                file: path,
                found: finding.found,
                expected: finding.expected,
                remedy: place.remedy(self, false),
            });
        }
        Ok(None)
    }
}

/// The unpacked content of the file at `path`, checked.
fn read_checked(path: &Path, name: &str, place: Place, file: &IdxFile) -> Result<Vec<u8>, Finding> {
    let is_packed = name.ends_with(".gz");
    let whole = file.unpacked_bytes();
    // Data that cannot be compressed grows by less than a thousandth in a gzip file.
    let limit = if is_packed { whole + whole / 1000 + 4096 } else { whole };
    let (content, size) = read_bounded(path, limit)?;
    let unpacked = if !is_packed {
        idx::check(&content, size, file)?;
        None
    } else if size > limit as u64 {
        let expected = format!("about {} bytes", thousands(file.packed_bytes));
        return wrong(format!("{} bytes", thousands(size)), expected);
    } else {
        let bytes = idx::unpack(&content, file)?;
        idx::check(&bytes, bytes.len() as u64, file)?;
        Some(bytes)
    };
    if let Some(expected) = checksum_for(path, name, place, file) {
        let found = format!("{:x}", Sha256::digest(&content));
        if found != expected {
            return wrong(format!("SHA-256 {found}"), format!("SHA-256 {expected}"));
        }
    }
    Ok(unpacked.unwrap_or(content))
}

/// The first `limit` + 1 bytes of a file, and how many it has.
fn read_bounded(path: &Path, limit: usize) -> Result<(Vec<u8>, u64), Finding> {
    let readable = "a file that can be read";
    let unreadable = |error: std::io::Error| Finding {
        found: format!("it cannot be read ({error})"),
        expected: readable.into(),
    };
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "something that is not a file" };
        return wrong(what, readable);
    }
    let mut content = Vec::with_capacity(limit.min(about.len() as usize) + 1);
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit as u64 + 1).read_to_end(&mut content).map_err(unreadable)?;
    let size = about.len().max(content.len() as u64);
    Ok((content, size))
}

/// The checksum that a file must have, in hexadecimal, where one is known.
fn checksum_for(path: &Path, name: &str, place: Place, file: &IdxFile) -> Option<String> {
    match place {
        Place::Data if name.ends_with(".gz") => Some(file.packed_sha256.into()),
        Place::Data => Some(file.unpacked_sha256.into()),
        // One drawn by another version of the crate is drawn anew.
        Place::LookAlike => file.look_alike_sha256.map(str::to_string),
        Place::Named | Place::Given => {
            let listed = std::fs::read_to_string(path.with_file_name("SHA256SUMS")).ok()?;
            listed.lines().find_map(|line| {
                let (sum, listed) = line.split_once(char::is_whitespace)?;
                (listed.trim().trim_start_matches('*') == name).then(|| sum.to_ascii_lowercase())
            })
        }
    }
}
