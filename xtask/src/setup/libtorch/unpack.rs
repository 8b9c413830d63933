//! Taking some files out of an archive, checking each one's checksum.

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// Writes the files that `choose` gives a place below `folder`; returns how many.
///
/// The archive's own checksums are checked, and no file lands outside `folder`.
pub fn some(
    archive: &Path,
    folder: &Path,
    choose: impl Fn(&Path) -> Option<PathBuf>,
) -> Result<usize> {
    let damaged = || format!("{} is damaged", archive.display());
    let file = File::open(archive).with_context(|| format!("cannot open {}", archive.display()))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).with_context(damaged)?;
    let mut count = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).with_context(damaged)?;
        let Some(name) = entry.enclosed_name() else {
            bail!("{}: it contains a path outside the archive", damaged());
        };
        let Some(place) = choose(&name).filter(|_| entry.is_file()) else {
            continue;
        };
        let target = folder.join(place);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        let cannot_write = || format!("cannot write {}", target.display());
        let mut output = File::create(&target).with_context(cannot_write)?;
        io::copy(&mut entry, &mut output).with_context(cannot_write)?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests;
