//! Where templates and the kernels' private folders lie.

use std::fs;
use std::os::unix::fs::MetadataExt;
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
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if folder != home.kernels() {
        use std::os::unix::fs::PermissionsExt;
        let owner = fs::metadata(&folder)?.uid();
        ensure!(
            owner == rustix::process::getuid().as_raw(),
            "{} belongs to somebody else; set {} to a folder without a space in its path",
            folder.display(),
            crate::home::VARIABLE
        );
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(folder)
}

/// Whether evcxr would stumble over this path.
pub fn has_space(path: &Path) -> bool {
    path.to_str().is_none_or(|path| path.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

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
