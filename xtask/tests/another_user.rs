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

/// A program, asked to end with this value: JupyterLab, say, as `cargo xtask lab` starts it.
struct Running(Child);

impl Running {
    /// JupyterLab, and a kernel in it; everything that is temporary goes to the folder.
    fn lab(temporary: &Path) -> Running {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["lab", "--no-browser", "--spares", "0", "--port", &port.to_string()]);
        command.env_remove("MNIST_TUTORIAL_PROJECT").env("TMPDIR", temporary);
        let mut lab = Running(command.stdout(Stdio::piped()).spawn().unwrap());
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

impl Drop for Running {
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
    let _lab = Running::lab(folder.path());
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
    // A socket cannot be read; who may not even find it cannot connect to it either.
    let socket = files_named("-ipc-1", folder.path());
    let [_, refused] = as_another(&["cat"], &socket);
    assert!(refused.contains("Permission denied"), "{refused}");
}

/// The first line of what answers there.
fn status_of(place: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(place).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {place}\r\n\r\n").unwrap();
    BufReader::new(stream).lines().next().unwrap().unwrap()
}

#[test]
fn tensorboard_shows_the_runs_to_whoever_knows_its_whole_address() {
    if !support::has_kernel() {
        return;
    }
    let runs = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["tensorboard", "--port", "0", "--logdir"]).arg(runs.path());
    command.env_remove("MNIST_TUTORIAL_PROJECT").env("TMPDIR", runs.path());
    let mut board = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(board.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("http://127.0.0.1:")).unwrap();
    let (_, address) = line.split_once("http://").unwrap();
    let (place, path) = address.split_whitespace().next().unwrap().split_once('/').unwrap();
    let secret = path.trim_end_matches('/');
    assert!(secret.len() >= 32, "{line}");
    assert!(status_of(place, "/").contains(" 404 "));
    assert!(status_of(place, &format!("/{secret}/")).contains(" 200 "));
    for process in fs::read_dir("/proc").into_iter().flatten() {
        let command = fs::read(process.unwrap().path().join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&command).contains(secret), "ps shows it");
    }
    drop(board);
    assert_eq!(files_named("mnist-tutorial-", runs.path()), [] as [PathBuf; 0]);
}
