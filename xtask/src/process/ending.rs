//! When the programs that are run here are to end: on a signal, and when something beside them has
//! failed.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How often is looked whether all have ended.
const POLL_EVERY: Duration = Duration::from_millis(20);

/// The signal that asked this program to end while others were run, or 0.
static SIGNAL: AtomicUsize = AtomicUsize::new(0);

/// Whether a signal ends this program at once, as it does while no other is run.
static IS_IDLE: AtomicBool = AtomicBool::new(true);

/// How many programs are run here; `None` until the first.
static RUNNING: Mutex<Option<usize>> = Mutex::new(None);

/// Whether all are to end.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// A program that is run here, until this is dropped.
pub struct Running;

impl Running {
    /// Counts one more.
    pub fn begin() -> Running {
        let mut running = running();
        if running.is_none() {
            for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|one| !is_ignored(*one)) {
                // Where this fails, a signal ends this program alone.
                let _ = flag::register_conditional_default(signal, &IS_IDLE)
                    .and_then(|_| flag::register_usize(signal, &SIGNAL, signal as usize));
            }
        }
        *running = Some(running.unwrap_or(0) + 1);
        IS_IDLE.store(false, Ordering::SeqCst);
        Running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = running();
        *running = running.map(|running| running - 1);
        IS_IDLE.store(*running == Some(0), Ordering::SeqCst);
    }
}

fn running() -> MutexGuard<'static, Option<usize>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this program was started so that the signal does nothing, as `nohup` does. Where that
/// cannot be read, it is not.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Ends the programs that are run here, and waits for that. None is run after this.
pub fn end_all() {
    IS_OVER.store(true, Ordering::SeqCst);
    while running().is_some_and(|running| running > 0) {
        thread::sleep(POLL_EVERY);
    }
}

/// Whether programs are to end, and none is to begin.
pub fn is_to_end() -> bool {
    IS_OVER.load(Ordering::SeqCst) || SIGNAL.load(Ordering::SeqCst) != 0
}

/// Ends this program as the signal does that came while others were run, if one came.
pub fn end_by_signal() {
    let signal = i32::try_from(SIGNAL.load(Ordering::SeqCst)).unwrap_or_default();
    if signal != 0 {
        eprintln!("ended; the same command goes on from here");
        let _ = low_level::emulate_default_handler(signal);
    }
}

/// Leaves signals to the caller, who listens for them from now on.
pub fn leave_signals() {
    IS_IDLE.store(false, Ordering::SeqCst);
}
