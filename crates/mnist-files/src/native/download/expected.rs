//! What a download is told, and how it fails.

use crate::thousands::thousands;
use anyhow::anyhow;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a download waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to be made.
    pub connect: Duration,
    /// For an answer, and then for each next piece of it.
    pub stall: Duration,
}

impl Default for Timeouts {
    /// 10 seconds for a connection, 30 for the next bytes.
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

/// What a downloaded file must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// SHA-256 in hexadecimal, where it is known. Without it the caller has to check what arrived.
    pub sha256: Option<String>,
    /// Its exact length in bytes, where it is known.
    pub bytes: Option<u64>,
    /// No more than this many bytes are ever taken, whatever a server sends.
    pub at_most: u64,
}

impl Expected {
    /// In words.
    pub(super) fn describe(&self) -> String {
        match (self.bytes, &self.sha256) {
            (Some(bytes), _) => format!("{} bytes", thousands(bytes)),
            (None, Some(sha256)) => format!("SHA-256 {sha256}"),
            (None, None) => "the whole file".into(),
        }
    }
}

/// No address could deliver a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The file that should have arrived.
    pub file: PathBuf,
    /// What went wrong, one entry an address.
    pub failures: Vec<String>,
    /// What was to arrive.
    pub expected: String,
    /// What the reader can do.
    pub remedy: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unavailable { file, failures, expected, remedy } = self;
        write!(out, "{}: missing, and could not be downloaded", file.display())?;
        if !failures.is_empty() {
            write!(out, " ({})", failures.join("; "))?;
        }
        write!(out, "; expected {expected}; {remedy}")
    }
}

impl std::error::Error for Unavailable {}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut sum)?;
    Ok(format!("{:x}", sum.finalize()))
}

/// The complaint about a disk: full, or not to be written at all, which counts as [`Unavailable`].
pub(super) fn unwritable(path: &Path, error: &io::Error, expected: &Expected) -> anyhow::Error {
    let found = format!("it cannot be written ({error})");
    if !matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return unavailable(path, vec![found], expected);
    }
    anyhow!(
        "{}: {found}; expected room for {}; \
         make space and run the command again: it goes on where it stopped",
        path.display(),
        expected.describe()
    )
}

/// The complaint when no address is left.
pub(super) fn unavailable(to: &Path, failures: Vec<String>, expected: &Expected) -> anyhow::Error {
    let remedy = "check the network and run the command again: it goes on where it stopped".into();
    Unavailable { file: to.into(), failures, expected: expected.describe(), remedy }.into()
}
