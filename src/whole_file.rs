//! Files that appear whole or not at all.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::NamedTempFile;

/// How the names of temporary files begin.
const PREFIX: &str = ".saving-";
/// No save takes that long: an older temporary file was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Has `fill` write a file beside `path`, then puts that one in its place: a reader finds the
/// old file or the new one, never a part, and a failure leaves nothing behind. The folder is made
/// if it is missing.
///
/// # Errors
/// Those of `fill`, or that the folder cannot be made or the disk cannot be written to; the caller names the file.
pub(crate) fn write(
    path: &Path,
    fill: impl FnOnce(&mut NamedTempFile) -> Result<()>,
) -> Result<()> {
    make_folder(path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
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
    // Has the new name in the folder outlive a power cut. The file is in place by now, so where
    // a folder cannot be opened for that, this is no failure.
    #[cfg(unix)]
    if let Ok(folder) = fs::File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Makes the folder that a file is to be in.
///
/// # Errors
/// If that cannot be done, naming the folder.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot make this folder", folder.display()))
}

/// Finds out, before hours of work, whether a file can be written at `path`.
///
/// # Errors
/// If it cannot, naming it.
pub(crate) fn check(path: &Path) -> Result<()> {
    ensure!(!path.is_dir(), "{}: a folder, expected the name of a file", path.display());
    make_folder(path)?;
    let folder = folder_of(path);
    tempfile::tempfile_in(folder)
        .with_context(|| format!("{}: cannot write into this folder", folder.display()))?;
    remove_abandoned(folder);
    Ok(())
}

/// Removes what killed processes left half-written; what cannot be removed does no harm.
fn remove_abandoned(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let age = entry.metadata().and_then(|data| data.modified()).map(|time| time.elapsed());
        if matches!(age, Ok(Ok(age)) if age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The folder that a file is in, the current one for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}
