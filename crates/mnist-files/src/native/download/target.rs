//! The file that is to arrive: what is already there, and what keeps it from being written.

use super::{Expected, Unavailable, problem};
use crate::data::folder::hexadecimal;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// SHA-256 of a file, in hexadecimal.
pub(super) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut sum)?;
    Ok(hexadecimal(&sum.finalize()))
}

/// Accepts a file that is already there, unless it is known to be another one.
pub(super) fn check_present(to: &Path, expected: &Expected) -> Result<()> {
    let Some(sha256) = &expected.sha256 else {
        return Ok(());
    };
    let found = sha256_of(to).with_context(|| format!("{}: it cannot be read", to.display()))?;
    if found.eq_ignore_ascii_case(sha256) {
        return Ok(());
    }
    let remedy = "delete it and run the command again";
    Err(problem(to, format!("SHA-256 {found}"), format!("SHA-256 {sha256}"), remedy))
}

/// The complaint about a disk: full, or not to be written at all, which counts as [`Unavailable`].
pub(super) fn unwritable(path: &Path, error: &io::Error, expected: &Expected) -> anyhow::Error {
    let found = format!("it cannot be written ({error})");
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        let room = format!("room for {}", expected.describe());
        return problem(
            path,
            found,
            room,
            "make space and run the command again: it goes on where it stopped",
        );
    }
    unavailable(path, vec![found], expected).into()
}

/// The complaint when no address is left.
pub(super) fn unavailable(to: &Path, failures: Vec<String>, expected: &Expected) -> Unavailable {
    let remedy = "check the network and run the command again: it goes on where it stopped".into();
    Unavailable { file: to.into(), failures, expected: expected.describe(), remedy }
}
