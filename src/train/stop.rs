//! Ending a training from outside, at the next batch, with everything it has learned.
//!
//! Whoever wants a training to stop makes the file that the variable `MNIST_TUTORIAL_STOP`
//! names; the notebook's kernel does so when its ■ button is pressed. The training takes the file
//! away and ends as if its observer had said `Break`. What runs at the same time ends with it.

use std::env;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use super::{BatchReport, EpochReport, History, Observer, Reads, Stopped, TrainConfig};
use crate::live_line;
use crate::model::Network;

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
    /// Only the first of those that run at a time speaks to the kernel.
    is_first: bool,
}

impl Stop {
    /// Takes away a file that an earlier request left, and tells the kernel that a training
    /// runs, of which `epoch` epochs are done and stored in `checkpoint`.
    ///
    /// # Errors
    /// If the file is there and cannot be removed: it would end every training at once.
    pub(crate) fn begin(epoch: usize, checkpoint: Option<&Path>) -> Result<Self> {
        let file = env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
        let mut running = running();
        if running.count == 0 {
            running.asked = false;
            take_away(file.as_deref())?;
        }
        running.count += 1;
        let is_first = running.count == 1;
        drop(running);
        let stop = Self { file, next_look: Instant::now(), asked: false, is_first };
        stop.announce(epoch, checkpoint);
        Ok(stop)
    }

    /// Tells the kernel how far the training is.
    fn announce(&self, epoch: usize, checkpoint: Option<&Path>) {
        if self.is_first {
            // JSON holds no path that is no text.
            let checkpoint = checkpoint.map(Path::to_string_lossy);
            let state = json!({ "epoch": epoch, "checkpoint": checkpoint });
            live_line::print(&json!({ "training": state }));
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
            let _ = take_away(Some(file));
        }
        self.asked = running.asked;
        self.asked
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        running().count -= 1;
        if self.is_first {
            live_line::print(&json!({ "training": null }));
        }
    }
}

fn take_away(file: Option<&Path>) -> Result<()> {
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

/// Runs a training with an observer that also ends it when asked to from outside, and tells
/// `observer` how it ended; `done` epochs were trained before.
pub(super) fn stoppable(
    observer: &mut dyn Observer,
    config: &TrainConfig,
    done: usize,
    training: impl FnOnce(&mut dyn Observer) -> Result<History>,
) -> Result<History> {
    let checkpoint = config.checkpoint.as_deref();
    let stop = Stop::begin(done, checkpoint.filter(|_| done > 0))?;
    let mut stoppable = Stoppable { observer, stop, checkpoint, last: None };
    let mut ended = training(&mut stoppable);
    if let Ok(history) = &mut ended {
        history.stopped = stoppable.last.and_then(Stopped::after);
    }
    stoppable.observer.on_end(ended.as_ref());
    ended
}

/// An observer, and the request to stop.
struct Stoppable<'a> {
    observer: &'a mut dyn Observer,
    stop: Stop,
    checkpoint: Option<&'a Path>,
    last: Option<BatchReport>,
}

impl Stoppable<'_> {
    fn flow(&mut self, told: ControlFlow<()>) -> ControlFlow<()> {
        if self.stop.is_asked() { ControlFlow::Break(()) } else { told }
    }
}

impl Observer for Stoppable<'_> {
    fn reads(&self) -> Reads {
        self.observer.reads()
    }

    fn on_batch(&mut self, report: &BatchReport, network: &Network) -> Result<ControlFlow<()>> {
        self.last = Some(*report);
        let told = self.observer.on_batch(report, network)?;
        Ok(self.flow(told))
    }

    fn on_epoch(&mut self, report: &EpochReport, network: &Network) -> Result<ControlFlow<()>> {
        // An epoch that was cut short is not stored.
        if self.last.is_none_or(|last| last.batch == last.batches) {
            self.stop.announce(report.epoch, self.checkpoint);
        }
        let told = self.observer.on_epoch(report, network)?;
        Ok(self.flow(told))
    }
}
