//! The packages whose source is the project's own: the crate, and those it depends on by path.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::programs::output_of;

/// A package whose source is the project's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its library's name.
    pub library: String,
    /// The package's folder.
    pub folder: PathBuf,
    /// The files and folders that it is compiled from, beside its manifest.
    pub sources: Vec<PathBuf>,
}

impl Package {
    /// From what `cargo metadata` says of it.
    fn read(described: &Value, folder: &Path) -> Result<Package> {
        let name = described["name"].as_str().context("a nameless package")?.to_owned();
        let mut package = Package {
            library: name.replace('-', "_"),
            name,
            folder: folder.to_owned(),
            sources: Vec::new(),
        };
        for target in described["targets"].as_array().into_iter().flatten() {
            let source = Path::new(target["src_path"].as_str().unwrap_or_default());
            let kinds = target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for kind in kinds {
                if kind == "custom-build" {
                    package.sources.push(source.to_owned());
                } else if kind.ends_with("lib") || kind == "proc-macro" {
                    package.library = target["name"].as_str().unwrap_or_default().replace('-', "_");
                    package.sources.extend(source.parent().map(Path::to_owned));
                }
            }
        }
        Ok(package)
    }
}

/// A source, or all below a folder of sources, but what cargo compiled there and git's own.
pub fn walk(source: &Path) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
    let is_other = |entry: &walkdir::DirEntry| {
        entry.depth() == 1 && (entry.file_name() == "target" || entry.file_name() == ".git")
    };
    let entries = walkdir::WalkDir::new(source).sort_by_file_name().into_iter();
    entries.filter_entry(move |entry| !is_other(entry))
}

/// The package in this folder and all that it depends on by path, their lock file, and their and
/// their workspaces' manifests.
pub fn packages(
    project: &Path,
    crate_name: &str,
) -> Result<(Vec<Package>, PathBuf, BTreeSet<PathBuf>)> {
    let mut manifests = BTreeSet::new();
    let mut described = HashMap::new();
    let mut lock = None;
    let mut found: Vec<Package> = Vec::new();
    let mut to_visit = vec![project.to_owned()];
    while let Some(folder) = to_visit.pop() {
        if found.iter().any(|package| package.folder == folder) {
            continue;
        }
        if !described.contains_key(&folder) {
            // Those of one workspace come together.
            let (root, members) = members(&folder)?;
            lock.get_or_insert(root.join("Cargo.lock"));
            manifests.insert(root.join("Cargo.toml"));
            described.extend(members);
        }
        let package = described
            .get(&folder)
            .with_context(|| format!("cargo finds no package in {}", folder.display()))?;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if let (Some(path), true) = (dependency["path"].as_str(), dependency["kind"] != "dev") {
                to_visit.push(path.into());
            }
        }
        manifests.insert(folder.join("Cargo.toml"));
        found.push(Package::read(package, &folder)?);
    }
    ensure!(
        found[0].name == crate_name || found[0].library == crate_name,
        "{} holds the package {}, not {crate_name}",
        project.display(),
        found[0].name
    );
    found[1..].sort_by(|one, other| one.folder.cmp(&other.folder));
    Ok((found, lock.context("no workspace")?, manifests))
}

/// The root of a folder's workspace, and its packages by their folders. Nothing is resolved:
/// this needs neither a network nor the dependencies.
fn members(folder: &Path) -> Result<(PathBuf, Vec<(PathBuf, Value)>)> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--no-deps", "--offline", "--format-version=1"]).current_dir(folder);
    let metadata: Value = serde_json::from_str(&output_of(&mut command)?)?;
    let root = metadata["workspace_root"].as_str().context("cargo names no workspace")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let by_folder = packages.filter_map(|package| {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        Some((manifest.parent()?.to_owned(), package.clone()))
    });
    Ok((root.into(), by_folder.collect()))
}
