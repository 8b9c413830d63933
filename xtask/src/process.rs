//! Running programs that take minutes: a line of progress now and then, the last lines on
//! failure.
//!
//! Each has a process group of its own, which ends as a whole: when a signal asks this program to
//! end, and when [`end_all`] is called because something beside it has failed.

mod ending;

use anyhow::{Context, Result, bail};
use ending::{Running, is_to_end};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

pub use ending::{end_all, end_by_signal, leave_signals};

/// How often a line of progress is printed.
const REPORT_EVERY: Duration = Duration::from_secs(15);

/// How often it is checked whether the program has ended.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// How long to read on after its end: a process that it left behind may hold its output open.
const GRACE: Duration = Duration::from_secs(1);

/// How long a program may take to end that was asked to.
const END: Duration = Duration::from_secs(2);

/// How many of a failed program's last lines are shown.
const SHOWN_LINES: usize = 12;

/// How many of its last lines are searched for the reason.
const KEPT_LINES: usize = 60;

/// The input of the programs run here once the cache is locked: the lock, an empty file.
static INPUT: OnceLock<File> = OnceLock::new();

/// Lets the programs run here hold this lock as well, until they end.
///
/// Else a killed set-up would leave its programs at work while the next one begins.
pub fn pass_on(lock: &File) -> Result<()> {
    let lock = lock.try_clone().context("cannot pass the cache's lock on")?;
    // One process sets up once.
    let _ = INPUT.set(lock);
    Ok(())
}

fn input() -> Stdio {
    let lock = INPUT.get().and_then(|lock| lock.try_clone().ok());
    lock.map_or_else(Stdio::null, Stdio::from)
}

/// Ends a program and what it has started.
fn end(child: &mut Child) {
    let group = Pid::from_child(child);
    let _ = kill_process_group(group, Signal::TERM);
    let start = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && start.elapsed() < END {
        thread::sleep(Duration::from_millis(20));
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

/// Runs a program whose output nobody needs to read.
///
/// `progress` gets each line, and now and then `None`; what it returns then is printed with
/// the time so far.
///
/// # Errors
/// If the program cannot be started, fails or is ended; where it fails, the error ends with its
/// last lines.
pub fn run(
    what: &str,
    usual: &str,
    command: &mut Command,
    mut progress: impl FnMut(Option<&str>) -> String,
) -> Result<()> {
    let _running = Running::begin();
    if is_to_end() {
        bail!("{what} was not begun");
    }
    let (reader, writer) = io::pipe().context("cannot make a pipe")?;
    command.process_group(0).stdin(input()).stdout(writer.try_clone()?).stderr(writer);
    let started = command.spawn().with_context(|| format!("{what}: cannot start {command:?}"));
    // Or the pipe would stay open after the program's end.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started?;
    let lines = lines_of(reader);
    let start = Instant::now();
    let mut next = start + REPORT_EVERY;
    let mut tail = VecDeque::new();
    let mut ended = None;
    while ended.is_none_or(|ended: Instant| ended.elapsed() < GRACE) {
        match lines.recv_timeout(POLL_EVERY) {
            Ok(line) => {
                progress(Some(&line));
                tail.push_back(line);
                if tail.len() > KEPT_LINES {
                    tail.pop_front();
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if ended.is_none() && is_to_end() {
            end(&mut child);
            bail!("{what} was ended");
        }
        if ended.is_none() && child.try_wait().is_ok_and(|status| status.is_some()) {
            ended = Some(Instant::now());
        }
        if Instant::now() >= next {
            println!("    {what}: {}{}, usually {usual}", progress(None), clock(start.elapsed()));
            next += REPORT_EVERY;
        }
    }
    let status = child.wait().with_context(|| format!("{what}: lost the program"))?;
    if is_to_end() {
        bail!("{what} was ended");
    }
    if !status.success() {
        bail!("{what} failed ({status}){}", explain(&Vec::from(tail)));
    }
    Ok(())
}

/// Whether this is a complaint about a full disk.
pub fn says_full(text: &str) -> bool {
    ["No space left on device", "quota exceeded", "disk is full"]
        .iter()
        .any(|words| text.contains(words))
}

/// The reason among a failed program's last lines, or those lines.
fn explain(tail: &[String]) -> String {
    let is_traceback = tail.iter().any(|line| line.starts_with("Traceback ("));
    let reason = tail.iter().find(|line| says_full(line));
    match reason.or(tail.last().filter(|_| is_traceback)) {
        Some(reason) => format!(": {reason}"),
        None => {
            let last = &tail[tail.len().saturating_sub(SHOWN_LINES)..];
            format!(". Its last lines:\n{}", last.join("\n"))
        }
    }
}

fn lines_of(reader: io::PipeReader) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes), Ok(length) if length > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A time for people: `4 s`, `2 min 5 s`.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{:.1} s", time.as_secs_f64()),
        1..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests;
