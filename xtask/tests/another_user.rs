//! What another user of the machine sees of JupyterLab and its kernels, tried as one. Skipped, and
//! said so, where set-up has not been run, and where this is not root, who alone can be another.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

mod support;

/// How long something may take that takes seconds.
const DEADLINE: Duration = Duration::from_secs(120);

/// JupyterLab as `cargo xtask lab` starts it, and a kernel in it.
struct Lab(Child);

impl Lab {
    /// Starts both; everything that is temporary goes to the folder.
    fn start(temporary: &Path) -> Lab {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["lab", "--no-browser", "--spares", "0", "--port", &port.to_string()]);
        command.env_remove("MNIST_TUTORIAL_PROJECT").env("TMPDIR", temporary);
        let mut lab = Lab(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(lab.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find(|line| line.starts_with("JupyterLab: http://")).unwrap();
        thread::spawn(|| lines.for_each(drop));
        let place = address["JupyterLab: http://".len()..].split('/').next().unwrap();
        let token = address.split("token=").nth(1).unwrap();
        let body = "{\"name\": \"mnist-tutorial\"}";
        let mut stream = TcpStream::connect(place).unwrap();
        write!(
            stream,
            "POST /api/kernels HTTP/1.0\r\nHost: {place}\r\nAuthorization: token {token}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 201 "), "{answer}");
        lab
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

/// What a program prints that another user runs, and what it complains about.
fn as_another(program: &[&str], paths: &[PathBuf]) -> [String; 2] {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).args(program).args(paths);
    let output = command.output().unwrap();
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned())
}

fn files_named(part: &str, below: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(below).into_iter().flatten().map(|entry| entry.into_path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().contains(part)).collect()
}

#[test]
fn another_user_can_neither_list_nor_read_nor_connect() {
    let can_be_another =
        rustix::process::geteuid().is_root() && Command::new("setpriv").arg("-V").output().is_ok();
    if !can_be_another {
        println!("skipped: only root, and with setpriv, can act as another user");
        return;
    }
    if !support::has_kernel() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let _lab = Lab::start(folder.path());
    let begun = Instant::now();
    while files_named("-ipc-", folder.path()).len() < 5 {
        assert!(begun.elapsed() < DEADLINE, "the kernel has no sockets");
        thread::sleep(Duration::from_millis(100));
    }
    for file in ["jpserver-", "lab.log", "kernel-"] {
        assert!(!files_named(file, folder.path()).is_empty(), "{file}");
    }
    let home = std::env::var_os("MNIST_TUTORIAL_HOME").map_or_else(
        || Path::new(&std::env::var_os("HOME").unwrap()).join(".cache/mnist-tutorial"),
        PathBuf::from,
    );
    let [state, runs] = ["jupyter/state", "kernels/runs"].map(|name| home.join(name));
    assert!(!files_named("evcxr.json", &runs).is_empty());
    let runtime = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let looked_into = runtime.filter(|path| path.is_dir()).chain([state, runs]).collect::<Vec<_>>();
    let find = ["find", "-H"];
    let [found, _] = as_another(&find, &looked_into);
    // The folders' own names, and nothing below.
    assert!(
        found.lines().all(|line| looked_into.iter().any(|one| one == Path::new(line))),
        "{found}"
    );
    let connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])";
    let socket = files_named("-ipc-1", folder.path());
    let [_, refused] = as_another(&["python3", "-c", connect], &socket);
    assert!(refused.contains("PermissionError"), "{refused}");
}
