//! The real TensorBoard, started by a notebook's kernel and gone with it.

use std::fs::File;
use std::io::{Read, Seek};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::NamedTempFile;

use super::note::Note;
use super::program;

/// Runs a program until it ends or standard input closes, which happens whichever way the
/// process that holds its other end dies; then removes the note on it.
const WHILE_WE_LIVE: &str = r#"
exec 3<&0
"$0" "$@" </dev/null 3<&- & board=$!
{ cat <&3 >/dev/null; kill "$board" 2>/dev/null; } & watcher=$!
exec 3<&-
wait "$board"; status=$?
kill "$watcher" 2>/dev/null
rm -f "$NOTE"
exit $status"#;

/// How long TensorBoard may take to answer; loading it from a cold disk takes a while.
const START: Duration = Duration::from_secs(60);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// One start at a time, so that two threads don't start two for one folder.
static STARTING: Mutex<()> = Mutex::new(());

/// A TensorBoard that this process has started, as the result of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorBoard {
    logdir: PathBuf,
    port: u16,
}

impl TensorBoard {
    /// The folder of the runs, as it was given.
    pub fn logdir(&self) -> &Path {
        &self.logdir
    }

    /// Where TensorBoard answers, on this machine only.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

/// Starts TensorBoard for the runs in `logdir`, on a free port of this machine; where this
/// process did so before, that one is shown. It ends with the process, however that ends.
///
/// # Errors
/// There is no such folder, TensorBoard is not installed, or it does not answer within 60 s.
pub fn show(logdir: impl AsRef<Path>) -> Result<TensorBoard> {
    let shown = logdir.as_ref();
    ensure!(
        shown.is_dir(),
        "{}: there is no such folder; start a run first, as in Run::create(\"{}\")",
        shown.display(),
        shown.join("first-try").display()
    );
    let folder = shown.canonicalize().with_context(|| format!("{}", shown.display()))?;
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let note = Note::on(&folder);
    let port = match note.read().filter(|port| answers(*port)) {
        Some(port) => port,
        None => {
            let server = Server::start(&folder, &program::find()?, &note)?;
            let file = note.file().display();
            note.write(server.port).with_context(|| format!("TensorBoard: writing {file}"))?;
            server.keep()
        }
    };
    Ok(TensorBoard { logdir: shown.to_owned(), port })
}

/// A started TensorBoard. Its standard input stays open as long as this is there.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path, program: &Path, note: &Note) -> Result<Self> {
        let words = NamedTempFile::new().context("TensorBoard: cannot make a temporary file")?;
        let output = || words.reopen().context("TensorBoard: cannot open a temporary file");
        let mut command = Command::new("sh");
        command.args(["-c", WHILE_WE_LIVE]).arg(program).arg("--logdir").arg(folder);
        command.args(["--host", "127.0.0.1", "--port", "0"]);
        // Without the second program that reads for it: one less to end.
        command.args(["--load_fast", "false", "--reload_interval", "5"]);
        command.env("NOTE", note.file());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(output()?);
        let child = command.spawn().context("TensorBoard: cannot start `sh`")?;
        let mut server = Self { child, port: 0 };
        match server.wait(&mut output()?) {
            Ok(port) => server.port = port,
            Err(error) => {
                server.end();
                bail!("TensorBoard ({}): {error:#}", program.display());
            }
        }
        Ok(server)
    }

    /// Waits until it answers: its port.
    fn wait(&mut self, words: &mut File) -> Result<u16> {
        let start = Instant::now();
        loop {
            let ended = self.child.try_wait().context("lost it")?;
            words.rewind()?;
            let mut said = Vec::new();
            words.read_to_end(&mut said)?;
            let said = String::from_utf8_lossy(&said);
            if let Some(status) = ended {
                bail!("it ended before it answered ({status}). Its last words:\n{}", last(&said));
            }
            if let Some(port) = port_in(&said).filter(|port| answers(*port)) {
                return Ok(port);
            }
            if start.elapsed() > START {
                let seconds = START.as_secs();
                bail!("no answer within {seconds} s; try again. Its last words:\n{}", last(&said));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Leaves it running until this process ends, which closes the other end of its input.
    fn keep(self) -> u16 {
        std::mem::forget(self.child);
        self.port
    }

    fn end(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The port in `TensorBoard 2.21.0 at http://127.0.0.1:34779/ (Press CTRL+C to quit)`.
fn port_in(said: &str) -> Option<u16> {
    let (_, behind) = said.split_once("http://127.0.0.1:")?;
    let (port, _) = behind.split_once('/')?;
    port.parse().ok()
}

fn answers(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

fn last(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that stands for TensorBoard.
    fn stand_in(script: &str) -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("tensorboard");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        (folder, program)
    }

    #[test]
    fn a_program_that_fails_is_quoted() {
        let (folder, program) = stand_in("echo no module named tensorboard >&2; exit 3");
        let note = Note::on(folder.path());
        let error = Server::start(folder.path(), &program, &note).err().unwrap().to_string();
        assert!(error.contains("it ended before it answered (exit status: 3)"), "{error}");
        assert!(error.ends_with("no module named tensorboard"), "{error}");
    }

    #[test]
    fn a_server_ends_when_nobody_holds_its_input() {
        let (folder, program) = stand_in("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 1000");
        let words = NamedTempFile::new().unwrap();
        let mut command = Command::new("sh");
        let note = Note::on(folder.path());
        note.write(7000).unwrap();
        command.args(["-c", WHILE_WE_LIVE]).arg(&program).stdin(Stdio::piped());
        command.env("NOTE", note.file());
        let child = command.stderr(words.reopen().unwrap()).spawn().unwrap();
        let mut server = Server { child, port: 0 };
        while !folder.path().join("pid").exists() {
            std::thread::sleep(LOOK);
        }
        assert!(server.child.try_wait().unwrap().is_none());
        server.end();
        assert!(!server.child.wait().unwrap().success());
        assert!(!note.file().exists());
    }

    #[test]
    fn the_port_is_read_from_what_tensorboard_says() {
        let said = "TensorBoard 2.21.0 at http://127.0.0.1:34779/ (Press CTRL+C to quit)";
        assert_eq!(port_in(said), Some(34779));
        assert_eq!(port_in("TensorBoard 2.21.0 at http://127.0.0.1:347"), None);
    }
}
