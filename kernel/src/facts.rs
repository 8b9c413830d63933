//! What a template is built of: the compiler, the environment, the crate and its own packages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::digest::Parts;
use crate::layout::{crate_folder, kernels, template_folder};
use crate::noted::Noted;
use crate::packages::{Package, packages, walk};
use crate::programs::{cargo_settings, output_of};
use crate::settings::{Environment, Settings};
use crate::variables::{self, Variables};

/// Their name in a template.
pub const FILE: &str = "facts.json";

/// Changes when an older version could not use a template, or this one an older version's.
const FORMAT: u32 = 2;

/// How a template is built: where this differs, an older one is not as a new one would be.
const RECIPE: [&str; 2] = [include_str!("template.rs"), include_str!("ahead.rs")];

/// What a template was built of and for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    format: u32,
    /// The clone whose crate it holds.
    pub project: PathBuf,
    /// `rustc -vV` of the compiler that built it: no other can use it.
    pub rustc: String,
    /// Folder of that compiler's programs.
    pub toolchain: PathBuf,
    /// Folder of the standard library, with which what evcxr compiles is linked.
    pub standard_library: PathBuf,
    /// What the crate found in the environment.
    pub environment: Environment,
    /// Other variables that cargo or a build script looks at, as they were.
    pub variables: Variables,
    /// Files beside the sources at whose change cargo compiles a part again.
    watched: BTreeSet<PathBuf>,
    /// The files of cargo's settings that hold for a kernel, also those that are not there.
    cargo_settings: Vec<PathBuf>,
    /// The versions of all dependencies.
    pub lock: PathBuf,
    /// What tells cargo how to build the packages, with their workspaces' own.
    manifests: BTreeSet<PathBuf>,
    /// The crate and those it depends on by path: what may change while a template stands.
    pub packages: Vec<Package>,
    /// Digest of compiler, environment, cargo's settings and pinned dependencies.
    pub dependencies: String,
    /// Digest of the above, of the packages' sources and of how the template is built.
    everything: String,
}

impl Facts {
    /// What the template of `project` would be built of now, where it is built as it was: with its
    /// variables, whichever this shell has.
    pub fn now(settings: &Settings, project: &Path, environment: &Environment) -> Result<Facts> {
        let built = Facts::of(&template_folder(settings, project));
        let variables = built.map_or_else(variables::of_shell, |built| built.variables);
        Facts::with(settings, project, environment, variables)
    }

    /// What a template for `project` would be built of with these variables.
    pub fn with(
        settings: &Settings,
        project: &Path,
        environment: &Environment,
        variables: Variables,
    ) -> Result<Facts> {
        let project = fs::canonicalize(project)
            .with_context(|| format!("cannot find {}", project.display()))?;
        let rustc =
            |words: &[&str]| output_of(Command::new("rustc").args(words).current_dir(&project));
        let mut facts = Facts {
            format: FORMAT,
            rustc: rustc(&["-vV"])?,
            toolchain: Path::new(&rustc(&["--print", "sysroot"])?).join("bin"),
            standard_library: PathBuf::from(rustc(&["--print", "target-libdir"])?),
            environment: environment.clone(),
            cargo_settings: cargo_settings(&kernels(settings), variables::cargo_home(&variables)),
            variables,
            project,
            ..Facts::default()
        };
        (facts.packages, facts.lock, facts.manifests) =
            packages(&facts.project, &settings.crate_name)?;
        let mut parts = facts.dependencies_now()?;
        facts.dependencies = parts.clone().name();
        for source in facts.packages.iter().flat_map(|package| &package.sources) {
            add(&mut parts, source)?;
        }
        RECIPE.iter().for_each(|part| parts.add(part));
        parts.add(&settings.cargo_config);
        settings.parts.iter().for_each(|part| parts.add(part));
        facts.everything = parts.name();
        Ok(facts)
    }

    /// The facts of this template, `None` if there is none of this version.
    pub fn of(template: &Path) -> Option<Facts> {
        let facts: Facts = serde_json::from_slice(&fs::read(template.join(FILE)).ok()?).ok()?;
        (facts.format == FORMAT).then_some(facts)
    }

    /// Writes them into the template that is begun in this folder.
    pub fn write(&self, template: &Path) -> Result<()> {
        fs::write(template.join(FILE), serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write into {}", template.display()))
    }

    /// What [`Facts::dependencies`] would be a digest of now, for this compiler.
    pub fn dependencies_now(&self) -> Result<Parts> {
        let mut parts = Parts::default();
        parts.add(&self.rustc);
        parts.add(serde_json::to_vec(&self.environment)?);
        add(&mut parts, &self.lock)?;
        for manifest in &self.manifests {
            add(&mut parts, manifest)?;
        }
        for file in &self.cargo_settings {
            parts.add(file.as_os_str().as_encoded_bytes());
            parts.add(fs::read(file).unwrap_or_default());
        }
        Ok(parts)
    }

    /// Adds what cargo has noted of the finished build in `template`: what it looked at.
    pub fn note(&mut self, template: &Path) -> Result<()> {
        let kept = variables::cargo_home(&self.variables).to_owned();
        let target = crate_folder(template).join("target");
        let noted = Noted::read(&target, &self.packages, &kept)?;
        variables::add(&mut self.variables, noted.variables, &self.environment);
        self.watched = noted.files;
        // What was written meanwhile is newer than the template, and the file tells how old that is.
        let file = template.join(FILE);
        let begun = fs::metadata(&file).and_then(|data| data.modified());
        let begun = begun.with_context(|| format!("cannot read {}", file.display()))?;
        self.write(template)?;
        let written = fs::File::options().append(true).open(&file);
        written
            .and_then(|written| written.set_modified(begun))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// Whether a template of these facts, which lies there, is as one would be that is built
    /// `now`: of the same content, and of files that cargo takes for unchanged. It judges by their
    /// times alone: where `git` has changed a file and changed it back, it compiles again.
    pub fn are_current(&self, now: &Facts, template: &Path) -> bool {
        let now = Facts { watched: self.watched.clone(), ..now.clone() };
        let modified = |file: &Path| fs::metadata(file).and_then(|data| data.modified());
        let Ok(built) = modified(&template.join(FILE)) else { return false };
        *self == now
            && self.watched.iter().all(|file| modified(file).is_ok_and(|changed| changed <= built))
    }

    /// The names that cargo gives the files of the project's own packages.
    pub fn own_crates(&self) -> Vec<String> {
        let names = self.packages.iter().flat_map(|one| [one.name.clone(), one.library.clone()]);
        names.collect()
    }
}

/// Adds a file, or all below a folder, with their paths.
fn add(parts: &mut Parts, path: &Path) -> Result<()> {
    for entry in walk(path) {
        let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
        if !entry.file_type().is_dir() {
            let file = entry.path();
            parts.add(file.as_os_str().as_encoded_bytes());
            let content = fs::read(file);
            parts.add(content.with_context(|| format!("cannot read {}", file.display()))?);
        }
    }
    Ok(())
}

#[cfg(test)]
impl Facts {
    /// Facts of a clone in which nothing is.
    pub fn of_test(project: &Path) -> Facts {
        Facts {
            format: FORMAT,
            project: project.into(),
            lock: project.join("Cargo.lock"),
            manifests: [project.join("Cargo.toml")].into(),
            packages: vec![Package {
                name: "library".into(),
                library: "library".into(),
                folder: project.into(),
                sources: vec![project.join("src")],
            }],
            ..Facts::default()
        }
    }
}

#[cfg(test)]
mod tests;
