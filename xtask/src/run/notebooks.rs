//! The notebooks: which there are, and executing them.

use crate::exercises::{self, SHEETS, SOLUTIONS};
use crate::kernel;
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
    all.extend(exercises::notebooks(&project.join(SOLUTIONS))?);
    execute(home, project, &all, &options)?;
    let sheets = exercises::notebooks(&project.join(SHEETS))?;
    try_untouched(home, project, &sheets[..sheets.len().min(1)])
}

/// Executes sheets in which nothing has been written: each check must say that.
pub fn try_all_untouched(home: &Home, project: &Path) -> Result<()> {
    try_untouched(home, project, &exercises::notebooks(&project.join(SHEETS))?)
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
    let all = exercises::notebooks(&project.join("notebooks"))?;
    ensure!(!all.is_empty(), "there are no notebooks in {}", project.join("notebooks").display());
    if names.is_empty() {
        return Ok(all);
    }
    let solutions = exercises::notebooks(&project.join(SOLUTIONS))?;
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
mod tests {
    use super::*;

    #[test]
    fn a_notebook_of_the_course_is_known_by_whatever_path() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for clone in ["clone", "other"] {
            let folder = root.join(clone).join("notebooks/drawings");
            fs::create_dir_all(&folder).unwrap();
            fs::write(root.join(clone).join("Cargo.toml"), "name = \"mnist_tutorial\"\n").unwrap();
            fs::write(folder.join("../04-testing.ipynb"), "{}").unwrap();
            let solutions = root.join(clone).join(SOLUTIONS);
            fs::create_dir_all(&solutions).unwrap();
            fs::write(solutions.join("04-testing.ipynb"), "{}").unwrap();
        }
        let links = ["folder", "file.ipynb"].map(|name| root.join(name));
        std::os::unix::fs::symlink(root.join("clone/notebooks"), &links[0]).unwrap();
        std::os::unix::fs::symlink("clone/notebooks/04-testing.ipynb", &links[1]).unwrap();
        for (path, clone) in [
            ("clone/notebooks/04-testing.ipynb", "clone"),
            ("clone/./notebooks/../notebooks/drawings/../04-testing.ipynb", "clone"),
            ("other/../clone/notebooks/04-testing.ipynb", "clone"),
            ("folder/04-testing.ipynb", "clone"),
            ("file.ipynb", "clone"),
            ("other/notebooks/04-testing.ipynb", "other"),
            ("clone/exercises/solutions/04-testing.ipynb", "clone"),
        ] {
            assert_eq!(course_of(&root.join(path)), Some(root.join(clone)), "{path}");
        }
        let own = root.join("clone/04-testing.ipynb");
        fs::write(&own, "{}").unwrap();
        assert_eq!(course_of(&own), None);
        // From the clone's own folder, as `cargo xtask run notebooks/04-testing.ipynb` names it.
        let relative = Path::new("../notebooks/04-testing.ipynb");
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        assert_eq!(course_of(relative), Some(this.to_owned()));
    }

    #[test]
    fn a_notebook_is_named_by_its_number_its_name_or_its_file() {
        let all = ["n/01-data.ipynb", "n/02-network.ipynb"].map(PathBuf::from);
        let solutions = ["s/01-data.ipynb", "s/02-network.ipynb"].map(PathBuf::from);
        let find = |name| find(&all, &solutions, name);
        for name in ["02", "02-network", "02-network.ipynb", "notebooks/02-network.ipynb"] {
            assert_eq!(find(name).unwrap(), all[1], "{name}");
        }
        for name in ["exercises/02", "exercises/solutions/02-network.ipynb"] {
            assert_eq!(find(name).unwrap(), solutions[1], "{name}");
        }
        for name in ["2", "0", "03", ""] {
            let error = find(name).unwrap_err().to_string();
            assert!(error.contains("there are 01-data, 02-network"), "{error}");
        }
        let error = find("exercises/03").unwrap_err().to_string();
        assert!(error.contains("there are exercises/01-data, exercises/02"), "{error}");
    }

    #[test]
    fn the_solutions_are_named_together() {
        let project = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let file = project.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "{}").unwrap();
            file
        };
        let notebook = file("notebooks/01-data.ipynb");
        let solutions = ["exercises/solutions/01-data.ipynb", "exercises/solutions/02-a.ipynb"];
        let [first, second] = solutions.map(file);
        file("exercises/01-data.ipynb");
        let select = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            select(project.path(), &names).unwrap()
        };
        assert_eq!(select(&["exercises"]), [first.clone(), second.clone()]);
        assert_eq!(select(&["01", "exercises/01"]), [notebook, first]);
        assert_eq!(select(&["exercises/solutions/02-a", "exercises/02"]), [second.clone(), second]);
        assert_eq!(select(&[]).len(), 1);
    }
}
