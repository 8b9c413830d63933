//! The real TensorBoard on a free port of this machine, for as long as this program wants it.

use crate::home::Home;
use crate::{python, tensorboard};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// TensorBoard started through a few lines of ours: they end it when this program is killed.
const SCRIPT: &str = "xtask/python/board.py";

/// How long it may take to start.
const START: Duration = Duration::from_secs(90);

/// A running TensorBoard, which ends with this value.
pub struct Board {
    child: Child,
    address: String,
}

impl Board {
    /// Starts it for the runs in `logdir`, and waits until it says where it is.
    pub fn start(home: &Home, project: &Path, logdir: &Path) -> Result<Board> {
        let mut command = python::command(home);
        command.arg(project.join(SCRIPT));
        tensorboard::arguments(&mut command, logdir, Some(0));
        Board::of(&mut command, START)
    }

    /// Where it answers.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    fn of(command: &mut Command, patience: Duration) -> Result<Board> {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start TensorBoard")?;
        let words = child.stderr.take().context("TensorBoard has no output")?;
        let mut board = Board { child, address: String::new() };
        let (sender, lines) = mpsc::channel();
        // Reads to the end, so that TensorBoard never waits for a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(words).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let (start, mut last) = (Instant::now(), String::new());
        while let Ok(line) = lines.recv_timeout(patience.saturating_sub(start.elapsed())) {
            if let Some(address) = address_in(&line) {
                board.address = address;
                return Ok(board);
            }
            last = line;
        }
        bail!("TensorBoard did not start. Its last words: {last}")
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in `TensorBoard 2.21.0 at http://127.0.0.1:34779/ (Press CTRL+C to quit)`.
fn address_in(line: &str) -> Option<String> {
    let address = &line[line.find("http://127.0.0.1:")?..];
    Some(address.split(' ').next().unwrap_or(address).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::tests::shell;

    #[test]
    fn it_is_gone_when_its_value_is() {
        let line = "TensorBoard 2.21.0 at http://127.0.0.1:34779/ (Press CTRL+C to quit)";
        let script = format!("echo '{line}' >&2; exec sleep 1000");
        let board = Board::of(&mut shell(&script), START).unwrap();
        assert_eq!(board.address(), "http://127.0.0.1:34779/");
        let process = rustix::process::Pid::from_child(&board.child);
        rustix::process::test_kill_process(process).unwrap();
        drop(board);
        assert!(rustix::process::test_kill_process(process).is_err());
    }

    #[test]
    fn one_that_does_not_start_is_quoted() {
        let failed = Board::of(&mut shell("echo no module >&2; exit 3"), START).err().unwrap();
        assert!(failed.to_string().ends_with("Its last words: no module"), "{failed}");
        let patience = Duration::from_millis(200);
        let silent = Board::of(&mut shell("exec sleep 1000"), patience).err().unwrap();
        assert!(silent.to_string().starts_with("TensorBoard did not start"), "{silent}");
    }
}
