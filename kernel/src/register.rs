//! What Jupyter finds: the launcher, the kernel's description, and the extension of JupyterLab and
//! Notebook 7 that shows what a cell goes on printing after the page was reloaded.
//!
//! Each clone has a folder of its own for Jupyter, in the cache. In the user's own, which other
//! front ends read too, a kernel stands only where it was asked for; the cache remembers that
//! folder by a link.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::digest;
use crate::files;
use crate::finding::{Finding, State};
use crate::layout::{jupyter_folder, jupyter_folders, launcher_file, launchers, settings_file};
use crate::settings::Settings;

/// The extension's name in its own files; installed, it bears the kernel's.
const EXTENSION: &str = "rust-kernel-live";

/// Names and contents.
const FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("../labextension/package.json")),
    ("static/remoteEntry.js", include_str!("../labextension/static/remoteEntry.js")),
];

/// Whether the clone's Jupyter finds this version of the kernel, with these settings.
pub fn inspect(settings: &Settings, project: &Path) -> Finding {
    let file = specification_file(settings, &jupyter_folder(settings, project));
    let of_before = specification_file(settings, &folder_of_before(settings));
    let finding = |state, detail| Finding::new("kernel", state, detail);
    let is_this = |(file, text): &(PathBuf, String)| {
        fs::read_to_string(file).is_ok_and(|found| found == *text)
    };
    let is_current =
        launcher_file(settings).is_file() && written(settings, project).iter().all(is_this);
    match [&file, &of_before].into_iter().find(|file| file.exists()) {
        Some(_) if is_current => {
            finding(State::Found, format!("{} in {}", settings.name, file.display()))
        }
        Some(file) => finding(State::Wrong, format!("{} is of another version", file.display())),
        None => finding(State::Missing, format!("{} is not there", file.display())),
    }
}

/// Registers the clone's kernel, with `program` as its launcher. It is copied into the cache, so
/// that `cargo clean` leaves the kernel alone; launchers that no kernel names any more go.
pub fn register(settings: &Settings, project: &Path, program: &Path) -> Result<()> {
    let launcher = launcher_file(settings);
    let copied = || files::write(&launcher, &fs::read(program)?, 0o755);
    copied().with_context(|| format!("cannot copy {}", program.display()))?;
    for (file, text) in written(settings, project) {
        files::write(&file, text.as_bytes(), 0o644)?;
    }
    files::remove(&folder_of_before(settings))?;
    remove_unnamed(settings)
}

/// The one folder that clones of the versions before shared.
fn folder_of_before(settings: &Settings) -> PathBuf {
    jupyter_folders(settings).join("data")
}

/// Removes the kernels of clones that are gone, and then the launchers and settings that none
/// names. A kernel that still runs one loses nothing but its successor.
fn remove_unnamed(settings: &Settings) -> Result<()> {
    let mut named = Vec::new();
    for folder in files::entries(&jupyter_folders(settings)) {
        let found = Specification::read(settings, &folder).ok().flatten();
        match found.filter(|found| found.cache == settings.cache) {
            // One in a user's own folder is theirs to remove.
            Some(found) if folder.is_symlink() || found.project.is_dir() => {
                named.extend([found.launcher, found.settings]);
            }
            None if !folder.is_symlink() => {}
            _ => files::remove(&folder)?,
        }
    }
    let others = files::entries(&launchers(settings)).into_iter();
    others.filter(|file| !named.contains(file)).try_for_each(|file| files::remove(&file))
}

/// The files that differ with version and settings; the kernel's description comes last.
fn written(settings: &Settings, project: &Path) -> Vec<(PathBuf, String)> {
    let jupyter = jupyter_folder(settings, project);
    let own = format!("{}-live", settings.name);
    let folder = jupyter.join("labextensions").join(&own);
    let extension = FILES.map(|(name, text)| (folder.join(name), text.replace(EXTENSION, &own)));
    let mut files = vec![(settings_file(settings, project), format!("{:#}", json!(settings)))];
    files.extend(extension);
    files.push((specification_file(settings, &jupyter), specification(settings, project)));
    files
}

fn specification_file(settings: &Settings, jupyter: &Path) -> PathBuf {
    jupyter.join("kernels").join(&settings.name).join("kernel.json")
}

/// What Jupyter reads to start the kernel.
fn specification(settings: &Settings, project: &Path) -> String {
    let (launcher, file) = (launcher_file(settings), settings_file(settings, project));
    let specification = json!({
        "argv": [launcher, "run", file, "{connection_file}"],
        "display_name": settings.display_name,
        "language": "rust",
        "interrupt_mode": "message",
        "env": { settings.variable("HOME"): settings.cache, settings.variable("PROJECT"): project },
    });
    format!("{specification:#}")
}

/// Makes sure that no other kernel bears this one's name in a user's own folder of Jupyter's.
///
/// # Errors
/// One does.
pub fn check_in(jupyter: &Path, settings: &Settings) -> Result<()> {
    Specification::read(settings, jupyter).map(|_| ())
}

/// Registers the clone's kernel in a user's own folder of Jupyter's, where other front ends find
/// it too.
///
/// # Errors
/// It is not registered in the cache, or another kernel bears its name there.
pub fn register_in(jupyter: &Path, settings: &Settings, project: &Path) -> Result<PathBuf> {
    let (launcher, remedy) = (launcher_file(settings), &settings.remedy);
    ensure!(launcher.is_file(), "{} is not there; {remedy}", launcher.display());
    check_in(jupyter, settings)?;
    let file = specification_file(settings, jupyter);
    let link = link_to(settings, jupyter);
    if !link.is_symlink() {
        let linked = fs::create_dir_all(jupyter_folders(settings));
        let linked = linked.and_then(|()| symlink(jupyter, &link));
        linked.with_context(|| format!("cannot make {}", link.display()))?;
    }
    files::write(&file, specification(settings, project).as_bytes(), 0o644)?;
    Ok(file)
}

/// Removes the kernel from there; its description if there was one.
///
/// # Errors
/// Another kernel bears its name there.
pub fn unregister_in(jupyter: &Path, settings: &Settings) -> Result<Option<PathBuf>> {
    let found = Specification::read(settings, jupyter)?;
    let file = specification_file(settings, jupyter);
    files::remove(&file)?;
    // What others put there stays, and its folder with it.
    let _ = file.parent().map(fs::remove_dir);
    files::remove(&link_to(settings, jupyter))?;
    Ok(found.map(|_| file))
}

/// The users' own folders in which a kernel of this cache was registered.
pub fn registered_in(settings: &Settings) -> Vec<PathBuf> {
    let folders = files::entries(&jupyter_folders(settings)).into_iter();
    let folders = folders.filter_map(|folder| fs::read_link(folder).ok());
    let is_of_cache = |folder: &PathBuf| {
        let found = Specification::read(settings, folder).ok().flatten();
        found.is_some_and(|found| found.cache == settings.cache)
    };
    folders.filter(is_of_cache).collect()
}

/// Whether a kernel is registered in a user's own folder, and can be used.
pub fn inspect_in(jupyter: &Path, settings: &Settings, project: &Path) -> Finding {
    let file = specification_file(settings, jupyter);
    let finding = |state, detail| Finding::new("kernel elsewhere", state, detail);
    let found = match Specification::read(settings, jupyter) {
        Err(error) => return finding(State::Missing, format!("{error:#}")),
        Ok(None) => return finding(State::Missing, format!("not in {}", jupyter.display())),
        Ok(Some(found)) => found,
    };
    let shown = file.display();
    let gone = [&found.launcher, &found.settings, &found.project];
    if let Some(gone) = gone.into_iter().find(|path| !path.exists()) {
        return finding(State::Wrong, format!("{shown} names {}, which is gone", gone.display()));
    }
    let is_older = found.project == project
        && fs::read_to_string(&file).is_ok_and(|text| text != specification(settings, project));
    match is_older {
        true => finding(State::Wrong, format!("{shown} is of another version")),
        false => finding(State::Found, format!("{shown}, of {}", found.project.display())),
    }
}

fn link_to(settings: &Settings, jupyter: &Path) -> PathBuf {
    let digest = digest::short(jupyter.as_os_str().as_encoded_bytes());
    jupyter_folders(settings).join(format!("user-{digest}"))
}

/// What a kernel's description names.
struct Specification {
    cache: PathBuf,
    project: PathBuf,
    launcher: PathBuf,
    settings: PathBuf,
}

impl Specification {
    /// The one in this folder of Jupyter's, if there is any.
    ///
    /// # Errors
    /// It is another kernel's, or cannot be read.
    fn read(settings: &Settings, jupyter: &Path) -> Result<Option<Specification>> {
        let file = specification_file(settings, jupyter);
        let text = match fs::read(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("cannot read {}", file.display()))?,
        };
        let found: Value = serde_json::from_slice(&text).unwrap_or_default();
        let path = |value: &Value| PathBuf::from(value.as_str().unwrap_or_default());
        let variable = |name: &str| path(&found["env"][settings.variable(name)]);
        let [launcher, file_of_settings] = [0, 2].map(|index| path(&found["argv"][index]));
        let cache = variable("HOME");
        ensure!(
            cache.is_absolute() && launcher.starts_with(&cache),
            "{} is another kernel's and is left alone; rename or remove it",
            file.display()
        );
        let project = variable("PROJECT");
        Ok(Some(Specification { cache, project, launcher, settings: file_of_settings }))
    }
}

#[cfg(test)]
mod tests;
