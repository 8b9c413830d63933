//! How a cell is compiled, as long as nothing but the cell changes.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Parts;
use crate::files;

/// evcxr's name for the crate that a cell becomes.
const CELL: &str = "ctx";

/// What tells cargo how to build it, in its folder.
const MANIFESTS: [&str; 3] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"];

/// Names the folder of what is learned to the compiler's calls of a build from which to learn.
pub const LEARN_VARIABLE: &str = "NOTEBOOK_KERNEL_LEARN";

/// Of one run of cargo alone: what has it learned from, and its pipe to the compilers.
const OF_ONE_RUN: [&str; 4] = [LEARN_VARIABLE, "CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"];

/// Errors that a cell's lines show and other crates cause: one that was compiled since, is gone or damaged,
/// or was compiled by another compiler.
const OF_OTHER_CRATES: [&str; 6] = ["E0460", "E0461", "E0462", "E0463", "E0514", "E0786"];

/// The status with which cargo ends where the compiler found errors.
pub const ERRORS: u8 = 101;

/// A call of the compiler for a cell.
#[derive(Serialize, Deserialize)]
pub struct Call {
    compiler: PathBuf,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl Call {
    /// This call, if it is for a cell and can be written down.
    pub fn of_cell(compiler: &Path, arguments: &[OsString]) -> Option<Call> {
        let arguments = arguments.iter().cloned().map(OsString::into_string);
        let arguments: Vec<String> = arguments.collect::<Result<_, _>>().ok()?;
        let has = |name: &str, value: &str| arguments.windows(2).any(|pair| pair == [name, value]);
        if !(has("--crate-name", CELL) && has("--crate-type", "cdylib")) {
            return None;
        }
        let variables = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let variables = variables.filter(|(name, _)| !OF_ONE_RUN.contains(&&**name)).collect();
        Some(Call { compiler: compiler.to_owned(), arguments, variables })
    }

    /// Leaves it for the stand-in that started the build.
    pub fn note(&self, folder: &Path) -> Result<()> {
        write(folder, "call.json", self)
    }

    /// The values of an argument.
    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.arguments.windows(2).filter(move |pair| pair[0] == name);
        pairs.map(|pair| pair[1].as_str())
    }
}

/// Cargo's report of the compiled cell.
#[derive(Serialize, Deserialize)]
pub struct Artifact {
    line: String,
    file: PathBuf,
}

impl Artifact {
    /// The report in this line of cargo's, if it is one.
    pub fn of_cell(line: &[u8]) -> Option<Artifact> {
        let report: Value = serde_json::from_slice(line).ok()?;
        let is_cell = report["reason"] == "compiler-artifact" && report["target"]["name"] == CELL;
        let [file] = report["filenames"].as_array().filter(|_| is_cell)?.as_slice() else {
            return None;
        };
        let line = String::from_utf8(line.to_owned()).ok()?;
        Some(Artifact { line, file: file.as_str()?.into() })
    }
}

/// How cells are compiled, and as long as what that holds.
#[derive(Serialize, Deserialize)]
pub struct Recipe {
    question: String,
    begun: SystemTime,
    sources: Vec<PathBuf>,
    artifact: Artifact,
    call: Call,
}

impl Recipe {
    /// Writes down what the build that began at this time and has succeeded was.
    pub fn learn(
        folder: &Path,
        question: &[OsString],
        begun: SystemTime,
        artifact: Artifact,
    ) -> Result<()> {
        let noted = folder.join("call.json");
        let call = serde_json::from_slice(&fs::read(&noted)?)?;
        fs::remove_file(noted)?;
        let listed = fs::read_to_string(artifact.file.with_extension("d"))?;
        let own = env::current_dir()?;
        let mut sources = listed_sources(&listed);
        sources.retain(|source| !source.starts_with(&own));
        let recipe = Recipe { question: digest(question)?, begun, sources, artifact, call };
        write(folder, "recipe.json", &recipe)
    }

    /// What was learned in this kernel, if anything was.
    pub fn read(folder: &Path) -> Option<Recipe> {
        serde_json::from_slice(&fs::read(folder.join("recipe.json")).ok()?).ok()
    }

    /// Whether cargo would find only the cell changed.
    pub fn holds(&self, question: &[OsString]) -> bool {
        let modified = |file: &PathBuf| fs::metadata(file).ok()?.modified().ok();
        let is_old = |file| modified(file).is_some_and(|modified| modified < self.begun);
        let mut libraries = self.call.values("--extern").filter_map(|word| word.split_once('='));
        digest(question).is_ok_and(|digest| digest == self.question)
            && self.sources.iter().all(is_old)
            && libraries.all(|(_, file)| Path::new(file).exists())
    }

    /// Compiles the cell; `None` if cargo has to see to it.
    pub fn follow(&self) -> Option<ExitCode> {
        let made =
            Path::new(self.call.values("--out-dir").next()?).join(self.artifact.file.file_name()?);
        // It may be one file with a former cell's, which is loaded.
        let _ = fs::remove_file(&made);
        let mut command = Command::new(&self.call.compiler);
        command.args(&self.call.arguments).envs(&self.call.variables).stdin(Stdio::null());
        let output = command.output().ok()?;
        if output.status.success() {
            fs::rename(&made, &self.artifact.file).ok()?;
            print!("{}", self.artifact.line);
            return Some(ExitCode::SUCCESS);
        }
        is_about_the_cell(&output.stderr).then(|| {
            let _ = io::stderr().write_all(&output.stderr);
            ExitCode::from(ERRORS)
        })
    }
}

/// Changes with everything that cargo is told.
fn digest(question: &[OsString]) -> Result<String> {
    let mut parts = Parts::default();
    question.iter().for_each(|word| parts.add(word.as_encoded_bytes()));
    let mut variables: Vec<_> = env::vars_os().collect();
    variables.sort();
    for (name, value) in variables {
        parts.add(name.as_encoded_bytes());
        parts.add(value.as_encoded_bytes());
    }
    for name in MANIFESTS {
        parts.add(fs::read(name).with_context(|| format!("cannot read {name}"))?);
    }
    Ok(parts.name())
}

/// The files in one of cargo's lists of what a file was made of. A space in a path follows a
/// backslash there.
fn listed_sources(list: &str) -> Vec<PathBuf> {
    let line = list.lines().next().unwrap_or_default().replace("\\ ", "\0");
    let files = line.split_once(": ").map_or("", |(_, files)| files);
    files.split_whitespace().map(|file| file.replace('\0', " ").into()).collect()
}

/// Whether the compiler found an error, and none that is not of the cell's own lines.
fn is_about_the_cell(said: &[u8]) -> bool {
    let lines = said.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut errors = messages.filter(|message| {
        let text = message["message"].as_str().unwrap_or_default();
        message["level"] == "error" && !text.starts_with("aborting due to")
    });
    let is_own = |error: Value| {
        let code = error["code"]["code"].as_str().unwrap_or_default();
        let has_place = error["spans"].as_array().is_some_and(|spans| !spans.is_empty());
        has_place && !OF_OTHER_CRATES.contains(&code)
    };
    errors.next().is_some_and(is_own) && errors.all(is_own)
}

fn write(folder: &Path, name: &str, content: &impl Serialize) -> Result<()> {
    files::write(&folder.join(name), &serde_json::to_vec(content)?, 0o600)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_of_sources_may_have_spaces_in_its_paths() {
        let list = "/a crate/libctx.so: /a crate/src/lib.rs /my\\ clone/src/lib.rs /b.rs\nmore\n";
        let list = list.replace("/a crate", "/a\\ crate");
        let expected = ["/a crate/src/lib.rs", "/my clone/src/lib.rs", "/b.rs"].map(PathBuf::from);
        assert_eq!(listed_sources(&list), expected);
        assert!(listed_sources("").is_empty());
    }

    #[test]
    fn an_error_is_the_cells_if_all_are() {
        let error = |code: &str, spans: usize| {
            let spans = vec![json!({ "line_start": 2 }); spans];
            json!({ "level": "error", "message": "m", "code": { "code": code }, "spans": spans })
        };
        let last =
            json!({ "level": "error", "message": "aborting due to 1 previous error", "spans": [] });
        let said = |messages: &[Value]| {
            messages.iter().map(|message| format!("{message}\n")).collect::<String>() + "no JSON\n"
        };
        let is_cells = |messages: &[Value]| is_about_the_cell(said(messages).as_bytes());
        let (own, others, link) = (error("E0308", 1), error("E0463", 1), error("", 0));
        assert!(is_cells(&[own.clone(), last.clone()]));
        assert!(!is_cells(&[own.clone(), others.clone()]));
        assert!(!is_cells(&[others, own]));
        assert!(!is_cells(&[link]));
        assert!(!is_cells(&[last]));
        assert!(!is_cells(&[]));
    }
}
