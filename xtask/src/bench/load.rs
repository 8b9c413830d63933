//! How our training stands other work on the same cores.
//!
//! Two ratios, both of medians over rounds in which every case runs once:
//!
//! * **busy**: an epoch while one spinning process a core runs, against its fair share. Two
//!   processes on a core get half of it each, so the fair share is twice the time alone. That
//!   takes a thread on every core; the system shares by threads, and a training that has only
//!   one gets a third of two cores beside two others, not half. So the time is set against
//!   that share of a single thread as well.
//! * **side by side**: as many trainings at once as there are cores, each with the threads that
//!   it takes by itself, against one alone on one thread. Perfect would be 1: N trainings in
//!   the time of one, that is N times as many epochs an hour.

use super::build::Built;
use super::program::{self, Place};
use super::sample::Sample;
use anyhow::{Context, Result};
use std::process::{Child, Command, Stdio};
use std::thread;

/// Spinning processes for each core.
const PER_CORE: usize = 1;
/// At most so many times its fair share an epoch is to take.
const BUSY_AT_MOST: f64 = 1.3;
/// At least so much of N times one N trainings are to do.
const TOGETHER_AT_LEAST: f64 = 0.9;

/// Seconds of an epoch in each case.
#[derive(Default)]
struct Cases {
    alone: Sample,
    one_thread: Sample,
    busy: Sample,
    together: Sample,
}

/// Measures both ratios; the lines to print.
///
/// # Errors
/// If a training fails, or a process cannot be started.
pub fn measure(built: &Built, place: &Place, cores: usize, rounds: usize) -> Result<String> {
    let mut cases = Cases::default();
    for round in 1..=rounds {
        let alone = || program::default_threads(built, place);
        cases.alone.0.extend(epoch(&mut alone())?);
        cases.one_thread.0.extend(epoch(alone().args(["--threads", "1"]))?);
        {
            let _spinning = Spinning::start(cores * PER_CORE)?;
            cases.busy.0.extend(epoch(&mut alone())?);
        }
        cases.together.0.extend(together(cores, alone)?);
        eprintln!("round {round} of {rounds}: done");
    }
    Ok(cases.lines(cores))
}

/// Seconds of the epochs of one run.
fn epoch(command: &mut Command) -> Result<Vec<f64>> {
    Ok(program::output(command.args(["--epochs", "2"]))?.seconds())
}

/// Seconds of the epochs of `count` runs at once.
fn together(count: usize, command: impl Fn() -> Command) -> Result<Vec<f64>> {
    let runs: Vec<_> = (0..count)
        .map(|_| {
            let mut command = command();
            thread::spawn(move || epoch(&mut command))
        })
        .collect();
    let mut seconds = Vec::new();
    for run in runs {
        seconds.extend(run.join().ok().context("a run was lost")??);
    }
    Ok(seconds)
}

impl Cases {
    fn busy_ratio(&self) -> Option<f64> {
        let fair = self.alone.median()? * (1 + PER_CORE) as f64;
        Some(self.busy.median()? / fair)
    }

    /// Against what the system gives one thread among `spinning` others.
    fn single_ratio(&self, cores: usize, spinning: usize) -> Option<f64> {
        let share = (cores as f64 / (spinning + 1) as f64).min(1.0);
        Some(self.busy.median()? / (self.one_thread.median()? / share))
    }

    fn together_ratio(&self) -> Option<f64> {
        Some(self.one_thread.median()? / self.together.median()?)
    }

    fn lines(&self, cores: usize) -> String {
        let row = |words: &str, sample: &Sample| {
            let median = sample.median().unwrap_or_default();
            format!("{words:46} {median:>6.2} s  {}\n", sample.spread())
        };
        let mut text = row("an epoch alone, threads chosen by itself", &self.alone);
        text += &row("an epoch alone, one thread", &self.one_thread);
        text += &row(&format!("beside {} spinning processes", cores * PER_CORE), &self.busy);
        text += &row(&format!("{cores} trainings at once, each"), &self.together);
        let verdict = |holds| if holds { "holds" } else { "does NOT hold" };
        if let Some(ratio) = self.busy_ratio() {
            text += &format!(
                "\nbusy: {ratio:.2} times its fair share, at most {BUSY_AT_MOST}: {}",
                verdict(ratio <= BUSY_AT_MOST)
            );
        }
        if let Some(ratio) = self.single_ratio(cores, cores * PER_CORE) {
            text += &format!("\nbusy: {ratio:.2} times what a single thread's share allows");
        }
        if let Some(ratio) = self.together_ratio() {
            text += &format!(
                "\nside by side: {ratio:.2} of {cores} times one, at least {TOGETHER_AT_LEAST}: {}",
                verdict(ratio >= TOGETHER_AT_LEAST)
            );
        }
        text
    }
}

/// Processes that do nothing but use a core each, until this is dropped.
struct Spinning(Vec<Child>);

impl Spinning {
    fn start(count: usize) -> Result<Self> {
        let mut spinning = Self(Vec::new());
        // Each looks now and then whether whoever started it is still there, lest a killed
        // benchmark leave them at work.
        let script = format!(
            "while kill -0 {} 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done",
            std::process::id()
        );
        for _ in 0..count {
            let child = Command::new("sh")
                .args(["-c", &script])
                .stdin(Stdio::null())
                .spawn()
                .context("cannot start a spinning process")?;
            spinning.0.push(child);
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

    fn cases(alone: f64, one_thread: f64, busy: f64, together: f64) -> Cases {
        let sample = |value| Sample(vec![value]);
        Cases {
            alone: sample(alone),
            one_thread: sample(one_thread),
            busy: sample(busy),
            together: sample(together),
        }
    }

    #[test]
    fn both_ratios_are_those_of_the_promise() {
        let good = cases(0.5, 0.6, 1.2, 0.625);
        assert!((good.busy_ratio().unwrap() - 1.2).abs() < 1e-9);
        assert!((good.together_ratio().unwrap() - 0.96).abs() < 1e-9);
        // A third of two cores: 0.6 s of one thread take 0.9 s.
        assert!((good.single_ratio(2, 2).unwrap() - 1.2 / 0.9).abs() < 1e-9);
        assert!((good.single_ratio(4, 2).unwrap() - 1.2 / 0.6).abs() < 1e-9);
        let text = good.lines(2);
        assert!(text.contains("busy: 1.20 times its fair share, at most 1.3: holds"), "{text}");
        assert!(text.contains("side by side: 0.96 of 2 times one, at least 0.9: holds"), "{text}");
        let text = cases(0.5, 0.6, 20.0, 1.2).lines(2);
        assert_eq!(text.matches("does NOT hold").count(), 2, "{text}");
    }

    #[test]
    fn spinning_processes_end_with_what_they_are_for() {
        let spinning = Spinning::start(1).unwrap();
        let id = spinning.0[0].id();
        let process = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
        assert!(rustix::process::test_kill_process(process).is_ok());
        drop(spinning);
        assert!(rustix::process::test_kill_process(process).is_err());
    }
}
