//! How a folder comes to be read, what was found in it, and what is said where something is wrong.

use crate::files::Dataset;
use std::fmt;
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
    /// The project's `data/` folder, or the data set's below it: the files must be the distributed ones.
    Data,
    /// The folder named by the data set's variable (`MNIST_DIR`): format, and checksums where a
    /// `SHA256SUMS` lies there.
    Named,
    /// A folder that a program names: the same.
    Given,
    /// The digits drawn here: they must be what this version draws.
    LookAlike,
}

impl Place {
    /// What helps where a file of such a folder is missing or else damaged.
    pub(super) fn remedy(self, dataset: &Dataset, is_missing: bool) -> String {
        let Dataset { name, command, folder_variable, .. } = dataset;
        let put =
            if is_missing { "put the four files there" } else { "put a good copy in its place" };
        match self {
            Place::Data if is_missing => format!("run `{command}`"),
            Place::Data => format!("delete it and run `{command}`"),
            Place::Named => format!("{put}, or unset {folder_variable} and run `{command}`"),
            Place::Given => {
                format!("{put} (`{command}` fetches {name} into data/{})", dataset.subfolder)
            }
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
