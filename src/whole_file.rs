//! Files that appear whole or not at all.

use std::path::Path;

use anyhow::Result;
use tempfile::NamedTempFile;

/// Has `fill` write a file beside `path`, then puts that one in its place: a reader finds the
/// old file or the new one, never a part, and a failure leaves nothing behind.
///
/// # Errors
/// Those of `fill`, or that the folder or the disk cannot be written to; the caller names the file.
pub(crate) fn write(
    path: &Path,
    fill: impl FnOnce(&mut NamedTempFile) -> Result<()>,
) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".saving-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any new file gets, less the process's umask; a temporary one is its owner's alone.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    fill(&mut file)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The folder that a file is in, the current one for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
