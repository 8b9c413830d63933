//! Makes the programs built here find libtorch when they start.
//!
//! Two ways, because neither reaches everything. The folder is written into tests, examples
//! and benches (`rpath`), which then also start without cargo. Documentation tests get no
//! linker arguments; cargo puts their libraries on the loader path, but only those from
//! folders inside `target/`, so one such folder is a link to libtorch's.
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys names the folder to its direct dependants.
    let Some(libraries) = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        return Ok(());
    };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", libraries.display());
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // Keeps libtorch itself, which loads CUDA where a libtorch with CUDA is used.
        println!("cargo::rustc-link-arg=-Wl,--no-as-needed");
        println!("cargo::rustc-link-arg=-ltorch");
    }
    if let Some(out) = env::var_os("OUT_DIR") {
        let link = Path::new(&out).join("libtorch");
        make_link(&libraries, &link)?;
        println!("cargo::rustc-link-search=native={}", link.display());
    }
    Ok(())
}

#[cfg(unix)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    match fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn make_link(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
