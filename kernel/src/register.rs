//! What Jupyter finds: the launcher, the kernel's description, and the extension of JupyterLab and
//! Notebook 7 that shows what a cell goes on printing after the page was reloaded.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use crate::files;
use crate::finding::{Finding, State};
use crate::layout::{launcher_file, launchers, settings_file};
use crate::settings::Settings;

/// The extension's name in its own files; installed, it bears the kernel's.
const EXTENSION: &str = "rust-kernel-live";

/// Names and contents.
const FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("../labextension/package.json")),
    ("static/remoteEntry.js", include_str!("../labextension/static/remoteEntry.js")),
];

/// Whether Jupyter finds this version of the kernel, with these settings.
pub fn inspect(settings: &Settings) -> Finding {
    let file = specification_file(settings);
    let finding = |state, detail| Finding::new("kernel", state, detail);
    if !file.exists() {
        return finding(State::Missing, format!("{} is not there", file.display()));
    }
    let is_this = |(file, text): &(PathBuf, String)| {
        fs::read_to_string(file).is_ok_and(|found| found == *text)
    };
    match launcher_file(settings).is_file() && written(settings).iter().all(is_this) {
        true => finding(State::Found, format!("{} in {}", settings.name, file.display())),
        false => finding(State::Wrong, format!("{} is of another version", file.display())),
    }
}

/// Registers the kernel, with `program` as its launcher. It is copied into the cache, so that
/// `cargo clean` leaves the kernel alone; launchers of other versions go.
pub fn register(settings: &Settings, program: &Path) -> Result<()> {
    let launcher = launcher_file(settings);
    let copied = || files::write(&launcher, &fs::read(program)?, 0o755);
    copied().with_context(|| format!("cannot copy {}", program.display()))?;
    for (file, text) in written(settings) {
        files::write(&file, text.as_bytes(), 0o644)?;
    }
    // No longer named by anything; a kernel that still runs one loses nothing but its successor.
    let kept = [launcher, settings_file(settings)];
    let others = files::entries(&launchers(settings)).into_iter();
    others.filter(|file| !kept.contains(file)).try_for_each(|file| files::remove(&file))
}

/// The files that differ with version and settings; the kernel's description comes last.
fn written(settings: &Settings) -> Vec<(PathBuf, String)> {
    let own = format!("{}-live", settings.name);
    let folder = settings.jupyter.join("labextensions").join(&own);
    let extension = FILES.map(|(name, text)| (folder.join(name), text.replace(EXTENSION, &own)));
    let mut files = vec![(settings_file(settings), format!("{:#}", json!(settings)))];
    files.extend(extension);
    files.push((specification_file(settings), specification(settings)));
    files
}

fn specification_file(settings: &Settings) -> PathBuf {
    settings.jupyter.join("kernels").join(&settings.name).join("kernel.json")
}

/// What Jupyter reads to start the kernel.
fn specification(settings: &Settings) -> String {
    let specification = json!({
        "argv": [launcher_file(settings), "run", settings_file(settings), "{connection_file}"],
        "display_name": settings.display_name,
        "language": "rust",
        "interrupt_mode": "message",
        "env": { settings.variable("HOME"): settings.cache },
    });
    format!("{specification:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_written_anew_and_what_nobody_names_goes() {
        let cache = tempfile::tempdir().unwrap();
        let settings = Settings::of_test(cache.path());
        let program = cache.path().join("program");
        fs::write(&program, "a launcher").unwrap();
        let old = launchers(&settings).join("0123456789abcdef");
        files::write(&old, b"", 0o755).unwrap();
        assert_eq!(inspect(&settings).state, State::Missing);
        register(&settings, &program).unwrap();
        assert_eq!(inspect(&settings).state, State::Found);
        assert!(!old.exists());
        assert_eq!(Settings::read(&settings_file(&settings)).unwrap(), settings);
        for (file, _) in written(&settings) {
            fs::write(file, "an older version").unwrap();
            assert_eq!(inspect(&settings).state, State::Wrong);
            register(&settings, &program).unwrap();
            assert_eq!(inspect(&settings).state, State::Found);
        }
        let others = Settings { remedy: "another".into(), ..settings };
        assert_eq!(inspect(&others).state, State::Wrong);
    }

    #[test]
    fn the_description_names_the_files_and_the_script_names_the_extension() {
        let [(_, description), (script, code)] = FILES;
        let description: serde_json::Value = serde_json::from_str(description).unwrap();
        assert_eq!(description["name"], EXTENSION);
        assert_eq!(description["jupyterlab"]["_build"]["load"], script);
        assert!(code.contains(&format!("const NAME = '{EXTENSION}';")));
    }
}
