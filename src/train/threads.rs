//! How many threads a training computes with.

use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, Result, ensure};

use super::config::MOST_THREADS;

/// Sets the number of threads of trainings that name none.
const VARIABLE: &str = "MNIST_TUTORIAL_THREADS";
/// The most that are chosen unasked: batches of 30 images are too little work for them.
const MOST_CHOSEN: usize = 8;
/// How often, and how far apart, to look for free cores.
const LOOKS: usize = 6;
const PAUSE: Duration = Duration::from_micros(300);

/// Sets libtorch's number of threads and puts the old one back when dropped.
pub(crate) struct Threads {
    before: i32,
}

impl Threads {
    pub(crate) fn set(threads: usize) -> Self {
        let before = tch::get_num_threads();
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        Self { before }
    }

    /// Sets another number; the one that is put back stays what it was.
    pub(super) fn change(&self, threads: usize) {
        // Only where it is another one: libtorch's threads may be made anew for it.
        let threads = i32::try_from(threads).unwrap_or(i32::MAX);
        if threads != tch::get_num_threads() {
            tch::set_num_threads(threads);
        }
    }

    /// The number asked for; else the variable's; else one for each core that is free now.
    pub(crate) fn choose(asked: Option<usize>) -> Result<usize> {
        if let Some(threads) = asked {
            return Ok(threads);
        }
        match env::var(VARIABLE) {
            Ok(value) => parse(&value),
            Err(env::VarError::NotPresent) => Ok(free_cores()),
            Err(error) => Err(error).context(VARIABLE),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        tch::set_num_threads(self.before);
    }
}

fn parse(value: &str) -> Result<usize> {
    let threads = value.trim().parse().unwrap_or(0);
    ensure!(
        (1..=MOST_THREADS).contains(&threads),
        "the variable {VARIABLE} is `{value}`, expected a number from 1 to {MOST_THREADS}, or no \
         such variable"
    );
    Ok(threads)
}

/// Idle cores, and the caller's own; at least 1, which is also the
/// answer where the system does not tell, and at most [`MOST_CHOSEN`].
///
/// Threads that share their cores with other programs are together no faster than one, and
/// slower once one must wait for another that has lost its core.
fn free_cores() -> usize {
    let most = thread::available_parallelism().map_or(1, usize::from).min(MOST_CHOSEN);
    let mut free = 1;
    for _ in 0..LOOKS {
        // The best of some looks: a process that runs for a moment is not load.
        free = free.max(free_now().unwrap_or(1));
        if free >= most {
            return most;
        }
        // Of two trainings that look at the same time, one asleep would not be counted.
        let looked = Instant::now();
        while looked.elapsed() < PAUSE {
            std::hint::spin_loop();
        }
    }
    free
}

/// Linux's count of cores less that of what runs or waits to run, the caller left out.
fn free_now() -> Option<usize> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    let cores = fs::read_to_string("/proc/stat").ok()?;
    let cores = cores.lines().skip(1).take_while(|line| line.starts_with("cpu")).count();
    Some(cores.saturating_sub(running(&load)?.saturating_sub(1)))
}

/// What runs or waits to run: the 1 of `0.20 0.18 0.12 1/80 11206`.
fn running(load: &str) -> Option<usize> {
    load.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_holds_a_number_of_threads_or_is_named_as_wrong() {
        assert_eq!(parse(" 3 ").unwrap(), 3);
        for wrong in ["", "0", "-1", "two", "1025", "99999999999999999999"] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.contains(VARIABLE) && message.contains(wrong), "{message}");
        }
    }

    #[test]
    fn what_runs_is_read_from_the_fourth_field() {
        assert_eq!(running("0.20 0.18 0.12 1/80 11206\n"), Some(1));
        for odd in ["", "0.20 0.18 0.12", "0.20 0.18 0.12 1 80", "a b c d/e f"] {
            assert_eq!(running(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_number_that_was_asked_for_is_taken() {
        assert_eq!(Threads::choose(Some(7)).unwrap(), 7);
        assert!((1..=MOST_CHOSEN).contains(&free_cores()));
    }
}
