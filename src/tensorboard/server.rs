//! The real TensorBoard, started by a notebook's kernel and gone with it.
//!
//! What it says goes to a file named after this process and the folder, from which a later call
//! reads the port again. A variable would not do: evcxr links the library into every cell anew,
//! so each cell has its own copy of a `static`.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// Runs a program until it ends or standard input closes, which happens whichever way the
/// process that holds its other end dies; then removes its log.
const WHILE_WE_LIVE: &str = r#"
exec 3<&0
"$0" "$@" </dev/null 3<&- & board=$!
{ cat <&3 >/dev/null; kill "$board" 2>/dev/null; } & watcher=$!
exec 3<&-
wait "$board"; status=$?
kill "$watcher" 2>/dev/null
rm -f "$LOG"
exit $status"#;

/// A shell's exit code for a program that does not exist.
const NO_PROGRAM: i32 = 127;

/// How long TensorBoard may take to answer; loading it from a cold disk takes a while.
const START: Duration = Duration::from_secs(60);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

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
/// There is no such folder, `tensorboard` is not on the `PATH`, or it does not answer within 60 s.
pub fn show(logdir: impl AsRef<Path>) -> Result<TensorBoard> {
    let shown = logdir.as_ref();
    ensure!(
        shown.is_dir(),
        "{}: there is no such folder; start a run first, as in Run::create(\"{}\")",
        shown.display(),
        shown.join("first-try").display()
    );
    let folder = shown.canonicalize().with_context(|| format!("{}", shown.display()))?;
    let digest = crc32c::crc32c(folder.as_os_str().as_encoded_bytes());
    let name = format!("mnist-tutorial-tensorboard-{}-{digest:08x}", std::process::id());
    let log = std::env::temp_dir().join(name);
    // Two threads of a cell must not start two for one folder.
    static STARTING: Mutex<()> = Mutex::new(());
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let port = match running(&log) {
        Some(port) => port,
        None => start("tensorboard", &folder, &log)?,
    };
    Ok(TensorBoard { logdir: shown.to_owned(), port })
}

/// The port of the TensorBoard whose log this is, if it answers.
fn running(log: &Path) -> Option<u16> {
    let mut said = String::new();
    let file = File::open(log).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // In a temporary folder, another user may have put it there.
        let own = tempfile::tempfile().ok()?;
        if own.metadata().ok()?.uid() != file.metadata().ok()?.uid() {
            return None;
        }
    }
    file.take(100_000).read_to_string(&mut said).ok()?;
    port_in(&said)
}

/// Starts it and waits until it answers: its port.
fn start(program: &str, folder: &Path, log: &Path) -> Result<u16> {
    let _ = fs::remove_file(log); // left by an earlier process of this number
    let open = |options: &mut OpenOptions| {
        options.open(log).with_context(|| format!("TensorBoard: {}", log.display()))
    };
    let writer = open(OpenOptions::new().append(true).create_new(true))?;
    let mut reader = open(OpenOptions::new().read(true))?;
    let mut command = Command::new("sh");
    command.args(["-c", WHILE_WE_LIVE, program, "--logdir"]).arg(folder);
    command.args(["--host", "127.0.0.1", "--port", "0"]);
    // Without the second program that reads for it: one less to end.
    command.args(["--load_fast", "false", "--reload_interval", "5"]).env("LOG", log);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(writer);
    let mut shell = command.spawn().context("TensorBoard: cannot start `sh`")?;
    let (mut said, begun) = (Vec::new(), Instant::now());
    loop {
        let ended = shell.try_wait().context("TensorBoard: lost its shell")?;
        reader.read_to_end(&mut said)?;
        let said = String::from_utf8_lossy(&said);
        match ended {
            Some(status) if status.code() == Some(NO_PROGRAM) => bail!(
                "TensorBoard is not on the PATH; `cargo xtask tensorboard` gets it and shows the \
                 runs"
            ),
            Some(status) => {
                bail!("TensorBoard ended before it answered ({status}). {}", last_words(&said))
            }
            None => {}
        }
        if let Some(port) = port_in(&said) {
            // It runs until this process ends, which closes the other end of its input.
            std::mem::forget(shell);
            return Ok(port);
        }
        if begun.elapsed() > START {
            drop(shell.stdin.take());
            let _ = shell.wait();
            let seconds = START.as_secs();
            bail!("TensorBoard: no answer within {seconds} s; try again. {}", last_words(&said));
        }
        std::thread::sleep(LOOK);
    }
}

/// The port in `TensorBoard 2.21.0 at http://127.0.0.1:34779/ (Press CTRL+C to quit)`, if
/// something answers there.
fn port_in(said: &str) -> Option<u16> {
    let (port, _) = said.split_once("http://127.0.0.1:")?.1.split_once('/')?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().ok()?));
    let answer = TcpStream::connect_timeout(&address, Duration::from_secs(1));
    answer.is_ok().then_some(address.port())
}

fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    format!("Its last words:\n{}", lines[lines.len().saturating_sub(10)..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_or_fails_is_an_error_with_its_words() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (program, log) = (folder.path().join("tensorboard"), folder.path().join("log"));
        let start = || start(program.to_str().unwrap(), folder.path(), &log);
        let error = start().unwrap_err().to_string();
        assert!(error.contains("not on the PATH; `cargo xtask tensorboard`"), "{error}");
        fs::write(&program, "#!/bin/sh\necho no module >&2; exit 3\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let error = start().unwrap_err().to_string();
        assert!(error.contains("ended before it answered (exit status: 3)"), "{error}");
        assert!(error.ends_with("no module"), "{error}");
        assert!(!log.exists());
    }

    #[test]
    fn the_port_is_read_from_what_tensorboard_says_while_it_answers() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = format!("TensorBoard 2.21.0 at http://127.0.0.1:{port}/ (Press CTRL+C to quit)");
        let log = tempfile::NamedTempFile::new().unwrap();
        fs::write(&log, &said).unwrap();
        assert_eq!(running(log.path()), Some(port));
        assert_eq!(port_in(said.split_once('/').unwrap().0), None);
        drop(listener);
        assert_eq!(running(log.path()), None);
    }
}
