//! Programs that a kernel starts, and shell scripts that take the place of one in its folder.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result, ensure};

use crate::files;

/// What a program prints, without the white space around it.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let reason = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", reason.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Removes the variables of our own environment that `unwanted` names.
pub fn remove_variables(command: &mut Command, unwanted: impl Fn(&str) -> bool) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(&unwanted) {
            command.env_remove(&name);
        }
    }
}

/// The files from which cargo takes settings for a crate in `folder`, whether they are there or not.
pub fn cargo_settings(folder: &Path, cargo_home: &Path) -> Vec<PathBuf> {
    let above = folder.ancestors().map(|folder| folder.join(".cargo"));
    let folders = above.chain([cargo_home.to_owned()]);
    folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name))).collect()
}

/// To end as a program has ended that was run.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A script that runs this program with `words` and another one's arguments, or that other
/// program itself if this one is gone.
pub fn stand_in(words: &[&OsStr], real: &Path) -> Result<String> {
    let launcher = env::current_exe().context("finding this program's own file")?;
    Ok(text(&launcher, words, real))
}

fn text(launcher: &Path, words: &[&OsStr], real: &Path) -> String {
    let launcher = quote(launcher.as_os_str());
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    let (words, real) = (words.join(" "), quote(real.as_os_str()));
    format!("[ -x {launcher} ] && exec {launcher} {words} {real} -- \"$@\"\nexec {real} \"$@\"\n")
}

/// The word as the shell is to read it.
pub fn quote(word: &OsStr) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))
}

/// Makes a script that can be run.
pub fn write_script(file: &Path, text: &str) -> Result<()> {
    files::write(file, format!("#!/bin/sh\n{text}").as_bytes(), 0o755)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_program_runs_where_the_launcher_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("it's real");
        write_script(&real, "echo real \"$@\"").unwrap();
        let launcher = folder.path().join("launcher");
        let script = folder.path().join("cargo");
        write_script(&script, &text(&launcher, &["tool".as_ref(), "a b".as_ref()], &real)).unwrap();
        let said = || output_of(Command::new(&script).args(["c d", "-vV"])).unwrap();
        assert_eq!(said(), "real c d -vV");
        write_script(&launcher, "for word; do echo \"<$word>\"; done").unwrap();
        let expected = ["tool", "a b", &real.to_string_lossy(), "--", "c d", "-vV"];
        assert_eq!(said(), expected.map(|word| format!("<{word}>")).join("\n"));
    }
}
