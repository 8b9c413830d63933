//! Where templates and the kernels' private folders lie.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{NAME, short_digest};
use crate::home::Home;

/// The folder of templates and private folders: in the cache, unless its path holds a
/// space. evcxr splits the path of what it compiled at the first one.
pub fn folder(home: &Home) -> PathBuf {
    let inside = home.kernels();
    match has_space(&inside) {
        false => inside,
        true => {
            let digest = short_digest(inside.as_os_str().as_encoded_bytes());
            Path::new("/var/tmp").join(format!("{NAME}-{digest}"))
        }
    }
}

/// Makes that folder; outside the cache, only its owner may enter.
pub fn make(home: &Home) -> Result<PathBuf> {
    let folder = folder(home);
    match folder == home.kernels() {
        true => fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?,
        false => make_own(&folder)?,
    }
    Ok(folder)
}

/// Makes a folder in a place that everybody can write to, for this user alone: what
/// lies there is run.
pub fn make_own(folder: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    check_owner(folder)
}

/// Makes sure that nobody else could have put anything there.
pub fn check_owner(folder: &Path) -> Result<()> {
    let found = fs::symlink_metadata(folder)
        .with_context(|| format!("cannot find {}", folder.display()))?;
    let own = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
    ensure!(
        own && found.mode() & 0o022 == 0,
        "{} is not yours alone; remove it, or set {} to a folder without a space in its path",
        folder.display(),
        crate::home::VARIABLE
    );
    Ok(())
}

/// Whether evcxr would stumble over this path.
pub fn has_space(path: &Path) -> bool {
    path.to_str().is_none_or(|path| path.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("own");
        make_own(&own).unwrap();
        make_own(&own).unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(make_own(&own).unwrap_err().to_string().contains("not yours alone"));
        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).unwrap();
        assert!(check_owner(&link).is_err());
    }

    #[test]
    fn kernels_work_where_no_path_has_a_space() {
        let plain = Home::at(Path::new("/home/zoë/cache")).unwrap();
        assert_eq!(folder(&plain), plain.kernels());
        let spaced = Home::at(Path::new("/home/my files/cache")).unwrap();
        assert!(!has_space(&folder(&spaced)));
        let other = Home::at(Path::new("/home/your files/cache")).unwrap();
        assert_ne!(folder(&spaced), folder(&other));
    }
}
