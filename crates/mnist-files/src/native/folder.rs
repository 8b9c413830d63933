//! A folder with the four files: what is there, what is missing, what is wrong, and what they are.

use super::idx::{self, Finding, wrong};
use crate::files::{IdxFile, MNIST};
use crate::thousands::thousands;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// One thing wrong with one file or folder: which, what was found, what was expected, and what mends it.
///
/// Displayed as one line: `FILE: FOUND; expected EXPECTED; REMEDY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file or folder.
    pub file: PathBuf,
    /// What was found there, in words.
    pub found: String,
    /// What should have been there, in words.
    pub expected: String,
    /// What the reader can do about it, with the command where there is one.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { file, found, expected, remedy } = self;
        write!(out, "{}: {found}; expected {expected}; {remedy}", file.display())
    }
}

impl std::error::Error for Problem {}

/// How a folder came to be read, which decides what its files are compared with and what mends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The project's `data/` folder: the files must be the distributed ones.
    Data,
    /// The folder named by `MNIST_DIR`: format, and checksums where a `SHA256SUMS` lies there.
    MnistDir,
    /// A folder that a program names: the same.
    Given,
    /// The digits drawn here: they must be what this version draws.
    LookAlike,
}

impl Place {
    /// What helps where a file of such a folder is missing or else damaged.
    pub(super) fn remedy(self, is_missing: bool) -> String {
        let put =
            if is_missing { "put the four files there" } else { "put a good copy in its place" };
        match self {
            Place::Data if is_missing => "run `cargo xtask data`".into(),
            Place::Data => "delete it and run `cargo xtask data`".into(),
            Place::MnistDir => format!("{put}, or unset MNIST_DIR and run `cargo xtask data`"),
            Place::Given => format!("{put} (`cargo xtask data` fetches MNIST into data/)"),
            Place::LookAlike => "delete the folder: it is drawn anew when needed".into(),
        }
    }
}

/// Where the digits came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Files that were there.
    Folder(PathBuf),
    /// Files of which at least one has just been downloaded into this folder.
    Downloaded(PathBuf),
    /// Digits that this crate drew, in this folder: not MNIST.
    LookAlike(PathBuf),
}

impl Source {
    /// Whether these are files from elsewhere, not digits drawn by this crate.
    pub fn is_real(&self) -> bool {
        !matches!(self, Source::LookAlike(_))
    }

    /// What they are, in words and without a path.
    pub fn kind(&self) -> &'static str {
        match self {
            Source::LookAlike(_) => "look-alike digits drawn by this crate, not MNIST",
            Source::Folder(_) | Source::Downloaded(_) => "files in MNIST's format",
        }
    }

    /// The folder with the four files.
    pub fn folder(&self) -> &Path {
        match self {
            Source::Folder(path) | Source::Downloaded(path) | Source::LookAlike(path) => path,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder().display();
        match self {
            Source::Folder(_) => write!(out, "the files in {folder}"),
            Source::Downloaded(_) => write!(out, "downloaded into {folder}"),
            Source::LookAlike(_) => {
                write!(out, "look-alike digits drawn by this crate ({folder}), not MNIST")
            }
        }
    }
}

/// Four checked files, and where they came from.
#[derive(Debug)]
pub struct Found {
    /// Where they came from.
    pub source: Source,
    /// Their unpacked contents, in the order of [`Dataset::files`](crate::files::Dataset::files).
    pub files: [Vec<u8>; 4],
}

/// One file of a folder: its unpacked content if it passed every check, `None` if it is missing.
pub type FileState = Result<Option<Vec<u8>>, Problem>;

/// Reads and checks the four files of a folder, all at once, in the order of
/// [`Dataset::files`](crate::files::Dataset::files); changes nothing.
pub fn read_folder(folder: &Path, place: Place) -> [FileState; 4] {
    std::thread::scope(|scope| {
        let readers =
            MNIST.files.each_ref().map(|file| scope.spawn(move || read_file(folder, place, file)));
        readers.map(|reader| reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The file that marks a folder of digits that this crate drew.
pub(super) const LOOK_ALIKE_MARK: &str = "LOOK-ALIKE.txt";

/// Whether a folder bears the mark of drawn digits.
pub(super) fn is_look_alike(folder: &Path) -> bool {
    folder.join(LOOK_ALIKE_MARK).exists()
}

/// Reads the four files of a folder, all of which must be there and good.
///
/// # Errors
/// A [`Problem`] naming the first file that is wrong, else the first that is missing.
pub fn read_whole(folder: &Path, place: Place) -> Result<Found> {
    whole(folder, place, read_folder(folder, place))
}

/// The four files of a folder, as they were read.
pub(super) fn whole(folder: &Path, place: Place, states: [FileState; 4]) -> Result<Found> {
    let read: Vec<_> = states.into_iter().collect::<Result<_, Problem>>()?;
    let mut files = [const { Vec::new() }; 4];
    for ((file, read), content) in MNIST.files.iter().zip(read).zip(&mut files) {
        *content = read.ok_or_else(|| Problem {
            file: folder.join(file.packed_name()),
            found: if folder.is_dir() { "nothing of that name" } else { "no such folder" }.into(),
            expected: format!("this file, or {} unpacked", file.name),
            remedy: place.remedy(true),
        })?;
    }
    let source = match is_look_alike(folder) {
        true => Source::LookAlike(folder.into()),
        false => Source::Folder(folder.into()),
    };
    Ok(Found { source, files })
}

/// Reads and checks one file, the `.gz` where it is there packed and unpacked.
fn read_file(folder: &Path, place: Place, file: &IdxFile) -> FileState {
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
            remedy: place.remedy(false),
        });
    }
    Ok(None)
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
        Place::LookAlike => Some(file.look_alike_sha256.into()),
        Place::MnistDir | Place::Given => {
            let listed = std::fs::read_to_string(path.with_file_name("SHA256SUMS")).ok()?;
            listed.lines().find_map(|line| {
                let (sum, listed) = line.split_once(char::is_whitespace)?;
                (listed.trim().trim_start_matches('*') == name).then(|| sum.to_ascii_lowercase())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_one_sentence() {
        let problem = Problem {
            file: "data/x.gz".into(),
            found: "3 bytes".into(),
            expected: "4 bytes".into(),
            remedy: "delete it".into(),
        };
        assert_eq!(problem.to_string(), "data/x.gz: 3 bytes; expected 4 bytes; delete it");
    }
}
