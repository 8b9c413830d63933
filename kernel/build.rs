//! Names the version of this source: a digest of every file of which the kernel is made.
//!
//! The launcher in the cache bears it as its name. It is the same in every clone of one source,
//! which a digest of the compiled program would not be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a kernel is made of.
const SOURCES: [&str; 4] = ["src", "relay", "labextension", "Cargo.toml"];

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        list(Path::new(source), &mut files)?;
    }
    files.sort();
    // FNV-1a, which no release of Rust can change.
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.len().to_le_bytes().iter().chain(bytes) {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for file in files {
        add(file.as_os_str().as_encoded_bytes());
        add(&fs::read(&file)?);
    }
    println!("cargo::rustc-env=KERNEL_VERSION={digest:016x}");
    Ok(())
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.file_name().is_some_and(|name| name == "__pycache__") {
        return Ok(());
    }
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    fs::read_dir(path)?.try_for_each(|entry| list(&entry?.path(), files))
}
