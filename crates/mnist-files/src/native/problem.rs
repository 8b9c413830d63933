//! What is wrong with a file, in the four parts that every message has.

use std::fmt;
use std::path::PathBuf;

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

/// A [`Problem`] before it is known which file it is about.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) found: String,
    pub(super) expected: String,
}

/// The error that this was found instead of that.
pub(super) fn wrong<T>(
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Result<T, Finding> {
    Err(Finding { found: found.into(), expected: expected.into() })
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
