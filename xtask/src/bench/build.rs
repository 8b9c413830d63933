//! The contestants that have to be built.

use crate::command;
use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Our own programs, in the profile that notebooks, tests and examples use.
pub struct Built {
    /// One training.
    pub epoch: PathBuf,
    /// What the machine allows.
    pub ceiling: PathBuf,
    /// cargo's folder for what it builds.
    target: PathBuf,
}

/// Names and files of what cargo has built.
type Programs = Vec<(String, PathBuf)>;

/// Builds our own programs.
pub fn ours(project: &Path) -> Result<Built> {
    let mut command = command::cargo(project);
    command.args(["build", "--package", "mnist_tutorial", "--example", "epoch"]);
    command.args(["--example", "ceiling"]);
    let (programs, outcome) = build(&mut command)?;
    outcome.context("our own programs cannot be built")?;
    let epoch = named(&programs, "epoch")?;
    // target/debug/examples/epoch
    let target = epoch.ancestors().nth(3).context("cargo built into no folder")?.to_owned();
    Ok(Built { ceiling: named(&programs, "ceiling")?, epoch, target })
}

/// Builds one of the peers, which are a workspace of their own.
///
/// They are built together, as that shares more between them than one build each; where one
/// cannot be built, the other is.
pub fn peer(project: &Path, built: &Built, package: &str) -> Result<PathBuf> {
    eprintln!("{package}: built with the other peers where missing, usually 3 to 8 min, once");
    // Started there, so that cargo takes that folder's settings.
    let mut command = command::cargo(&project.join("benches/peers"));
    command.args(["build", "--release", "--locked", "--workspace", "--keep-going"]);
    command.arg("--target-dir").arg(built.target.join("peers"));
    let (programs, outcome) = build(&mut command)?;
    named(&programs, package).or_else(|error| outcome.and(Err(error)))
}

/// The programs that were built, and whether that is all of them. cargo's standard
/// error is shown as it comes: its bar is the progress.
fn build(command: &mut Command) -> Result<(Programs, Result<()>)> {
    command.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let output = command.output().context("cannot start cargo")?;
    let programs = executables(&String::from_utf8_lossy(&output.stdout));
    let outcome = match output.status.success() {
        true => Ok(()),
        false => Err(anyhow!("cargo failed ({}); its messages stand above", output.status)),
    };
    Ok((programs, outcome))
}

fn executables(messages: &str) -> Programs {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = |message: Value| {
        Some((message["target"]["name"].as_str()?.into(), message["executable"].as_str()?.into()))
    };
    messages.filter_map(program).collect()
}

fn named(programs: &[(String, PathBuf)], name: &str) -> Result<PathBuf> {
    let found = programs.iter().find(|(known, _)| known == name);
    found.map(|(_, path)| path.clone()).with_context(|| format!("cargo built no program `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"build-script-executed","package_id":"a"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"mnist"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"epoch"},"executable":"/t/epoch"}"#,
            "\nwords\n",
        );
        let programs = executables(messages);
        assert_eq!(programs, [("epoch".to_owned(), PathBuf::from("/t/epoch"))]);
        assert_eq!(named(&programs, "epoch").unwrap(), Path::new("/t/epoch"));
        let error = named(&programs, "peer_burn").unwrap_err().to_string();
        assert_eq!(error, "cargo built no program `peer_burn`");
    }
}
