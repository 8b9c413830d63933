//! The real TensorBoard, started by a notebook's kernel and gone with it.
//!
//! What it says goes to a folder named after this process and the folder of the runs, from which a
//! later call reads the address again. A variable would not do: evcxr links the library into every
//! cell anew, so each cell has its own copy of a `static`.
//!
//! Every user of the machine can ask the port. So the address has a part that is as good as a
//! password, which neither a command line nor a file that others can read tells.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// Runs a program until it ends or standard input closes, which happens whichever way the
/// process that holds its other end dies; then removes its folder.
const WHILE_WE_LIVE: &str = r#"
exec 3<&0
"$0" "$@" </dev/null 3<&- & board=$!
{ cat <&3 >/dev/null; kill "$board" 2>/dev/null; } & watcher=$!
exec 3<&-
wait "$board"; status=$?
kill "$watcher" 2>/dev/null
rm -rf "$FOLDER"
exit $status"#;

/// What its folder holds: arguments and what it says.
const ARGUMENTS: &str = "arguments";
const LOG: &str = "log";

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
    address: String,
}

impl TensorBoard {
    /// The folder of the runs, as it was given.
    pub fn logdir(&self) -> &Path {
        &self.logdir
    }

    /// Where TensorBoard answers, on this machine only. Who knows this address sees the runs.
    pub fn address(&self) -> &str {
        &self.address
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
    let name = format!("mnist-tutorial-tensorboard-{}-{digest:08x}-", std::process::id());
    // Two threads of a cell must not start two for one folder.
    static STARTING: Mutex<()> = Mutex::new(());
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let own = private_folder(&std::env::temp_dir(), &name)?;
    let address = match running(own.path(), &name) {
        Some(address) => address,
        None => start("tensorboard", &folder, own)?,
    };
    Ok(TensorBoard { logdir: shown.to_owned(), address })
}

/// A folder into which nobody else can look, under a name that nobody else can take before.
fn private_folder(temporary: &Path, name: &str) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    let folder = builder.prefix(name).tempdir_in(temporary);
    folder.with_context(|| format!("TensorBoard: a folder in {}", temporary.display()))
}

/// The address of the TensorBoard that answers of those whose folders lie beside `own` under this
/// name: started by this process, or left by an earlier one of its number.
fn running(own: &Path, name: &str) -> Option<String> {
    #[cfg(unix)]
    let is_ours = |folder: &Path| {
        use std::os::unix::fs::MetadataExt;
        // In a temporary folder, another user may have put it there.
        let user = |folder| Some(fs::symlink_metadata(folder).ok()?.uid());
        user(folder) == user(own)
    };
    #[cfg(not(unix))]
    let is_ours = |_: &Path| true;
    let entries = fs::read_dir(own.parent()?).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let named = |folder: &PathBuf| {
        folder.file_name().is_some_and(|found| found.to_string_lossy().starts_with(name))
    };
    entries.filter(named).filter(|folder| is_ours(folder)).find_map(|folder| {
        let mut said = String::new();
        File::open(folder.join(LOG)).ok()?.take(100_000).read_to_string(&mut said).ok()?;
        address_in(&said)
    })
}

/// Starts it and waits until it answers: its address.
fn start(program: &str, folder: &Path, own: TempDir) -> Result<String> {
    let (log, arguments) = (own.path().join(LOG), own.path().join(ARGUMENTS));
    let cannot = || format!("TensorBoard: {}", own.path().display());
    let writer = File::create_new(&log).with_context(cannot)?;
    let mut reader = File::open(&log).with_context(cannot)?;
    // The standard library's hashes have random keys of 128 bits.
    let random = RandomState::new();
    let secret = format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1));
    fs::write(&arguments, format!("--path_prefix=/{secret}\n")).with_context(cannot)?;
    let mut command = Command::new("sh");
    command.args(["-c", WHILE_WE_LIVE, program, "--logdir"]).arg(folder);
    command.args(["--host", "127.0.0.1", "--port", "0", "--flagfile"]).arg(arguments);
    // Without the second program that reads for it: one less to end.
    command.args(["--load_fast", "false", "--reload_interval", "5"]);
    // It leaves a note of its address where temporary files lie.
    command.env("TMPDIR", own.path()).env("FOLDER", own.path());
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
        if let Some(address) = address_in(&said) {
            // It runs until this process ends, which closes the other end of its input.
            std::mem::forget((shell, own));
            return Ok(address);
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

/// The address in `TensorBoard 2.21.0 at http://127.0.0.1:34779/secret/ (Press CTRL+C to quit)`,
/// if something answers there.
fn address_in(said: &str) -> Option<String> {
    const BEGINNING: &str = "http://";
    let (address, _) = said.get(said.find("http://127.0.0.1:")?..)?.split_once(' ')?;
    let place: SocketAddr = address.get(BEGINNING.len()..)?.split('/').next()?.parse().ok()?;
    let answer = TcpStream::connect_timeout(&place, Duration::from_secs(1));
    answer.is_ok().then(|| address.to_owned())
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
        let program = folder.path().join("tensorboard");
        let start = || {
            let own = private_folder(folder.path(), "own-").unwrap();
            start(program.to_str().unwrap(), folder.path(), own)
        };
        let error = start().unwrap_err().to_string();
        assert!(error.contains("not on the PATH; `cargo xtask tensorboard`"), "{error}");
        fs::write(&program, "#!/bin/sh\necho no module >&2; exit 3\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let error = start().unwrap_err().to_string();
        assert!(error.contains("ended before it answered (exit status: 3)"), "{error}");
        assert!(error.ends_with("no module"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_address_is_read_from_what_tensorboard_says_while_it_answers() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/secret/", listener.local_addr().unwrap());
        let said = format!("TensorBoard 2.21.0 at {address} (Press CTRL+C to quit)");
        let temporary = tempfile::tempdir().unwrap();
        let [first, second] = [(); 2].map(|()| private_folder(temporary.path(), "name-").unwrap());
        fs::write(first.path().join(LOG), &said).unwrap();
        assert_eq!(running(second.path(), "name-"), Some(address));
        assert_eq!(running(second.path(), "another-"), None);
        assert_eq!(address_in(said.split_once('/').unwrap().0), None);
        drop(listener);
        assert_eq!(running(second.path(), "name-"), None);
    }
}
