//! Where the threads of an epoch wait for each other.

use std::hint;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// How often a thread busy-waits for the others before it goes to sleep, some 20 microseconds.
/// What they do in a step takes 100, and waking a sleeper takes 5 to 50; a thread that has lost
/// its core takes milliseconds, which nobody should spend spinning.
const SPINS: usize = 600;

/// A reusable barrier that busy-waits, then sleeps, and can be closed.
///
/// It has cache lines of its own: one that a thread's own variables lie on, too, would go to and fro
/// between the cores while others wait.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct SpinBarrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    closed: AtomicBool,
    sleepers: Mutex<usize>,
    wake: Condvar,
}

impl SpinBarrier {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            sleepers: Mutex::new(0),
            wake: Condvar::new(),
        }
    }

    /// Waits until all threads are here; `false` if the barrier was closed instead.
    ///
    /// What a thread wrote before it came, all see afterwards.
    pub(crate) fn wait(&self) -> bool {
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::SeqCst);
            self.wake_sleepers();
            return true;
        }
        for _ in 0..SPINS {
            if self.round.load(Ordering::Acquire) != round {
                return true;
            }
            if self.closed.load(Ordering::Acquire) {
                break;
            }
            hint::spin_loop();
        }
        self.sleep(round)
    }

    /// Releases all threads that wait, now or later.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake_sleepers();
    }

    fn sleep(&self, round: usize) -> bool {
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        *sleepers += 1;
        loop {
            // In this order: a round that was completed counts, even if it was closed since.
            let closed = self.closed.load(Ordering::SeqCst);
            let complete = self.round.load(Ordering::SeqCst) != round;
            if complete || closed {
                *sleepers -= 1;
                return complete;
            }
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whoever goes to sleep looks once more under the lock, so no wake-up is lost.
    fn wake_sleepers(&self) {
        let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if *sleepers > 0 {
            self.wake.notify_all();
        }
    }
}

/// Closes the barrier when its owner panics, so that the others don't wait for ever.
pub(crate) struct CloseOnPanic<'a>(pub(crate) &'a SpinBarrier);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}
