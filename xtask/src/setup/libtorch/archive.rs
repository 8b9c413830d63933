//! libtorch's own archive for the CPU.

use super::check::{self, VERSION};
use super::unpack;
use crate::setup::home::Home;
use anyhow::{Result, anyhow, bail};
use mnist_files::download::{self, Expected, Timeouts, Unavailable};
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where PyTorch publishes libtorch.
const BASE: &str = "https://download.pytorch.org/libtorch/cpu";

/// Names another server in `BASE`'s place: a mirror, or the tests' own.
const BASE_VARIABLE: &str = "MNIST_TUTORIAL_LIBTORCH_BASE";

/// More than the archive has: about 200 MB.
const AT_MOST: u64 = 1_000_000_000;

/// Fetches and unpacks the archive.
///
/// PyTorch publishes no checksum for it that could be pinned here. What is checked is the
/// secure connection, the archive's own checksum of each file, the version and the files.
pub fn fetch(home: &Home, new: &Path) -> Result<()> {
    let name = name()?;
    let base = env::var(BASE_VARIABLE).unwrap_or_else(|_| BASE.to_owned());
    let url = format!("{}/{}", base.trim_end_matches('/'), name.replace('+', "%2B"));
    println!("    libtorch: fetching {url}");
    let file = home.downloads().join(&name);
    download(&url, &file)?;
    let unpacked = unpack::some(&file, new, chosen).and_then(|_| check::usable(new));
    // Kept, a damaged archive would fail again each time.
    std::fs::remove_file(&file)?;
    unpacked
}

fn name() -> Result<String> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Ok(format!("libtorch-shared-with-deps-{VERSION}+cpu.zip")),
        ("macos", "aarch64") => Ok(format!("libtorch-macos-arm64-{VERSION}.zip")),
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

fn download(url: &str, file: &Path) -> Result<()> {
    let expected = Expected { sha256: None, bytes: None, at_most: AT_MOST };
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
