//! A cell's own pipes, past those of evcxr.
//!
//! evcxr reads what a cell prints line by line: it stops for ever at a byte that is not UTF-8, shows no
//! line without its end, and gives a cell nothing to read. The course's kernel has a relay that does better;
//! it is handed the pipes of the process in which the cells run. It asks the rest over a socket:
//! a zero, whether a cell waits for input; another number, to print what is not flushed yet,
//! and then a line with that number.

use std::env;
use std::fs::{self, File};
use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use serde_json::json;

use crate::status_line;

/// Names the relay's socket.
const VARIABLE: &str = "MNIST_TUTORIAL_STREAMS";

/// How long the relay may take to start, and to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// From now on, what cells print and read goes through the course's kernel: bytes of any kind, lines
/// without an end, questions. Elsewhere nothing changes.
pub fn connect_streams() {
    if let Some(socket) = env::var_os(VARIABLE) {
        // evcxr's own pipes remain if this fails.
        let _ = hand_over(Path::new(&socket));
    }
}

/// Hands the relay the far ends of three new pipes, and the two by which evcxr is reached.
fn hand_over(socket: &Path) -> io::Result<()> {
    let mut relay = connect(socket)?;
    relay.set_read_timeout(Some(PATIENCE))?;
    let (input, far_input) = io::pipe()?;
    let (far_output, output) = io::pipe()?;
    let (far_errors, errors) = io::pipe()?;
    let (stdin, mut stdout) = (io::stdin(), io::stdout());
    stdout.flush()?;
    let ends =
        [far_input.as_fd(), far_output.as_fd(), far_errors.as_fd(), stdin.as_fd(), stdout.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(5))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&ends));
    sendmsg(&relay, &[IoSlice::new(&[0])], &mut message, SendFlags::empty())?;
    // A relay that has a process's pipes already closes the connection.
    relay.read_exact(&mut [0])?;
    relay.set_read_timeout(None)?;
    thread::Builder::new().name("streams".into()).spawn(move || answer(relay))?;
    dup2_stdin(input)?;
    dup2_stdout(output)?;
    dup2_stderr(errors)?;
    Ok(())
}

/// Connects as soon as there is a relay, which is started just before evcxr.
fn connect(socket: &Path) -> io::Result<UnixStream> {
    let begun = Instant::now();
    loop {
        match connect_now(socket) {
            Err(_) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
            result => return result,
        }
    }
}

/// A socket's path has a hundred bytes at most; where it would have more, Linux has another name
/// for its folder.
fn connect_now(socket: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(socket).or_else(|error| {
        let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
            return Err(error);
        };
        let folder = File::open(folder)?;
        let short = format!("/proc/self/fd/{}", folder.as_raw_fd());
        UnixStream::connect(Path::new(&short).join(name))
    })
}

/// Answers the relay as long as the process lives.
fn answer(mut relay: UnixStream) {
    let mut request = [0];
    while relay.read_exact(&mut request).is_ok() {
        match request[0] {
            0 => {
                if relay.write_all(&[u8::from(is_input_awaited())]).is_err() {
                    return;
                }
            }
            number => {
                let line = status_line::line(&json!({ "mark": number }));
                status_line::write(&mut io::stdout(), &line);
            }
        }
    }
}

/// Whether a thread of this process is in a call of `read` for standard input, where Linux tells.
fn is_input_awaited() -> bool {
    let read = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };
    let mut tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.any(|task| {
        fs::read_to_string(task.path().join("syscall")).is_ok_and(|call| call.starts_with(read))
    })
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_socket_whose_path_is_too_long_is_reached_all_the_same() {
        let root = tempfile::tempdir().expect("a folder");
        let deep = root.path().join("a".repeat(60)).join("b".repeat(60));
        fs::create_dir_all(&deep).expect("a deep folder");
        assert!(UnixListener::bind(deep.join("streams")).is_err());
        let folder = File::open(&deep).expect("the folder");
        let short = format!("/proc/self/fd/{}/streams", folder.as_raw_fd());
        let _listener = UnixListener::bind(short).expect("a socket");
        connect_now(&deep.join("streams")).expect("a connection");
        assert!(connect_now(&deep.join("other")).is_err());
    }
}
