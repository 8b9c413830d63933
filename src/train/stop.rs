//! Ending a training from outside, at the next batch, with everything it has learned.
//!
//! Whoever wants a training to stop makes the file that the variable `MNIST_TUTORIAL_STOP`
//! names. The training removes it and ends as if its observer had said `Break`; so does
//! everything that runs at the same time. That a training runs, how many epochs it has done and
//! where they are stored is told in [status lines](crate::status_line), as
//! `{"training": {"epoch": 3, "checkpoint": "a.safetensors"}}`, and its end as
//! `{"training": null}`.

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use crate::status_line;

/// Names the file whose existence asks a training to stop.
const VARIABLE: &str = "MNIST_TUTORIAL_STOP";
/// How often to look for the file: seldom enough to cost nothing, sooner than anybody notices.
const LOOK: Duration = Duration::from_millis(20);

/// What the trainings of this process know of each other.
struct Running {
    /// Trainings and comparisons that have begun and not ended.
    count: usize,
    /// Whether they have been asked to stop.
    asked: bool,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { count: 0, asked: false });

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lasts as long as a training, or a comparison of several, runs and can be stopped.
pub(crate) struct Stop {
    file: Option<PathBuf>,
    next_look: Instant,
    asked: bool,
    /// Only the first of those that run at a time prints status lines.
    is_first: bool,
}

impl Stop {
    /// Removes a file that an earlier request left, and announces a training of which `epoch`
    /// epochs are done and stored in `checkpoint`.
    ///
    /// # Errors
    /// If the file is there and cannot be removed: it would end every training at once.
    pub(crate) fn begin(epoch: usize, checkpoint: Option<&Path>) -> Result<Self> {
        let file = env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
        let mut running = running();
        if running.count == 0 {
            running.asked = false;
            remove(file.as_deref())?;
        }
        running.count += 1;
        let is_first = running.count == 1;
        drop(running);
        let stop = Self { file, next_look: Instant::now(), asked: false, is_first };
        stop.announce(epoch, checkpoint);
        Ok(stop)
    }

    /// Tells in a status line how far the training is.
    pub(super) fn announce(&self, epoch: usize, checkpoint: Option<&Path>) {
        if self.is_first {
            // JSON holds text only.
            let checkpoint = checkpoint.map(Path::to_string_lossy);
            let state = json!({ "epoch": epoch, "checkpoint": checkpoint });
            status_line::print(&json!({ "training": state }));
        }
    }

    /// Whether to end now. Looks for the file only now and then.
    pub(crate) fn is_asked(&mut self) -> bool {
        let Some(file) = self.file.as_deref().filter(|_| !self.asked) else { return self.asked };
        let now = Instant::now();
        if now < self.next_look {
            return false;
        }
        self.next_look = now + LOOK;
        let mut running = running();
        if !running.asked && file.exists() {
            running.asked = true;
            // Where it cannot be removed, the next training says so.
            let _ = remove(Some(file));
        }
        self.asked = running.asked;
        self.asked
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        running().count -= 1;
        if self.is_first {
            status_line::print(&json!({ "training": null }));
        }
    }
}

fn remove(file: Option<&Path>) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).with_context(|| {
            format!(
                "{}: cannot be removed, and would end every training; {VARIABLE} should name a \
                 file in a folder that can be written to",
                file.display()
            )
        }),
        _ => Ok(()),
    }
}
