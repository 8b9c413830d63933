//! A machine to set up on: a home, a clone, and small programs that stand for the large ones.
#![allow(dead_code, clippy::unwrap_used)]

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;

/// What the stand-ins are written in.
const TOOLS: [&str; 8] = ["sh", "mkdir", "cp", "mv", "cat", "sleep", "env", "chmod"];

pub struct Machine {
    root: TempDir,
    /// What the commands run here are told, beside the folders.
    pub variables: BTreeMap<String, String>,
}

impl Machine {
    /// A machine with everything that is needed before, and an empty cache.
    pub fn new() -> Machine {
        let machine = Machine { root: tempfile::tempdir().unwrap(), variables: BTreeMap::new() };
        fs::create_dir_all(machine.programs()).unwrap();
        fs::create_dir_all(machine.clone_folder().join(".cargo")).unwrap();
        for tool in TOOLS {
            let path = std::env::var_os("PATH").unwrap();
            let found = std::env::split_paths(&path)
                .map(|folder| folder.join(tool))
                .find(|file| file.is_file())
                .unwrap();
            symlink(found, machine.programs().join(tool)).unwrap();
        }
        machine.program("python3", include_str!("python.sh"));
        machine.program("cargo", include_str!("cargo.sh"));
        machine.program("rustc", include_str!("rustc.sh"));
        machine.program("meet", include_str!("meet.sh"));
        let core = machine.root.path().join("lib/rustlib/src/rust/library/core/src");
        fs::create_dir_all(&core).unwrap();
        for folder in ["alloc/src", "std/src"] {
            fs::create_dir_all(core.join("../..").join(folder)).unwrap();
        }
        fs::write(core.join("lib.rs"), "").unwrap();
        for file in ["Cargo.toml", "Cargo.lock"] {
            fs::write(machine.clone_folder().join(file), "").unwrap();
        }
        machine.program("c++", "echo 'c++ 14.0'");
        machine.program("clang++", "echo 'clang++ 17.0'");
        machine
    }

    /// The folder of all this, and of what a test puts beside.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Has this machine fetch libtorch's archive from there, and take these bytes for the right ones.
    pub fn archive_at(&mut self, base: String, bytes: &[u8]) {
        let sum = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.variables.insert("MNIST_TUTORIAL_LIBTORCH_BASE".into(), base);
        self.variables.insert("MNIST_TUTORIAL_LIBTORCH_SHA256".into(), sum);
    }

    /// Spaces and letters beyond ASCII, which must work everywhere.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("mit Leerzeichen/größer")
    }

    /// The user's own folder.
    pub fn user(&self) -> PathBuf {
        self.root.path().to_owned()
    }

    pub fn clone_folder(&self) -> PathBuf {
        self.root.path().join("the cløne")
    }

    pub fn programs(&self) -> PathBuf {
        self.root.path().join("bin")
    }

    /// Where the stand-ins note their environment, as `NAME.env`.
    pub fn notes(&self, name: &str) -> String {
        fs::read_to_string(self.note_file(name)).unwrap_or_default()
    }

    pub fn note_file(&self, name: &str) -> PathBuf {
        self.root.path().join(format!("{name}.env"))
    }

    /// Puts a shell script on the machine's path.
    pub fn program(&self, name: &str, script: &str) {
        let file = self.programs().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn remove_program(&self, name: &str) {
        fs::remove_file(self.programs().join(name)).unwrap();
    }

    pub fn xtask(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.root.path())
            .env("PATH", self.programs())
            .env("HOME", self.root.path())
            .env("TMPDIR", self.root.path())
            .env("CARGO", self.programs().join("cargo"))
            .env("NOTES", self.root.path())
            .env("MNIST_MIRRORS", "")
            .env("FASHION_MNIST_MIRRORS", "")
            .env("MNIST_TUTORIAL_HOME", self.home())
            .env("MNIST_TUTORIAL_PROJECT", self.clone_folder())
            .env("MNIST_TUTORIAL_LIBTORCH_BASE", "http://127.0.0.1:1/nothing")
            .envs(&self.variables);
        command
    }

    /// Runs to the end; returns both outputs together, and whether it succeeded.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let Output { status, stdout, stderr } = self.xtask(arguments).output().unwrap();
        let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        assert!(!text.contains("panicked"), "{text}");
        (status.success(), text)
    }

    /// A folder that looks like a libtorch.
    pub fn libtorch(&self, version: &str) -> PathBuf {
        let folder = self.root.path().join("own libtorch");
        for (name, content) in libtorch_files(version) {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        folder
    }
}

/// What was compiled for a cache whose path has a space lies outside it.
impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.xtask(&["clean", "--cache"]).output();
    }
}

fn libtorch_files(version: &str) -> Vec<(String, String)> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let mut files = vec![
        ("include/torch/csrc/api/include/torch/torch.h".to_owned(), String::new()),
        ("include/ATen/ATen.h".to_owned(), String::new()),
        ("build-version".to_owned(), format!("{version}\n")),
    ];
    for library in ["torch_cpu", "torch", "c10"] {
        files.push((format!("lib/{DLL_PREFIX}{library}{DLL_SUFFIX}"), "x".repeat(100_000)));
    }
    files
}

/// An archive as PyTorch publishes it, in small.
pub fn archive(version: &str) -> Vec<u8> {
    let files = libtorch_files(version).into_iter();
    zip(files.map(|(name, content)| (format!("libtorch/{name}"), content)))
}

/// PyTorch's Python package, in small.
pub fn package(version: &str) -> Vec<u8> {
    let files = libtorch_files(version).into_iter();
    zip(files.map(|(name, content)| (format!("torch/{name}"), content)))
}

/// An archive of these files.
pub fn zip(files: impl IntoIterator<Item = (String, String)>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = zip::ZipWriter::new(&mut bytes);
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in files {
        writer.start_file(name, stored).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    bytes.into_inner()
}

/// Serves the same bytes for every request; returns the address.
pub fn serve(bytes: Vec<u8>) -> String {
    format!("http://{}/cpu", listen(move |stream| answer(stream, &bytes)))
}

/// The same over TLS, with a certificate that only those trust who are given it: the second value.
pub fn serve_securely(bytes: Vec<u8>) -> (String, String) {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let settings = rustls::ServerConfig::builder_with_provider(
        rustls::crypto::ring::default_provider().into(),
    )
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![own.cert.der().clone()], key.into())
    .unwrap();
    let settings = Arc::new(settings);
    let address = listen(move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&settings)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        answer(&mut stream, &bytes)?;
        stream.conn.send_close_notify();
        stream.flush()
    });
    (format!("https://{address}/cpu"), own.cert.pem())
}

/// Calls `answer` with every connection; returns where it listens.
fn listen(answer: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that hangs up is part of the tests.
            let _ = answer(stream);
        }
    });
    address
}

fn answer(mut stream: impl Read + Write, bytes: &[u8]) -> io::Result<()> {
    let _ = stream.read(&mut [0; 4096])?;
    let length = bytes.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(bytes)
}

/// Every file below a folder with its time and size, to see whether anything was written.
pub fn listing(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| {
            let entry = entry.unwrap();
            let data = entry.metadata().unwrap();
            format!("{:?} {:?} {}", entry.path(), data.modified().unwrap(), data.len())
        })
        .collect();
    all.sort();
    all
}

/// Whether set-up has made a kernel; says that the test is skipped if not.
pub fn has_kernel() -> bool {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("doctor").output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    let there =
        |part: &str| report.lines().any(|line| line.starts_with("found") && line.contains(part));
    let all = there("kernel template") && there("Python environment") && there("evcxr");
    if !all {
        println!("skipped: no kernel here; run `cargo xtask setup`\n{report}");
    }
    all
}
