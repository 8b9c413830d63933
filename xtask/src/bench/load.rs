//! How our training copes with other work on the same cores.
//!
//! Two ratios, both of medians over rounds in which every case runs once:
//!
//! * **busy**: an epoch while one spinning process a core runs, against its fair share. Two
//!   processes on a core get half of it each, so the fair share is twice the time alone. That
//!   takes a thread on every core; the system shares by threads, and a training that has only
//!   one gets a third of two cores beside two others, not half. So the time is set against
//!   that share of a single thread as well.
//! * **side by side**: as many trainings at once as there are cores, each with the threads that
//!   it chooses itself, against one alone on one thread. Perfect would be 1: N trainings in
//!   the time of one, that is N times as many epochs an hour.

use super::contestant::{Place, default_threads, output};
use super::rounds::{median, spread};
use anyhow::{Context, Result};
use std::process::{Child, Command, Stdio};
use std::thread;

/// At most so many times its fair share an epoch is to take.
const BUSY_AT_MOST: f64 = 1.3;
/// At least so much of N times one N trainings are to do.
const TOGETHER_AT_LEAST: f64 = 0.9;

/// Seconds of an epoch in each case.
#[derive(Default)]
struct Cases {
    alone: Vec<f64>,
    one_thread: Vec<f64>,
    busy: Vec<f64>,
    together: Vec<f64>,
}

/// Measures both ratios; the lines to print.
///
/// # Errors
/// If a training fails, or a process cannot be started.
pub fn measure(place: &Place, cores: usize, rounds: usize) -> Result<String> {
    let mut cases = Cases::default();
    let training = || default_threads(place);
    for round in 1..=rounds {
        cases.alone.extend(epoch(training())?);
        let mut one_thread = training();
        one_thread.args(["--threads", "1"]);
        cases.one_thread.extend(epoch(one_thread)?);
        {
            let _spinning = Spinning::start(cores)?;
            cases.busy.extend(epoch(training())?);
        }
        let start = |_| {
            let command = training();
            thread::spawn(move || epoch(command))
        };
        for run in (0..cores).map(start).collect::<Vec<_>>() {
            cases.together.extend(run.join().ok().context("a run was lost")??);
        }
        eprintln!("round {round} of {rounds}: done");
    }
    cases.lines(cores)
}

/// Seconds of the epochs of one run.
fn epoch(mut command: Command) -> Result<Vec<f64>> {
    Ok(output(command.args(["--epochs", "2"]))?.seconds())
}

impl Cases {
    fn lines(&self, cores: usize) -> Result<String> {
        let median = |seconds: &[f64]| median(seconds).context("a training printed no epoch");
        let mut text = String::new();
        for (words, seconds) in [
            ("an epoch alone, threads chosen by itself", &self.alone),
            ("an epoch alone, one thread", &self.one_thread),
            (&*format!("beside {cores} spinning processes"), &self.busy),
            (&format!("{cores} trainings at once, each"), &self.together),
        ] {
            text += &format!("{words:46} {:>6.2} s  {}\n", median(seconds)?, spread(seconds));
        }
        let verdict = |holds| if holds { "holds" } else { "does NOT hold" };
        let (one_thread, busy) = (median(&self.one_thread)?, median(&self.busy)?);
        let fair = busy / (2.0 * median(&self.alone)?);
        // What the system gives one thread among as many others as there are cores.
        let share = cores as f64 / (cores + 1) as f64;
        let together = one_thread / median(&self.together)?;
        text += &format!(
            "\nbusy: {fair:.2} times its fair share, at most {BUSY_AT_MOST}: {}\
             \nbusy: {:.2} times what a single thread's share allows\
             \nside by side: {together:.2} of {cores} times one, at least {TOGETHER_AT_LEAST}: {}",
            verdict(fair <= BUSY_AT_MOST),
            busy / (one_thread / share),
            verdict(together >= TOGETHER_AT_LEAST)
        );
        Ok(text)
    }
}

/// Processes that do nothing but use a core each, until this is dropped.
struct Spinning(Vec<Child>);

impl Spinning {
    fn start(count: usize) -> Result<Self> {
        let mut spinning = Self(Vec::new());
        // Each looks now and then whether the program that started it is still there, lest a
        // killed benchmark leave them at work.
        let script = format!(
            "while kill -0 {} 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done",
            std::process::id()
        );
        for _ in 0..count {
            let mut command = Command::new("sh");
            command.args(["-c", &script]).stdin(Stdio::null());
            spinning.0.push(command.spawn().context("cannot start a spinning process")?);
        }
        Ok(spinning)
    }
}

impl Drop for Spinning {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // One that has ended already is no concern.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratios_are_those_of_the_promise() {
        let lines = |alone, one_thread, busy, together| {
            let [alone, one_thread, busy, together] =
                [alone, one_thread, busy, together].map(|seconds| vec![seconds]);
            Cases { alone, one_thread, busy, together }.lines(2).unwrap()
        };
        let text = lines(0.5, 0.6, 1.2, 0.625);
        assert!(text.contains("busy: 1.20 times its fair share, at most 1.3: holds"), "{text}");
        // Two thirds of a core: 0.6 s of one thread take 0.9 s.
        assert!(text.contains("busy: 1.33 times what a single thread's share allows"), "{text}");
        assert!(text.contains("side by side: 0.96 of 2 times one, at least 0.9: holds"), "{text}");
        let text = lines(0.5, 0.6, 20.0, 1.2);
        assert_eq!(text.matches("does NOT hold").count(), 2, "{text}");
        let nothing = Cases::default().lines(2).unwrap_err().to_string();
        assert_eq!(nothing, "a training printed no epoch");
    }

    #[test]
    fn spinning_processes_end_with_what_they_are_for() {
        let spinning = Spinning::start(1).unwrap();
        let process = rustix::process::Pid::from_child(&spinning.0[0]);
        assert!(rustix::process::test_kill_process(process).is_ok());
        drop(spinning);
        assert!(rustix::process::test_kill_process(process).is_err());
    }
}
