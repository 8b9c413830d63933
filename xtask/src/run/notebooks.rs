//! The notebooks: which there are, and executing them.

use crate::exercises::{SHEETS, SOLUTIONS};
use crate::kernel;
use crate::notebook;
use crate::setup::{self, data, home::Home};
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Which notebooks, and how.
#[derive(clap::Args, Default)]
pub struct Options {
    /// The notebooks' numbers, as in `01 03`; `exercises` or `exercises/03` for solutions; or files
    /// of your own; none means all notebooks and no solutions
    names: Vec<String>,
    /// Train for two epochs and store nothing: enough to see that everything works
    #[arg(long)]
    short: bool,
    /// Store outputs in the course's notebooks even if they are of look-alike digits
    #[arg(long)]
    store_look_alikes: bool,
}

/// Epochs of a short run: one to learn something, one to see it go on.
const SHORT_EPOCHS: &str = "2";

/// How many solutions are executed at a time, each with a kernel of a gigabyte.
const JOBS: &str = "2";

/// Sets up what is missing, executes notebooks one after another, each with a kernel of its
/// own, and stores their outputs unless the run is short. The first failure ends the run.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    // An unknown name is said before minutes of set-up.
    let notebooks = select(project, &options.names)?;
    setup::run(home, project)?;
    execute(home, project, &notebooks, options)
}

/// A short run of all notebooks and solutions, and of one sheet, where everything is set up.
pub fn try_all(home: &Home, project: &Path) -> Result<()> {
    let options = Options { short: true, ..Options::default() };
    let mut all = select(project, &[])?;
    all.extend(notebook::in_folder(&project.join(SOLUTIONS))?);
    execute(home, project, &all, &options)?;
    let sheets = notebook::in_folder(&project.join(SHEETS))?;
    try_untouched(home, project, &sheets[..sheets.len().min(1)])
}

/// Executes sheets in which nothing has been written: each check must say that.
pub fn try_all_untouched(home: &Home, project: &Path) -> Result<()> {
    try_untouched(home, project, &notebook::in_folder(&project.join(SHEETS))?)
}

fn try_untouched(home: &Home, project: &Path, sheets: &[PathBuf]) -> Result<()> {
    if sheets.is_empty() {
        return Ok(());
    }
    println!("sheets as they are");
    perform(home, project, sheets, &["--untouched", "--jobs", JOBS])
}

fn execute(home: &Home, project: &Path, notebooks: &[PathBuf], options: &Options) -> Result<()> {
    let mut how = Vec::new();
    if options.short {
        how.extend(["--epochs", SHORT_EPOCHS]);
    } else if options.store_look_alikes || is_storable(notebooks) {
        how.push("--store");
    }
    // Notebooks measure times, and some use what an earlier one has stored.
    let of_solutions = |path: &&PathBuf| path.parent().is_some_and(|at| at.ends_with(SOLUTIONS));
    let (solutions, others): (Vec<_>, Vec<_>) = notebooks.iter().partition(of_solutions);
    for (notebooks, jobs) in [(others, "1"), (solutions, JOBS)] {
        if !notebooks.is_empty() {
            perform(home, project, &notebooks, &[&how[..], &["--jobs", jobs]].concat())?;
        }
    }
    Ok(())
}

fn perform(
    home: &Home,
    project: &Path,
    notebooks: &[impl AsRef<OsStr>],
    how: &[&str],
) -> Result<()> {
    let jupyter = kernel::jupyter(home, project)?;
    let mut command = jupyter.script(&project.join(kernel::RUNNER));
    command.env(kernel::PROJECT_VARIABLE, project).args(how).args(notebooks);
    let status = command.status().context("cannot start the notebook runner")?;
    ensure!(status.success(), "a notebook failed; repeat it with `cargo xtask run NUMBER`");
    Ok(())
}

/// Whether outputs may be stored: the text of the course's own notebooks reads the numbers
/// of the real MNIST, so those of look-alike digits must not take their place.
fn is_storable(notebooks: &[PathBuf]) -> bool {
    let lacking = notebooks.iter().filter_map(|path| course_of(path)).find_map(|clone| {
        let finding = data::inspect(&clone);
        (!finding.is_found()).then_some(finding.detail)
    });
    if let Some(detail) = &lacking {
        println!(
            "Not the real MNIST ({detail}): the notebooks are executed, but their outputs are not \
             stored; `--store-look-alikes` stores them all the same"
        );
    }
    lacking.is_none()
}

/// The clone that this file is a notebook of, this one or another; none for a notebook of the
/// user's own. The runner replaces the file that a link leads to.
fn course_of(notebook: &Path) -> Option<PathBuf> {
    let file = notebook.canonicalize().ok()?;
    let folder = file.ancestors().skip(1).find(|folder| {
        let manifest = fs::read_to_string(folder.join("../Cargo.toml")).unwrap_or_default();
        let is_course = folder.ends_with("notebooks") || folder.ends_with(SHEETS);
        is_course && manifest.contains("name = \"mnist_tutorial\"")
    })?;
    Some(folder.parent()?.to_owned())
}

/// The notebooks and solutions of these names, all notebooks if there are none.
pub fn select(project: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    let all = notebook::in_folder(&project.join("notebooks"))?;
    ensure!(!all.is_empty(), "there are no notebooks in {}", project.join("notebooks").display());
    if names.is_empty() {
        return Ok(all);
    }
    let solutions = notebook::in_folder(&project.join(SOLUTIONS))?;
    let mut found = Vec::new();
    for name in names {
        match name.trim_end_matches('/') {
            SHEETS | SOLUTIONS => found.extend(solutions.clone()),
            _ => found.push(find(&all, &solutions, name)?),
        }
    }
    Ok(found)
}

/// Of several with the same number, as `03-training` and `exercises/03-training` are, the folder
/// decides.
fn find(all: &[PathBuf], solutions: &[PathBuf], name: &str) -> Result<PathBuf> {
    let file = Path::new(name);
    if name.ends_with(".ipynb") && file.is_file() {
        return Ok(file.to_owned());
    }
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let wanted = stem(file);
    let is_wanted = |path: &&PathBuf| {
        stem(path)
            .strip_prefix(&wanted)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let is_solution =
        file.parent().is_some_and(|at| at.ends_with(SHEETS) || at.ends_with(SOLUTIONS));
    let (all, folder) = if is_solution { (solutions, "exercises/") } else { (all, "") };
    all.iter().find(is_wanted).cloned().with_context(|| {
        let known: Vec<String> = all.iter().map(|path| format!("{folder}{}", stem(path))).collect();
        format!("there is no notebook `{name}`; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests;
