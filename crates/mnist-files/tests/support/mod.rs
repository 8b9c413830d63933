//! Small stand-ins for MNIST, and a look at what a folder holds.
#![allow(dead_code)]

pub mod disk;
pub mod server;

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use mnist_files::Settings;
use mnist_files::download::Timeouts;
use mnist_files::files::{Content, IdxFile, MNIST};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// A well-formed unpacked file whose images are blank, or whose labels are all 0.
pub fn blank(file: &IdxFile) -> Vec<u8> {
    let mut content = file.magic().to_be_bytes().to_vec();
    content.extend((file.count as u32).to_be_bytes());
    if file.content == Content::Images {
        content.extend([0, 0, 0, 28, 0, 0, 0, 28]);
    }
    content.resize(file.unpacked_bytes(), 0);
    content
}

/// The same bytes, packed.
pub fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Writes four well-formed, packed files.
pub fn write_blank_set(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for file in &MNIST.files {
        std::fs::write(folder.join(file.packed_name()), pack(&blank(file))?)?;
    }
    Ok(())
}

/// Settings that read `folder` as `data/`, download from `mirrors` only, and wait a second at most.
pub fn settings(folder: &Path, temporary: &Path, mirrors: &[String]) -> Settings {
    Settings {
        dataset: &MNIST,
        named_folder: None,
        folder: folder.into(),
        mirrors: mirrors.to_vec(),
        temporary: temporary.into(),
        timeouts: Timeouts { connect: Duration::from_secs(5), stall: Duration::from_secs(1) },
    }
}

/// The address of a port of this machine that nobody listens on.
pub fn refusing() -> Result<String> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok(format!("http://127.0.0.1:{port}"))
}

/// The files of a folder and what they hold, but for the lock of a download.
pub fn snapshot(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == ".download.lock" {
            continue;
        }
        let content =
            if entry.path().is_file() { std::fs::read(entry.path())? } else { Vec::new() };
        files.insert(name, content);
    }
    Ok(files)
}

/// The message of what must be an error, all in one line.
pub fn message<T>(result: Result<T>) -> Result<String> {
    let error = result.err().context("this should have been an error")?;
    Ok(format!("{error:#}"))
}
