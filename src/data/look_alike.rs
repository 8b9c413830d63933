//! Digits drawn by the crate: stub.
use super::files::MnistFile;
use super::{Found, Settings};
use anyhow::Result;
use std::path::Path;

/// The checksum.
pub(crate) fn checksum(_file: &MnistFile) -> Option<&'static str> {
    None
}

/// Whether drawn.
pub(crate) fn is_drawn(_folder: &Path) -> bool {
    false
}

/// Instead.
pub(crate) fn instead(
    _settings: &Settings,
    reason: &anyhow::Error,
    _say: &mut dyn FnMut(&str),
) -> Result<Found> {
    Err(anyhow::anyhow!("{reason:#}"))
}
