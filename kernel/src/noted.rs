//! What cargo has noted of a finished build: the variables and files at which a change has it
//! build again. Whichever crate asked for them, cargo writes them down beside what it built.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::copy::is_of;
use crate::packages::{Package, walk};

/// The variables and files of one build.
#[derive(Debug, Default, PartialEq)]
pub struct Noted {
    /// Those that a build script or a macro has read.
    pub variables: BTreeSet<String>,
    /// The sources of the project's own packages and what their build scripts name, with all that
    /// lies below a folder: a new file changes its folder.
    pub files: BTreeSet<PathBuf>,
}

impl Noted {
    /// Reads the notes in `target`, cargo's folder, where these packages are the project's own.
    /// The files below `kept` change for nobody: sources that cargo has unpacked.
    pub fn read(target: &Path, own: &[Package], kept: &Path) -> Result<Noted> {
        let mut noted = Noted::default();
        for entry in walkdir::WalkDir::new(target) {
            let entry = entry.with_context(|| format!("cannot read {}", target.display()))?;
            let file = entry.path();
            if file.file_name().is_some_and(|name| name == "root-output") {
                noted.add_script(file.parent().unwrap_or(target), own);
            } else if file.extension().is_some_and(|ending| ending == "d") {
                noted.add_list(&fs::read_to_string(file).unwrap_or_default());
            }
        }
        let build = target.parent().unwrap_or(target);
        noted.files.retain(|file| {
            file.is_absolute()
                && !file.starts_with(kept)
                && !file.starts_with(build)
                && file.exists()
        });
        Ok(noted)
    }

    /// What a build script printed, `output` or `stdout` in the folder of its run.
    fn add_script(&mut self, run: &Path, own: &[Package]) {
        let said = ["output", "stdout"].map(|name| fs::read_to_string(run.join(name)));
        let said: String = said.into_iter().flatten().collect();
        let values = |name: &str| {
            let starts = [format!("cargo:{name}="), format!("cargo::{name}=")];
            let value = |line: &str| {
                starts.iter().find_map(|start| line.strip_prefix(start.as_str()).map(String::from))
            };
            said.lines().filter_map(value).collect::<Vec<String>>()
        };
        let variables = values("rerun-if-env-changed");
        let files = values("rerun-if-changed");
        // `NAME-HASH`, or `NAME/HASH/run`.
        let names = run.iter().rev().take(3).map(|name| name.to_string_lossy());
        let names: Vec<_> = names.collect();
        let package = own.iter().find(|package| {
            names.iter().any(|name| is_of(name, std::slice::from_ref(&package.name)))
        });
        let folder = package.map_or(Path::new(""), |package| &*package.folder);
        // Those of a dependency's own folder never change.
        for file in files.iter().map(|file| folder.join(file)).filter(|file| file.is_absolute()) {
            self.add_below(&file);
        }
        if variables.is_empty() && files.is_empty() && package.is_some() {
            // Cargo then watches the whole package.
            self.add_below(folder);
        }
        self.variables.extend(variables);
    }

    fn add_below(&mut self, path: &Path) {
        self.files.extend(walk(path).flatten().map(walkdir::DirEntry::into_path));
    }

    /// The compiler's list of what a file was made of. A space in a path follows a backslash there.
    fn add_list(&mut self, list: &str) {
        let (variables, rules): (Vec<&str>, Vec<&str>) =
            list.lines().partition(|line| line.starts_with("# env-dep:"));
        let names = variables.iter().filter_map(|line| line.strip_prefix("# env-dep:"));
        self.variables.extend(names.filter_map(|line| Some(line.split('=').next()?.to_owned())));
        let line = rules.first().map_or(String::new(), |line| line.replace("\\ ", "\0"));
        let files = line.split_once(": ").map_or("", |(_, files)| files);
        self.files.extend(files.split_whitespace().map(|file| file.replace('\0', " ").into()));
    }
}

#[cfg(test)]
mod tests;
