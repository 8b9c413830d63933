//! What a kernel does before it says that it is ready.
//!
//! evcxr runs `prelude.rs` of its configuration folder at its start. Ours has the library
//! loaded, analysed and linked, and one tensor computed; the first cell of a notebook, whose
//! `:dep` line names the same crate, then finds everything done. An `evcxr.toml` beside a
//! notebook that brings a prelude of its own takes the place of this one; the user's own
//! configuration folder is neither read nor changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::template;

/// Has panics told in words. To be run in every process that evcxr runs cells in.
pub const IN_EVERY_PROCESS: &str = "mnist_tutorial::notebook::report_panics();\n";

/// Has errors told in words that `?` returns from a cell: evcxr prints them by
/// `eprintln!("{}", error)` in code it adds to the cell, and an item of the notebook's own
/// goes before the standard library's. The name passes through a second arm because `error`
/// written here would be another `error` than evcxr's. A cell may write the same line itself:
/// what tells the two apart is the name of a closure, which holds the function it stands in.
const ERRORS_IN_WORDS: &str = r#"#[allow(unused_macros)]
macro_rules! eprintln {
    ("{}", $name:ident) => { eprintln!(@ $name $name) };
    (@ error $name:ident) => {
        if ::std::any::type_name_of_val(&|| ()).contains("EvcxrUserCodeError") {
            mnist_tutorial::notebook::report_error(&$name)
        } else {
            ::std::eprintln!("{}", $name)
        }
    };
    (@ $other:ident $name:ident) => { std::eprintln!("{}", $name) };
    ($($all:tt)*) => { std::eprintln!($($all)*) };
}
"#;

/// evcxr's name for what it runs first.
const PRELUDE: &str = "prelude.rs";

/// Says in a template which manifests it was compiled with.
const MANIFESTS: &str = "manifests";

/// Written by the prelude's last line.
const DONE: &str = "preloaded";

/// Notes in a finished template what a kernel's preload can count on.
pub fn prepare(template: &Path, project: &Path) -> Result<()> {
    fs::write(template.join(MANIFESTS), manifests(project)?)
        .with_context(|| format!("cannot write into {}", template.display()))
}

/// Makes the prelude in a kernel's private folder, unless it would have to compile
/// dependencies: those minutes belong into a cell, where the reader sees what happens.
pub fn write(folder: &Path, project: &Path) -> Result<()> {
    let compiled = fs::read_to_string(folder.join(MANIFESTS)).unwrap_or_default();
    if manifests(project).ok().as_deref() != Some(&compiled) {
        return Ok(());
    }
    let settings = template::settings_folder(folder);
    fs::create_dir_all(&settings)
        .and_then(|()| fs::write(settings.join(PRELUDE), prelude(project, &settings.join(DONE))))
        .with_context(|| format!("cannot write into {}", settings.display()))
}

/// Whether the prelude is what a kernel that starts in the current folder does first.
pub fn is_next(folder: &Path) -> bool {
    template::settings_folder(folder).join(PRELUDE).exists() && !Path::new("evcxr.toml").exists()
}

/// Whether a kernel that failed did so in its prelude; then the prelude is gone, and the
/// next kernel in this folder starts without: a library that does not compile must show its
/// errors in the notebook's own `:dep` cell.
pub fn give_up(folder: &Path) -> bool {
    let settings = template::settings_folder(folder);
    !settings.join(DONE).exists() && fs::remove_file(settings.join(PRELUDE)).is_ok()
}

/// The prelude prints nothing: evcxr would wait forever for somebody to read it.
///
/// The tensor is a variable because only for those are types inferred, which is the larger
/// part of the wait. The first `?` that a kernel sees has it compile the cell twice, and show
/// no picture if that is the cell's last value; so it comes here. The last line is what evcxr
/// prints itself where a `?` ends a cell: it has evcxr forget the new variables.
fn prelude(project: &Path, done: &Path) -> String {
    let (project, done) = (escape(project), escape(done));
    format!(
        ":dep mnist_tutorial = {{ path = \"{project}\" }}\n\
         use mnist_tutorial::prelude::*;\n\
         {IN_EVERY_PROCESS}{ERRORS_IN_WORDS}\
         let mnist_tutorial_warm_up = Tensor::from_slice(&[1.0f32, 2.0]) + 1.0;\n\
         let mnist_tutorial_warm_up_text = format!(\"{{mnist_tutorial_warm_up}}\");\n\
         Ok::<(), std::fmt::Error>(())?;\n\
         let _ = std::fs::write(\"{done}\", \"\");\n\
         println!(\"EVCXR_ERROR_OCCURRED\");\n"
    )
}

/// The path inside quotes, written as evcxr does: it compares the `:dep` lines' texts.
fn escape(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"")
}

fn manifests(project: &Path) -> Result<String> {
    let mut digest = Sha256::new();
    for name in ["Cargo.toml", "Cargo.lock"] {
        let file = project.join(name);
        digest.update(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(format!("{:x}", digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prelude_names_the_crate_as_a_notebook_does_and_keeps_no_variable() {
        let text = prelude(Path::new("/a/my \"clone\""), Path::new("/k/done"));
        let first = text.lines().next().unwrap();
        assert_eq!(first, r#":dep mnist_tutorial = { path = "/a/my \"clone\"" }"#);
        assert!(text.contains("use mnist_tutorial::prelude::*;\n"));
        assert!(text.ends_with("println!(\"EVCXR_ERROR_OCCURRED\");\n"), "{text}");
        // What the macro prints on standard error is for cells.
        assert_eq!(text.replace("eprintln!", "").matches("println!").count(), 1, "{text}");
    }

    #[test]
    fn dependencies_that_are_not_compiled_are_left_to_a_cell() {
        let root = tempfile::tempdir().unwrap();
        let [kernel, project] = ["kernel", "project"].map(|name| root.path().join(name));
        for folder in [&kernel, &project] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(project.join("Cargo.toml"), "[package]").unwrap();
        fs::write(project.join("Cargo.lock"), "").unwrap();
        let file = kernel.join("evcxr/prelude.rs");
        write(&kernel, &project).unwrap();
        assert!(!file.exists());
        prepare(&kernel, &project).unwrap();
        write(&kernel, &project).unwrap();
        assert!(fs::read_to_string(&file).unwrap().contains(":dep"));
        fs::remove_file(&file).unwrap();
        fs::write(project.join("Cargo.lock"), "newer").unwrap();
        write(&kernel, &project).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_prelude_is_given_up_only_if_it_did_not_end() {
        let kernel = tempfile::tempdir().unwrap();
        assert!(!give_up(kernel.path()));
        let settings = kernel.path().join("evcxr");
        fs::create_dir(&settings).unwrap();
        fs::write(settings.join("prelude.rs"), "").unwrap();
        fs::write(settings.join(DONE), "").unwrap();
        assert!(!give_up(kernel.path()));
        fs::remove_file(settings.join(DONE)).unwrap();
        assert!(is_next(kernel.path()));
        assert!(give_up(kernel.path()));
        assert!(!is_next(kernel.path()));
        assert!(!give_up(kernel.path()));
    }
}
