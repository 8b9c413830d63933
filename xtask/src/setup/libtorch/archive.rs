//! libtorch's own archive for the CPU.

use super::check::{self, VERSION};
use super::unpack;
use crate::setup::home::Home;
use anyhow::{Result, anyhow, bail};
use mnist_files::download::{self, Expected, Timeouts, Unavailable};
use notebook_kernel::files as install;
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where PyTorch publishes libtorch.
const BASE: &str = "https://download.pytorch.org/libtorch/cpu";

/// Names another server in `BASE`'s place: a mirror, or the tests' own.
const BASE_VARIABLE: &str = "MNIST_TUTORIAL_LIBTORCH_BASE";

/// Names the SHA-256 of another archive, for the tests' own.
const SHA256_VARIABLE: &str = "MNIST_TUTORIAL_LIBTORCH_SHA256";

/// More than the archive has: 126 MB.
const AT_MOST: u64 = 1_000_000_000;

/// An archive for one kind of machine.
struct Archive {
    name: String,
    /// PyTorch publishes none. These are what several other projects, each for itself, found and
    /// pinned; an archive that is another one is not taken, and the Python package is.
    sha256: &'static str,
}

/// Fetches and unpacks the archive.
pub fn fetch(home: &Home, new: &Path) -> Result<()> {
    let Archive { name, sha256 } = archive()?;
    let base = env::var(BASE_VARIABLE).unwrap_or_else(|_| BASE.to_owned());
    let url = format!("{}/{}", base.trim_end_matches('/'), name.replace('+', "%2B"));
    println!("    libtorch: fetching {url}");
    let file = home.downloads().join(&name);
    let sha256 = env::var(SHA256_VARIABLE).unwrap_or_else(|_| sha256.to_owned());
    download(&url, &file, sha256)?;
    let unpacked = unpack::some(&file, new, chosen).and_then(|_| check::usable(new));
    // Kept, a damaged archive would fail again each time.
    std::fs::remove_file(&file)?;
    unpacked
}

/// Removes what a download left that was broken off, once libtorch came from elsewhere.
pub fn forget(home: &Home) -> Result<()> {
    match archive() {
        Ok(archive) => install::remove(&home.downloads().join(format!("{}.partial", archive.name))),
        Err(_) => Ok(()),
    }
}

fn archive() -> Result<Archive> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Ok(Archive {
            name: format!("libtorch-shared-with-deps-{VERSION}+cpu.zip"),
            sha256: "edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e",
        }),
        ("macos", "aarch64") => Ok(Archive {
            name: format!("libtorch-macos-arm64-{VERSION}.zip"),
            sha256: "1e10c6c4dc2764150c9fb2ad28e1889191302734e7f939108e5d2f22f21a06f8",
        }),
        (system, machine) => bail!("there is none for {system} on {machine}"),
    }
}

fn chosen(name: &Path) -> Option<PathBuf> {
    let inside = name.strip_prefix("libtorch").ok()?;
    let is_static = inside.extension().is_some_and(|ending| ending == "a");
    let is_wanted = inside.starts_with("include")
        || (inside.starts_with("lib") && !is_static)
        || inside == Path::new("build-version");
    is_wanted.then(|| inside.to_path_buf())
}

fn download(url: &str, file: &Path, sha256: String) -> Result<()> {
    let expected = Expected { sha256: Some(sha256), bytes: None, at_most: AT_MOST };
    let timeouts = Timeouts { connect: Duration::from_secs(5), ..Timeouts::default() };
    let urls = [url.to_owned()];
    download::fetch(&urls, file, &expected, &timeouts, &mut |line| {
        // Failures come back as the error.
        if !line.starts_with(url) {
            println!("    libtorch: {line}");
        }
    })
    .map_err(|error| match error.downcast::<Unavailable>() {
        Ok(unavailable) => anyhow!("{}", unavailable.failures.join("; ")),
        Err(other) => other,
    })
}
