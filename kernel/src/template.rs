//! The warm folder that every kernel starts from a copy of.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::copy::copy_warm;
use super::{analyzer, clean, place, preload, short_digest, shortcut};
use crate::finding::{Finding, SET_UP};
use crate::home::Home;
use crate::{evcxr, install, libtorch, notebooks};

/// Tells the launcher to work in this folder itself instead of in a copy: how the
/// template is built.
pub const BUILD_VARIABLE: &str = "MNIST_TUTORIAL_BUILD_TEMPLATE";

/// What a template was built of. Written into it last: a template without is unfinished.
const FACTS: &str = "facts.json";

/// How a template is built: where this differs, an older one is not as a new one would be.
const RECIPE: [&str; 2] =
    [include_str!("template.rs"), include_str!("../../notebooks/warm-up.ipynb")];

/// What a template was built of and for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The clone whose library it holds.
    pub project: PathBuf,
    /// `rustc -vV` of the compiler that built it: no other can use it.
    pub rustc: String,
    /// Folder of that compiler's programs.
    pub toolchain: PathBuf,
    /// Folder of the standard library, with which what evcxr compiles is linked.
    pub standard_library: PathBuf,
    /// The libtorch it is linked with.
    pub libtorch: PathBuf,
    /// Digest of compiler, libtorch and pinned dependencies.
    dependencies: String,
    /// Digest of the above, of the library's own source and of how the template is built.
    everything: String,
}

impl Facts {
    /// What a template for `project` would be built of now.
    pub fn now(home: &Home, project: &Path) -> Result<Facts> {
        let project = fs::canonicalize(project)
            .with_context(|| format!("cannot find {}", project.display()))?;
        let rustc = output_of(Command::new("rustc").arg("-vV").current_dir(&project))?;
        let print =
            |what| output_of(Command::new("rustc").args(["--print", what]).current_dir(&project));
        let toolchain = Path::new(&print("sysroot")?).join("bin");
        let standard_library = PathBuf::from(print("target-libdir")?);
        let found = libtorch::find(home, &project)?;
        let libtorch = found.with_context(|| format!("libtorch is missing; {SET_UP}"))?.folder;
        let mut digest = Sha256::new();
        digest.update(&rustc);
        digest.update(libtorch.as_os_str().as_encoded_bytes());
        digest.update(evcxr::VERSION);
        for file in ["Cargo.toml", "Cargo.lock"] {
            digest.update(read(&project.join(file))?);
        }
        let dependencies = format!("{:x}", digest.clone().finalize());
        digest.update(project.as_os_str().as_encoded_bytes());
        digest.update(read(&project.join("build.rs"))?);
        add_folder(&mut digest, &project.join("src"))?;
        RECIPE.iter().for_each(|text| digest.update(text));
        let everything = format!("{:x}", digest.finalize());
        Ok(Facts {
            project,
            rustc,
            toolchain,
            standard_library,
            libtorch,
            dependencies,
            everything,
        })
    }

    /// The facts of a finished template, `None` if there is none.
    pub fn of(template: &Path) -> Option<Facts> {
        serde_json::from_slice(&fs::read(template.join(FACTS)).ok()?).ok()
    }
}

/// Where the template of this clone lies.
pub fn folder(home: &Home, project: &Path) -> PathBuf {
    let project = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    let digest = short_digest(project.as_os_str().as_encoded_bytes());
    place::folder(home).join(format!("template-{digest}"))
}

/// The crate evcxr works in, inside a template or a private copy.
pub fn crate_folder(template: &Path) -> PathBuf {
    template.join("crate")
}

/// Where evcxr finds its settings, inside a private copy.
pub fn settings_folder(template: &Path) -> PathBuf {
    template.join("evcxr")
}

/// Whether this clone's template is finished and of today's source.
pub fn is_current(home: &Home, project: &Path) -> bool {
    let folder = folder(home, project);
    let is_same = |built: Facts| Facts::now(home, project).is_ok_and(|now| now == built);
    Facts::of(&folder).is_some_and(is_same) && is_older(&project.join("src"), &folder.join(FACTS))
}

/// Whether no file in `sources` was written after `file`. cargo judges by that alone: where
/// `git` has changed a file and changed it back, every kernel would compile the library. What an
/// editor writes beside a file and removes changes the folder alone, which cargo does not mind.
fn is_older(sources: &Path, file: &Path) -> bool {
    let Ok(built) = fs::metadata(file).and_then(|data| data.modified()) else { return false };
    let mut entries = walkdir::WalkDir::new(sources).into_iter();
    entries.all(|entry| {
        let Ok(entry) = entry else { return false };
        let modified = || entry.metadata().ok()?.modified().ok();
        entry.file_type().is_dir() || modified().is_some_and(|modified| modified <= built)
    })
}

/// Builds the template of this clone unless it is current.
pub fn build(home: &Home, project: &Path) -> Result<()> {
    if is_current(home, project) {
        return Ok(());
    }
    let facts = Facts::now(home, project)?;
    place::make(home)?;
    install::folder(&folder(home, project), install::Leftover::Remove, |new| {
        match relative(home, &facts) {
            Some(relative) => {
                copy_warm(&crate_folder(&relative), &crate_folder(new))?;
                clean::remove_library(&crate_folder(new));
            }
            None => fs::create_dir_all(crate_folder(new))?,
        }
        prepare(new, project)?;
        analyzer::prepare(new, &facts.toolchain)?;
        notebooks::warm_up(home, project, new)?;
        let compiled = crate_folder(new).join("target");
        ensure!(compiled.is_dir(), "the kernel compiled nothing in {}", compiled.display());
        clean::remove_intermediate(&crate_folder(new));
        shortcut::remove(new);
        preload::prepare(new, project)?;
        let content = serde_json::to_vec_pretty(&facts)?;
        fs::write(new.join(FACTS), content)
            .with_context(|| format!("cannot write into {}", new.display()))
    })?;
    Ok(())
}

/// Puts the settings and versions in place that evcxr's cargo is to use.
///
/// cargo reads settings from every folder above a crate: this one spares the optimiser
/// minutes with code that only passes calls on to libtorch, and every kernel 130 MB of
/// intermediate results for a library that cells do not change. For the cells themselves
/// those results are worth having: with them cargo needs 0.42 s of a processor for a small
/// one instead of 0.55 s.
fn prepare(template: &Path, project: &Path) -> Result<()> {
    let settings = template.join(".cargo");
    fs::create_dir_all(&settings)?;
    let text = "[profile.dev.package.torch-sys]\nopt-level = 0\n\
        [profile.dev.package.mnist_tutorial]\nincremental = false\n";
    fs::write(settings.join("config.toml"), text)?;
    let lock = project.join("Cargo.lock");
    fs::copy(&lock, crate_folder(template).join("Cargo.lock"))
        .with_context(|| format!("cannot copy {}", lock.display()))?;
    Ok(())
}

/// The finished template from which least has to be compiled: one with the same
/// dependencies, an older one of this clone or another clone's; else one of the same
/// compiler and libtorch, in which cargo compiles what differs.
fn relative(home: &Home, facts: &Facts) -> Option<PathBuf> {
    let kin = |of: &Facts| of.rustc == facts.rustc && of.libtorch == facts.libtorch;
    let same = |of: &Facts| of.dependencies == facts.dependencies;
    let found =
        templates(home).into_iter().filter_map(|template| Some((Facts::of(&template)?, template)));
    let kin = found.filter(|(of, _)| kin(of));
    kin.max_by_key(|(of, _)| same(of)).map(|(_, template)| template)
}

fn templates(home: &Home) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place::folder(home)) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.join(FACTS).is_file() && path.extension().is_none()).collect()
}

/// The template as a part of `cargo xtask doctor`.
pub fn inspect(home: &Home, project: &Path) -> Finding {
    const PART: &str = "kernel template";
    let folder = folder(home, project);
    match (Facts::of(&folder), Facts::now(home, project)) {
        (None, _) => Finding::missing(PART, format!("not in {}", folder.display()), SET_UP),
        (Some(_), Err(error)) => {
            Finding::wrong(PART, format!("{error:#}").lines().next().unwrap_or_default(), SET_UP)
        }
        (Some(built), Ok(now)) if built.rustc != now.rustc => {
            let compiler = built.rustc.lines().next().unwrap_or_default();
            Finding::wrong(PART, format!("built by another compiler, {compiler}"), SET_UP)
        }
        (Some(built), Ok(now)) if built.dependencies != now.dependencies => {
            Finding::wrong(PART, "built with other dependencies or another libtorch", SET_UP)
        }
        // A changed source is compiled by the kernel itself, in seconds.
        (Some(_), Ok(_)) => Finding::found(PART, folder.display().to_string()),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn add_folder(digest: &mut Sha256, folder: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        if entry.file_type().is_file() {
            digest.update(entry.path().as_os_str().as_encoded_bytes());
            digest.update(read(entry.path())?);
        }
    }
    Ok(())
}

/// What a program prints, without the white space around it.
pub(super) fn output_of(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let reason = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", reason.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_source_that_was_written_again_is_newer_than_the_template() {
        let folder = tempfile::tempdir().unwrap();
        let sources = folder.path().join("src");
        fs::create_dir(&sources).unwrap();
        fs::write(sources.join("lib.rs"), "").unwrap();
        let facts = folder.path().join(FACTS);
        assert!(!is_older(&sources, &facts));
        fs::write(&facts, "").unwrap();
        assert!(is_older(&sources, &facts));
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::open(&sources).unwrap().set_modified(later).unwrap();
        assert!(is_older(&sources, &facts));
        let source = fs::File::options().append(true).open(sources.join("lib.rs")).unwrap();
        source.set_modified(later).unwrap();
        assert!(!is_older(&sources, &facts));
    }
}
