//! The warm folder that every kernel starts from a copy of.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::copy::copy_warm;
use crate::doctor::Finding;
use crate::home::Home;
use crate::progress::Progress;
use crate::{evcxr, libtorch, notebooks};

/// Tells the launcher to work in this folder itself instead of in a copy: how the
/// template is built.
pub const BUILD_VARIABLE: &str = "MNIST_TUTORIAL_BUILD_TEMPLATE";

/// What a template was built of and for; stored beside it, last, so that a template
/// without this file is unfinished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The clone whose library it holds.
    pub project: PathBuf,
    /// `rustc -vV` of the compiler that built it: no other can use it.
    pub rustc: String,
    /// Folder of that compiler's programs.
    pub toolchain: PathBuf,
    /// The libtorch it is linked with.
    pub libtorch: PathBuf,
    /// Digest of compiler, libtorch and pinned dependencies.
    pub dependencies: String,
    /// Digest of the above and of the library's own source.
    pub everything: String,
}

impl Facts {
    /// What a template for `project` would have to be built of now.
    pub fn now(project: &Path) -> Result<Self> {
        let rustc = output_of(Command::new("rustc").arg("-vV").current_dir(project))?;
        let sysroot =
            output_of(Command::new("rustc").args(["--print", "sysroot"]).current_dir(project))?;
        let libtorch = libtorch::linked(project)?;
        let mut digest = Sha256::new();
        for part in [rustc.as_bytes(), libtorch.to_string_lossy().as_bytes()] {
            digest.update(part);
        }
        digest.update(evcxr::VERSION);
        for file in ["Cargo.toml", "Cargo.lock"] {
            digest.update(read(&project.join(file))?);
        }
        let dependencies = format!("{:x}", digest.clone().finalize());
        digest.update(project.to_string_lossy().as_bytes());
        digest.update(read(&project.join("build.rs"))?);
        add_folder(&mut digest, &project.join("src"))?;
        Ok(Self {
            project: project.to_owned(),
            rustc,
            toolchain: Path::new(&sysroot).join("bin"),
            libtorch,
            dependencies,
            everything: format!("{:x}", digest.finalize()),
        })
    }

    /// Where the template of this clone lies.
    pub fn folder(home: &Home, project: &Path) -> PathBuf {
        let digest = format!("{:x}", Sha256::digest(project.to_string_lossy().as_bytes()));
        home.kernels().join(format!("template-{}", &digest[..16]))
    }

    /// Reads the facts of a finished template, `None` if there is none.
    pub fn of(template: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(template.join("facts.json")).ok()?).ok()
    }
}

/// The crate evcxr works in, inside a template or a private copy.
pub fn crate_folder(template: &Path) -> PathBuf {
    template.join("crate")
}

/// Builds the template of this clone unless it is there and up to date.
pub fn ensure(home: &Home, project: &Path, progress: &Progress) -> Result<()> {
    let facts = Facts::now(project)?;
    let folder = Facts::folder(home, project);
    if Facts::of(&folder).as_ref() == Some(&facts) {
        progress.present("kernel", &folder);
        return Ok(());
    }
    let partial = folder.with_extension("partial");
    remove(&partial)?;
    match relative(home, &facts) {
        Some(relative) => {
            progress.start("kernel: compiling this clone's library", "30 s");
            copy_warm(&crate_folder(&relative), &crate_folder(&partial))?;
        }
        None => {
            progress.start("kernel: compiling libtorch's wrapper and the library", "4 min");
            fs::create_dir_all(crate_folder(&partial))?;
        }
    }
    prepare(&partial, project)?;
    notebooks::warm_up(home, project, &partial)?;
    let cell = crate_folder(&partial).join("target");
    ensure!(cell.is_dir(), "{}: the kernel compiled nothing there", cell.display());
    fs::write(partial.join("facts.json"), serde_json::to_vec_pretty(&facts)?)?;
    remove(&folder)?;
    fs::rename(&partial, &folder)
        .with_context(|| format!("{}: cannot be put in place", folder.display()))?;
    remove_orphans(home);
    progress.done("kernel", &folder);
    Ok(())
}

/// cargo reads settings from every folder above a crate: this one spares the
/// optimiser minutes with code that only passes calls on to libtorch. The lock file
/// makes the kernel compile the versions this project is tested with.
fn prepare(template: &Path, project: &Path) -> Result<()> {
    let settings = template.join(".cargo");
    fs::create_dir_all(&settings)?;
    fs::write(settings.join("config.toml"), "[profile.dev.package.torch-sys]\nopt-level = 0\n")?;
    fs::copy(project.join("Cargo.lock"), crate_folder(template).join("Cargo.lock"))
        .with_context(|| format!("{}: cannot be copied", project.join("Cargo.lock").display()))?;
    Ok(())
}

/// A finished template with the same dependencies: an older one of this clone, or
/// another clone's.
fn relative(home: &Home, facts: &Facts) -> Option<PathBuf> {
    templates(home)
        .into_iter()
        .find(|template| Facts::of(template).is_some_and(|of| of.dependencies == facts.dependencies))
}

fn templates(home: &Home) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(home.kernels()) else { return Vec::new() };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("facts.json").is_file() && path.extension().is_none())
        .collect()
}

/// Templates of clones that are gone hold half a gigabyte each for nobody.
fn remove_orphans(home: &Home) {
    for template in templates(home) {
        if Facts::of(&template).is_some_and(|facts| !facts.project.exists()) {
            let _ = fs::remove_dir_all(template);
        }
    }
}

/// The template as a part of `cargo xtask doctor`.
pub fn inspect(home: &Home, project: &Path) -> Finding {
    let part = "kernel template";
    let folder = Facts::folder(home, project);
    let remedy = "run `cargo xtask setup`";
    match (Facts::of(&folder), Facts::now(project)) {
        (None, _) => Finding::missing(part, folder.display(), remedy),
        (Some(_), Err(error)) => Finding::wrong(part, format!("{error:#}"), remedy),
        (Some(built), Ok(now)) if built.rustc != now.rustc => {
            let compiler = built.rustc.lines().next().unwrap_or_default();
            Finding::wrong(part, format!("built by another compiler, {compiler}"), remedy)
        }
        (Some(built), Ok(now)) if built.dependencies != now.dependencies => {
            Finding::wrong(part, "built with other dependencies or another libtorch", remedy)
        }
        // A changed source is compiled by the kernel itself, in seconds.
        (Some(_), Ok(_)) => Finding::found(part, folder.display()),
    }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{}: cannot be read", file.display()))
}

fn add_folder(digest: &mut Sha256, folder: &Path) -> Result<()> {
    let mut entries = fs::read_dir(folder)
        .with_context(|| format!("{}: cannot be read", folder.display()))?
        .collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        digest.update(entry.file_name().to_string_lossy().as_bytes());
        match entry.file_type()?.is_dir() {
            true => add_folder(digest, &entry.path())?,
            false => digest.update(read(&entry.path())?),
        }
    }
    Ok(())
}

fn output_of(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.output().with_context(|| format!("{shown}: cannot be started"))?;
    ensure!(output.status.success(), "{shown}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
