//! Where everything lies: launcher, templates, the kernels' private folders, and what is in them.

use std::env;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::fs::{Access, access};

use crate::digest;
use crate::settings::Settings;

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
            Path::new("/var/tmp").join(format!("{}-{digest}", settings.name))
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
        false => make_own(settings, &folder),
    }
}

/// Makes a folder in a place that everybody can write to, for this user alone: what
/// lies there is run.
pub fn make_own(settings: &Settings, folder: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    check_owner(settings, folder)
}

/// Makes sure that nobody else could have put anything there.
pub fn check_owner(settings: &Settings, folder: &Path) -> Result<()> {
    let found = fs::symlink_metadata(folder)
        .with_context(|| format!("cannot find {}", folder.display()))?;
    let own = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
    ensure!(
        own && found.mode() & 0o022 == 0,
        "{} is not yours alone; remove it, or set {} to a folder without a space in its path",
        folder.display(),
        settings.variable("HOME")
    );
    Ok(())
}

/// Where kernels work: beside the template, where links to it can be made; where the cache is
/// shared and read-only, in the temporary folder, where the links become copies.
pub fn runs(settings: &Settings) -> Result<PathBuf> {
    let beside = kernels(settings).join("runs");
    if fs::create_dir_all(&beside).is_ok() && access(&beside, Access::WRITE_OK).is_ok() {
        return Ok(beside);
    }
    let user = rustix::process::getuid().as_raw();
    let elsewhere = env::temp_dir().join(format!("{}-kernels-{user}", settings.name));
    make_own(settings, &elsewhere)?;
    Ok(elsewhere)
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

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let settings = Settings::of_test(root.path());
        let own = root.path().join("own");
        make_own(&settings, &own).unwrap();
        make_own(&settings, &own).unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(make_own(&settings, &own).unwrap_err().to_string().contains("not yours alone"));
        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).unwrap();
        assert!(check_owner(&settings, &link).is_err());
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
