//! Where the threads of a team wait for each other.

use std::hint;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// How often a thread looks whether the others have come before it goes to sleep, some 20
/// microseconds. What they do in a step takes 100, and waking a sleeper takes 5 to 50; a
/// thread that has lost its core takes milliseconds, which nobody should spend looking.
const LOOKS: usize = 600;

/// A meeting point that can be used again and again, and closed.
#[derive(Debug)]
pub(super) struct Meeting {
    members: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    closed: AtomicBool,
    sleepers: Mutex<usize>,
    wake: Condvar,
}

impl Meeting {
    pub(super) fn new(members: usize) -> Self {
        Self {
            members,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            sleepers: Mutex::new(0),
            wake: Condvar::new(),
        }
    }

    /// Waits until all members are here; `false` if the meeting was closed instead.
    ///
    /// What a member wrote before it came, all see afterwards.
    pub(super) fn meet(&self) -> bool {
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.members {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::SeqCst);
            self.wake_sleepers();
            return true;
        }
        for _ in 0..LOOKS {
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

    /// Sends everybody away who waits, now or later.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake_sleepers();
    }

    fn sleep(&self, round: usize) -> bool {
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        *sleepers += 1;
        loop {
            // In this order: a meeting that took place counts, even if it was closed since.
            let closed = self.closed.load(Ordering::SeqCst);
            let met = self.round.load(Ordering::SeqCst) != round;
            if met || closed {
                *sleepers -= 1;
                return met;
            }
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whoever goes to sleep looks once more under the lock, so nobody is missed here.
    fn wake_sleepers(&self) {
        let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if *sleepers > 0 {
            self.wake.notify_all();
        }
    }
}

/// Closes the meeting when its owner panics, so that the others don't wait for ever.
pub(super) struct CloseOnPanic<'a>(pub(super) &'a Meeting);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}
