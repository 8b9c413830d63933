//! A folder of its own for each run, also for runs of one name started at the same moment.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::event_file::EventFile;

/// The one event file of a folder. That it is always the same makes one of two writers fail:
/// the system lets only one create it. TensorBoard looks for `tfevents` in the name.
const EVENTS: &str = "events.out.tfevents.mnist_tutorial";

/// The folder `wanted`, or the first of `wanted-2`, `wanted-3` … that holds no events yet,
/// with a new event file in it.
///
/// # Errors
/// The folder cannot be made or written to, or is a file.
pub(super) fn claim(wanted: &Path) -> Result<(PathBuf, EventFile)> {
    let mut folder = wanted.to_owned();
    for number in 2_u64.. {
        if folder.exists() && !folder.is_dir() {
            let shown = folder.display();
            bail!("{shown}: this is a file, expected a folder for a run; give another name");
        }
        fs::create_dir_all(&folder).with_context(|| cannot_make(&folder))?;
        if !has_events(&folder).with_context(|| cannot_make(&folder))? {
            match EventFile::create(&folder.join(EVENTS)) {
                Ok(events) => return Ok((folder, events)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| cannot_make(&folder)),
            }
        }
        folder = with_number(wanted, number)?;
    }
    bail!("{}: every number is taken; give the run another name", wanted.display())
}

fn cannot_make(folder: &Path) -> String {
    format!(
        "{}: cannot make a run here; check that the folder is writable and its disk has space \
         left, or give another one",
        folder.display()
    )
}

/// Whether somebody's event file is there already.
fn has_events(folder: &Path) -> std::io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if entry?.file_name().to_string_lossy().contains("tfevents") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn with_number(wanted: &Path, number: u64) -> Result<PathBuf> {
    let Some(name) = wanted.file_name() else {
        bail!(
            "{}: there is a run in this folder already; give a name below it, such as {}",
            wanted.display(),
            wanted.join("first-try").display()
        );
    };
    let mut name = name.to_owned();
    name.push(format!("-{number}"));
    Ok(wanted.with_file_name(name))
}
