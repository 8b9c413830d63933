//! Shell scripts that take the place of a program in a kernel's folder.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Runs this program's task `words` with a program's arguments, or that program itself if this
/// one is gone.
pub fn stand_in(words: &[&OsStr], real: &Path) -> Result<String> {
    let launcher = std::env::current_exe().context("finding this program's own file")?;
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
pub fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a script without a folder")?;
    let written = fs::create_dir_all(folder)
        .and_then(|()| {
            fs::write(file, OsString::from(format!("#!/bin/sh\n{text}")).as_encoded_bytes())
        })
        .and_then(|()| fs::set_permissions(file, fs::Permissions::from_mode(0o755)));
    written.with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_real_program_runs_where_the_launcher_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("it's real");
        write(&real, "echo real \"$@\"").unwrap();
        let launcher = folder.path().join("launcher");
        let script = folder.path().join("cargo");
        write(&script, &text(&launcher, &["tool".as_ref(), "a b".as_ref()], &real)).unwrap();
        let said = || {
            let output = Command::new(&script).args(["c d", "-vV"]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        assert_eq!(said(), "real c d -vV");
        write(&launcher, "for word; do echo \"<$word>\"; done").unwrap();
        let expected = ["tool", "a b", &real.to_string_lossy(), "--", "c d", "-vV"];
        assert_eq!(said(), expected.map(|word| format!("<{word}>")).join("\n"));
    }
}
