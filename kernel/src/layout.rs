//! Where everything lies: launcher, templates, the kernels' private folders, and what is in them.

use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::fs::{Access, access};

use crate::settings::Settings;
use crate::{digest, files};

/// This version's name.
pub const VERSION: &str = env!("KERNEL_VERSION");

/// The folder of launchers and their settings.
pub fn launchers(settings: &Settings) -> PathBuf {
    settings.cache.join("launcher")
}

/// The program that Jupyter starts. Its name tells its version: clones of one version share it.
pub fn launcher_file(settings: &Settings) -> PathBuf {
    launchers(settings).join(VERSION)
}

/// What it is started with for this clone. Clones of one version can differ in their settings.
pub fn settings_file(settings: &Settings, project: &Path) -> PathBuf {
    launchers(settings).join(format!("{VERSION}-{}.json", clone_name(project)))
}

/// Folders in which Jupyter looks for kernels, as its `JUPYTER_DATA_DIR`: one for each clone, and
/// links to the users' own in which a kernel was registered.
pub fn jupyter_folders(settings: &Settings) -> PathBuf {
    settings.cache.join("jupyter")
}

/// This clone's, so that two clones of different versions leave each other's kernel alone.
pub fn jupyter_folder(settings: &Settings, project: &Path) -> PathBuf {
    jupyter_folders(settings).join(format!("clone-{}", clone_name(project)))
}

/// The folder of templates and private folders: in the cache, unless its path holds a
/// space. evcxr splits the path of what it compiled at the first one.
pub fn kernels(settings: &Settings) -> PathBuf {
    let inside = settings.cache.join("kernels");
    match has_space(&inside) {
        false => inside,
        true => {
            let digest = digest::short(inside.as_os_str().as_encoded_bytes());
            own(Path::new("/var/tmp").join(format!("{}-{digest}", settings.name)))
        }
    }
}

/// Makes that folder; outside the cache, only its owner may enter.
pub fn make_kernels(settings: &Settings) -> Result<()> {
    let folder = kernels(settings);
    match folder.starts_with(&settings.cache) {
        true => {
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))
        }
        false => make_own(&folder),
    }
}

/// A folder into which only this user can look or write: the one of this name, or one beside it
/// where somebody else has that name.
pub fn own_folder(folder: PathBuf) -> Result<PathBuf> {
    let folder = own(folder);
    make_own(&folder)?;
    Ok(folder)
}

/// Where the folder of this name that is this user's alone is, or is to be made. In a place where
/// everybody can write, somebody else may have taken the name; nobody can take the other one,
/// which is not known before it is there.
fn own(folder: PathBuf) -> PathBuf {
    if check_owner(&folder).is_ok() || fs::symlink_metadata(&folder).is_err() {
        return folder;
    }
    let beginning = files::beside(&folder, "-");
    let is_other = |path: &PathBuf| {
        let names = [path, &beginning].map(|path| path.file_name().unwrap_or_default());
        names[0].as_encoded_bytes().starts_with(names[1].as_encoded_bytes())
    };
    let mut others = files::entries(folder.parent().unwrap_or(Path::new("/")));
    others.sort();
    let found = others.into_iter().find(|path| is_other(path) && check_owner(path).is_ok());
    let number = || RandomState::new().hash_one(&folder);
    found.unwrap_or_else(|| files::beside(&beginning, &format!("{:016x}", number())))
}

/// Makes a folder into which only this user can look or write: what lies there is run, and tells
/// what a notebook does.
///
/// # Errors
/// It cannot be made, or somebody else has made it.
pub fn make_own(folder: &Path) -> Result<()> {
    let cannot = || format!("cannot make {}", folder.display());
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).with_context(cannot)?;
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(cannot)?;
    check_owner(folder)?;
    if fs::symlink_metadata(folder).with_context(cannot)?.mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).with_context(cannot)?;
    }
    Ok(())
}

/// Makes sure that nobody else could have put anything there.
pub fn check_owner(folder: &Path) -> Result<()> {
    let found = fs::symlink_metadata(folder)
        .with_context(|| format!("cannot find {}", folder.display()))?;
    ensure!(
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw(),
        "{} is somebody else's; remove it, or have it removed",
        folder.display()
    );
    ensure!(
        found.mode() & 0o022 == 0,
        "others may write to {0}; remove it, or `chmod 700 {0}` if what lies there is yours",
        folder.display()
    );
    Ok(())
}

/// Where this user's kernels work: beside the template, where links to it can be made; where the
/// cache is shared and read-only, in the temporary folder, where the links become copies.
pub fn runs(settings: &Settings) -> Result<PathBuf> {
    match own_folder(kernels(settings).join("runs")) {
        Ok(beside) if access(&beside, Access::WRITE_OK).is_ok() => Ok(beside),
        _ => {
            let user = rustix::process::getuid().as_raw();
            own_folder(env::temp_dir().join(format!("{}-kernels-{user}", settings.name)))
        }
    }
}

/// Where the template of this clone lies.
pub fn template_folder(settings: &Settings, project: &Path) -> PathBuf {
    kernels(settings).join(format!("template-{}", clone_name(project)))
}

fn clone_name(project: &Path) -> String {
    let project = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    digest::short(project.as_os_str().as_encoded_bytes())
}

/// The crate evcxr works in, inside a template or a private copy.
pub fn crate_folder(kernel: &Path) -> PathBuf {
    kernel.join("crate")
}

/// The versions of all dependencies: as the clone pins them in a kernel's own folder, as cargo goes
/// by them in the crate's.
pub fn lock_file(folder: &Path) -> PathBuf {
    folder.join("Cargo.lock")
}

/// Where evcxr finds its configuration, inside a private copy.
pub fn evcxr_folder(kernel: &Path) -> PathBuf {
    kernel.join("evcxr")
}

/// What the relay leaves and finds, inside a private copy.
pub fn relay_folder(kernel: &Path) -> PathBuf {
    kernel.join("relay")
}

/// Holds the sources that rust-analyzer sees in a template, the stand-ins that it runs in a
/// private copy, and in both the answers these remember. The one folder of a template that
/// kernels do not copy.
pub fn analyzer_folder(kernel: &Path) -> PathBuf {
    kernel.join("analyzer")
}

/// Whether evcxr would stumble over this path.
fn has_space(path: &Path) -> bool {
    path.to_str().is_none_or(|path| path.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(folder: &Path) -> u32 {
        fs::metadata(folder).unwrap().mode() & 0o777
    }

    fn set_mode(folder: &Path, mode: u32) {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_of_ones_own_is_made_once_and_nobody_else_can_look_into_it() {
        let root = tempfile::tempdir().unwrap();
        let name = root.path().join("below/own");
        assert_eq!(own_folder(name.clone()).unwrap(), name);
        assert_eq!(mode(&name), 0o700);
        assert_ne!(mode(&root.path().join("below")), 0o700);
        // As an earlier version made it.
        set_mode(&name, 0o755);
        assert_eq!(own_folder(name.clone()).unwrap(), name);
        assert_eq!(mode(&name), 0o700);
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        let name = root.path().join("own");
        make_own(&name).unwrap();
        set_mode(&name, 0o777);
        let error = make_own(&name).unwrap_err().to_string();
        assert!(error.starts_with("others may write to"), "{error}");
        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).unwrap();
        for taken in [name, link] {
            let other = own_folder(taken.clone()).unwrap();
            assert_ne!(other, taken);
            assert_eq!(own_folder(taken).unwrap(), other);
            assert_eq!(mode(&other), 0o700);
        }
    }

    #[test]
    fn a_folder_that_somebody_else_made_blocks_nobody() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root can make folders that belong to others");
            return;
        }
        const OTHER: Option<u32> = Some(65534);
        let root = tempfile::tempdir().unwrap();
        let name = root.path().join("kernels-0");
        for taken in [&name, &root.path().join("kernels-0-theirs")] {
            fs::create_dir(taken).unwrap();
            std::os::unix::fs::chown(taken, OTHER, OTHER).unwrap();
        }
        let error = make_own(&name).unwrap_err().to_string();
        assert!(error.contains("kernels-0 is somebody else's"), "{error}");
        let own = own_folder(name.clone()).unwrap();
        assert_eq!((own_folder(name.clone()).unwrap(), mode(&own)), (own.clone(), 0o700));
        // In a cache that several write to, each has kernels of its own.
        let settings = Settings::of_test(root.path());
        let theirs = kernels(&settings).join("runs");
        fs::create_dir_all(&theirs).unwrap();
        std::os::unix::fs::chown(&theirs, OTHER, OTHER).unwrap();
        let ours = runs(&settings).unwrap();
        assert_eq!(ours.parent(), theirs.parent());
        assert_ne!(ours, theirs);
    }

    #[test]
    fn kernels_work_where_no_path_has_a_space() {
        let of = |cache: &str| kernels(&Settings::of_test(Path::new(cache)));
        assert_eq!(of("/home/zoë/cache"), Path::new("/home/zoë/cache/kernels"));
        let spaced = of("/home/my files/cache");
        assert!(!has_space(&spaced));
        assert_ne!(spaced, of("/home/your files/cache"));
    }
}
