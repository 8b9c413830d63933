//! What another user of the machine sees of JupyterLab and its kernels, tried as one. Skipped, and
//! said so, where set-up has not been run, and where this is not root, who alone can be another.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
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
    /// JupyterLab, and its address and token; everything that is temporary goes to the folder.
    fn lab(temporary: &Path) -> (Running, String, String) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["lab", "--no-browser", "--spares", "0", "--port", &port.to_string()]);
        command.env_remove("MNIST_TUTORIAL_PROJECT").env("TMPDIR", temporary);
        let mut lab = Running(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(lab.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| Some(line.strip_prefix("JupyterLab: http://")?.into()));
        let address: String = address.unwrap();
        thread::spawn(|| lines.for_each(drop));
        let (place, token) = address.split_once("/lab/tree/notebooks?token=").unwrap();
        (lab, place.to_owned(), token.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

/// A program that another user runs.
fn another(program: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).args(program);
    command
}

/// A program that serves for another user, and where.
fn server_of_another() -> (Running, String) {
    // The system's own: one in a user's folder is out of reach.
    let mut command = another(&["/usr/bin/python3", "-u", "-m", "http.server", "0"]);
    command.args(["--bind", "127.0.0.1", "--directory", "/usr"]).stdout(Stdio::piped());
    let mut server = Running(command.spawn().unwrap());
    let line = BufReader::new(server.0.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    let port = line.split(" port ").nth(1).unwrap().split(' ').next().unwrap();
    (server, format!("127.0.0.1:{port}"))
}

/// What a program prints that another user runs, and what it complains about.
fn as_another(program: &[&str], paths: &[PathBuf]) -> [String; 2] {
    let output = another(program).args(paths).output().unwrap();
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned())
}

/// The first line of an answer.
fn ask(place: &str, request: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(place).unwrap();
    let rest =
        format!("Host: {place}\r\nAuthorization: token {token}\r\nContent-Length: 0\r\n\r\n");
    write!(stream, "{request} HTTP/1.0\r\n{rest}").unwrap();
    BufReader::new(stream).lines().next().unwrap().unwrap()
}

fn files_named(part: &str, below: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(below).into_iter().flatten().map(|entry| entry.into_path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().contains(part)).collect()
}

#[test]
fn another_user_can_neither_list_nor_read_nor_connect() {
    let can_be_another = rustix::process::geteuid().is_root()
        && Path::new("/usr/bin/python3").exists()
        && Command::new("setpriv").arg("-V").output().is_ok();
    if !can_be_another {
        println!("skipped: only root, with setpriv and the system's Python, can be another user");
        return;
    }
    if !support::has_kernel() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (_lab, place, token) = Running::lab(folder.path());
    assert!(ask(&place, "POST /api/kernels", &token).contains(" 201 "));
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
    // rust-analyzer's folder there holds the names and versions of dependencies, which no one hides.
    let is_of_the_run = |path: &PathBuf| {
        path.is_dir() && path.file_name().unwrap().to_string_lossy().starts_with("mnist-tutorial-")
    };
    let runtime = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let looked_into = runtime.filter(is_of_the_run).chain([state, runs]).collect::<Vec<_>>();
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
    // The proxy leads to a port of ours, here the server's own, and to nobody else's.
    let leads = |address: &str| ask(&place, &format!("GET /proxy/{address}/"), &token);
    assert!(!leads(&place).contains(" 403 "), "{}", leads(&place));
    let (_other, theirs) = server_of_another();
    assert!(leads(&theirs).contains(" 403 "), "{}", leads(&theirs));
    assert!(leads(&theirs.replace("127.0.0.1", "localhost")).contains(" 403 "));
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
    assert!(ask(place, "GET /", "").contains(" 404 "));
    assert!(ask(place, &format!("GET /{secret}/"), "").contains(" 200 "));
    for process in fs::read_dir("/proc").into_iter().flatten() {
        let command = fs::read(process.unwrap().path().join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&command).contains(secret), "ps shows it");
    }
    drop(board);
    assert_eq!(files_named("mnist-tutorial-", runs.path()), [] as [PathBuf; 0]);
}
