//! An interrupt while a cell is compiled: the compilers end, and the process with the variables
//! does not.
//!
//! The relay makes a file when a cell begins, and renames it when an interrupt comes. Before a
//! cell's code runs, the stand-in removes that file. So one of the two is first: the
//! compilation fails, or the interrupt is for the code.

use std::fs;
use std::path::Path;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::recipe::ERRORS;

/// There from a cell's beginning until its code can run.
const COMPILING: &str = "compiling";

/// The relay's new name for it.
const CANCELLED: &str = "cancelled";

/// How often is looked for an interrupt.
const LOOK: Duration = Duration::from_millis(50);

/// Whether the cell is not to be run.
pub fn came(folder: &Path) -> bool {
    folder.join(CANCELLED).exists()
}

/// From now on, an interrupt ends the processes that this one has started. Where the system
/// does not tell which these are, they go on to their end in vain.
pub fn watch(folder: &Path) {
    let folder = folder.to_owned();
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK);
            if came(&folder) {
                children(process::id()).for_each(end);
            }
        }
    });
}

/// Makes the way free for the cell's code, if it was compiled and no interrupt was faster; for
/// what the compilation ended with, how it is to end.
pub fn settle(folder: &Path, code: ExitCode) -> ExitCode {
    let is_first = code == ExitCode::SUCCESS && fs::remove_file(folder.join(COMPILING)).is_ok();
    if is_first || !came(folder) {
        return code;
    }
    // evcxr asks again after an error of the compiler's, and not after this.
    eprintln!("interrupted");
    ExitCode::from(ERRORS)
}

/// Lets every interrupt be for the cell's code: nobody will [`settle`].
pub fn ignore(folder: &Path) {
    let _ = fs::remove_file(folder.join(COMPILING));
}

fn end(process: u32) {
    let below: Vec<u32> = children(process).collect();
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let _ = kill_process(process, Signal::KILL);
    }
    below.into_iter().for_each(end);
}

fn children(process: u32) -> impl Iterator<Item = u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split(' ').flat_map(str::parse).collect::<Vec<u32>>())
}
