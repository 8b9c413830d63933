//! The warm folder that every kernel starts from a copy of.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::copy::{Unlinked, copy_warm, remove_intermediate, remove_own};
use crate::facts::{self, Facts};
use crate::finding::{Finding, State};
use crate::layout::{crate_folder, kernels, lock_file, make_kernels, template_folder};
use crate::settings::{Environment, Settings};
use crate::variables::{self, Variables};
use crate::{ahead, analyzer, files, shortcut};

/// Whether this clone's template is finished and of today's source. One of an older source can
/// still be used, but every kernel then compiles the change again.
pub fn is_current(settings: &Settings, project: &Path, environment: &Environment) -> bool {
    let folder = template_folder(settings, project);
    let Ok(now) = Facts::now(settings, project, environment) else { return false };
    Facts::of(&folder).is_some_and(|built| built.are_current(&now, &folder))
}

/// Compiles the crate and its dependencies for the template of this clone, unless it is current,
/// before evcxr is there; [`build`] goes on from there. `run` runs each command that it is given.
pub fn compile(
    settings: &Settings,
    project: &Path,
    environment: &Environment,
    run: impl FnMut(&mut Command) -> Result<()>,
) -> Result<()> {
    if is_current(settings, project, environment) {
        return Ok(());
    }
    let (facts, relative) = plan(settings, project, environment)?;
    let new = files::beside(&template_folder(settings, project), ".partial");
    begin(settings, &facts, relative.as_deref(), &new)?;
    ahead::commands(settings, &facts, &new)?.iter_mut().try_for_each(run)
}

/// Builds the template of this clone unless it is current. `warm_up` is given the folder and runs
/// a few cells with the variable `…BUILD_TEMPLATE` naming it, so that the kernel works there.
pub fn build(
    settings: &Settings,
    project: &Path,
    environment: &Environment,
    warm_up: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    if is_current(settings, project, environment) {
        return Ok(());
    }
    let (mut facts, relative) = plan(settings, project, environment)?;
    files::folder(&template_folder(settings, project), files::Leftover::Resume, |new| {
        begin(settings, &facts, relative.as_deref(), new)?;
        // Before the warm-up: a source that changes meanwhile is newer.
        facts.write(new)?;
        warm_up(new)?;
        let compiled = crate_folder(new).join("target");
        ensure!(compiled.is_dir(), "the kernel compiled nothing in {}", compiled.display());
        facts.note(new)?;
        remove_intermediate(&crate_folder(new));
        shortcut::remove(new);
        Ok(())
    })
}

/// What a template is to be built of, and the one that spares most of it.
fn plan(
    settings: &Settings,
    project: &Path,
    environment: &Environment,
) -> Result<(Facts, Option<PathBuf>)> {
    // Nothing that is compiled already is to be compiled again because this shell has others.
    let (variables, relative) =
        match relative(settings, &Facts::now(settings, project, environment)?) {
            Some((variables, relative)) => (variables, Some(relative)),
            None => (variables::of_shell(), None),
        };
    Ok((Facts::with(settings, project, environment, variables)?, relative))
}

/// Lays out a template in the folder `new`, unless one of the same facts was begun there: then
/// what it holds compiled is used.
fn begin(settings: &Settings, facts: &Facts, relative: Option<&Path>, new: &Path) -> Result<()> {
    make_kernels(settings)?;
    if Facts::of(new).is_some_and(|begun| begun == *facts) {
        return Ok(());
    }
    files::remove(new)?;
    fs::create_dir_all(new).with_context(|| format!("cannot make {}", new.display()))?;
    let own = facts.own_crates();
    match relative {
        Some(relative) => {
            let (old, new) = (crate_folder(relative), crate_folder(new));
            copy_warm(&old, &new, &own, Unlinked::Copy)?;
            remove_own(&new, &own);
        }
        None => fs::create_dir_all(crate_folder(new))?,
    }
    prepare(settings, facts, new)?;
    analyzer::prepare(new, &facts.toolchain)?;
    facts.write(new)
}

/// Puts the settings and versions in place that evcxr's cargo is to use.
///
/// cargo reads settings from every folder above a crate: this one spares every kernel 130 MB
/// of intermediate results for a library that cells do not change. For the cells themselves
/// those results are worth having: with them cargo needs 0.42 s of a processor for a small
/// one instead of 0.55 s.
fn prepare(settings: &Settings, facts: &Facts, template: &Path) -> Result<()> {
    let text =
        format!("{}[profile.dev.package.\"*\"]\nincremental = false\n", settings.cargo_config);
    files::write(&template.join(".cargo/config.toml"), text.as_bytes(), 0o644)?;
    let versions = fs::read(&facts.lock);
    let versions = versions.with_context(|| format!("cannot read {}", facts.lock.display()))?;
    [lock_file(&crate_folder(template)), lock_file(template)]
        .iter()
        .try_for_each(|file| files::write(file, &versions, 0o644))
}

/// The finished template from which least has to be compiled: one with the same
/// dependencies, an older one of this clone or another clone's; else one of the same
/// compiler and environment, in which cargo compiles what differs. With the variables with which
/// it was built.
fn relative(settings: &Settings, facts: &Facts) -> Option<(Variables, PathBuf)> {
    let environment = serde_json::to_value(&facts.environment).ok()?;
    let kin = |of: &Value| {
        // The version before named no environment but one folder of it.
        let folder = of["libtorch"].as_str().map(Path::new);
        let has_folder = facts.environment.set.values().any(|value| Some(&**value) == folder);
        of["rustc"] == facts.rustc && (of["environment"] == environment || has_folder)
    };
    let read = |template: PathBuf| -> Option<(Value, PathBuf)> {
        let text = fs::read(template.join(facts::FILE)).ok()?;
        Some((serde_json::from_slice(&text).ok()?, template))
    };
    let finished = files::entries(&kernels(settings)).into_iter();
    let finished = finished.filter(|path| path.extension().is_none()).filter_map(read);
    let kin = finished.filter(|(of, _)| kin(of));
    let (of, path) = kin.max_by_key(|(of, path)| {
        let is_own = *path == template_folder(settings, &facts.project);
        (of["dependencies"] == facts.dependencies, is_own)
    })?;
    // The version before did not note them.
    let variables = serde_json::from_value(of["variables"].clone());
    Some((variables.unwrap_or_else(|_| variables::of_shell()), path))
}

/// What there is of this clone's template.
pub fn inspect(settings: &Settings, project: &Path, environment: &Environment) -> Finding {
    let folder = template_folder(settings, project);
    let finding = |state, detail: String| Finding::new("kernel template", state, detail);
    let Some(built) = Facts::of(&folder) else {
        return match folder.join(facts::FILE).exists() {
            true => finding(State::Wrong, format!("{} is of another version", folder.display())),
            false => finding(State::Missing, format!("not in {}", folder.display())),
        };
    };
    match Facts::now(settings, project, environment) {
        Err(error) => {
            let error = format!("{error:#}");
            finding(State::Wrong, error.lines().next().unwrap_or_default().into())
        }
        Ok(now) if built.rustc != now.rustc => {
            let compiler = built.rustc.lines().next().unwrap_or_default();
            finding(State::Wrong, format!("built by another compiler, {compiler}"))
        }
        Ok(now) if built.dependencies != now.dependencies => {
            let detail = "built with other dependencies, settings of cargo or another environment";
            finding(State::Wrong, detail.into())
        }
        Ok(now) => {
            let mut detail = folder.display().to_string();
            if !built.are_current(&now, &folder) {
                // It can be used: the kernel compiles the change itself, in seconds.
                let remedy = &settings.remedy;
                detail += &format!(
                    "; sources were changed or written since: every kernel compiles them until \
                     you {remedy}"
                );
            }
            let differing = variables::differing(&built.variables).join(", ");
            if !differing.is_empty() {
                detail += &format!("; compiled with other values than this shell's of {differing}");
            }
            finding(State::Found, detail)
        }
    }
}

/// Removes what was compiled for this clone's kernels; its folder if there was one.
pub fn remove(settings: &Settings, project: &Path) -> Result<Option<PathBuf>> {
    let folder = template_folder(settings, project);
    let there = folder.exists().then(|| folder.clone());
    files::remove(&folder)?;
    Ok(there)
}

/// Removes what was compiled for a cache whose own path evcxr cannot use.
pub fn remove_outside_cache(settings: &Settings) -> Result<()> {
    let folder = kernels(settings);
    match folder.starts_with(&settings.cache) {
        true => Ok(()),
        false => files::remove(&folder),
    }
}
