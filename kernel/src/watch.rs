//! What tells a kernel to end: signals, and the end of the process it belongs to.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, getppid, test_kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::session::Event;

/// How often is looked whether the owner still lives.
const CHECK: Duration = Duration::from_secs(1);

/// The process a kernel belongs to: the Jupyter server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    process: Option<Pid>,
    is_parent: bool,
}

impl Owner {
    /// Who started this process.
    pub fn parent() -> Owner {
        Owner { process: getppid(), is_parent: true }
    }

    /// This process, whoever started us.
    pub fn process(id: i32) -> Owner {
        Owner { process: Pid::from_raw(id), is_parent: false }
    }

    /// Its number.
    pub fn id(self) -> i32 {
        Pid::as_raw(self.process)
    }

    /// A parent's number can go to another process, but its children are then another's.
    pub fn lives(self) -> bool {
        match self.process {
            _ if self.is_parent => getppid() == self.process,
            Some(process) => test_kill_process(process).is_ok(),
            None => false,
        }
    }
}

/// Whether this process has been asked to end, and whom to tell then.
#[derive(Clone, Default)]
pub struct Shutdown(Arc<Mutex<(bool, Vec<Sender<Event>>)>>);

impl Shutdown {
    /// Listens from now on, so that a kernel that is told to end while it begins still
    /// removes what it has made. An interrupt stays here: Jupyter sends a message instead.
    pub fn listen() -> Result<Shutdown> {
        let mut signals =
            Signals::new([SIGTERM, SIGHUP, SIGINT]).context("cannot watch for signals")?;
        let shutdown = Shutdown::default();
        let asked = shutdown.clone();
        thread::spawn(move || {
            for _ in signals.forever().filter(|signal| *signal != SIGINT) {
                asked.request();
            }
        });
        Ok(shutdown)
    }

    fn request(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = true;
        for sender in state.1.drain(..) {
            let _ = sender.send(Event::End);
        }
    }

    /// Reports the request, also one of before.
    pub fn report_to(&self, sender: Sender<Event>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.push(sender);
        if self.is_requested() {
            self.request();
        }
    }

    /// Whether this process is to end.
    pub fn is_requested(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Reports when the owner was killed and nobody is left to tell.
pub fn owner(owner: Owner, sender: Sender<Event>) {
    thread::spawn(move || {
        while owner.lives() {
            thread::sleep(CHECK);
        }
        let _ = sender.send(Event::End);
    });
}
