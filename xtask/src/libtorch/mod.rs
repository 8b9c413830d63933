//! libtorch: the user's own, or one in the cache.

mod archive;
mod check;
mod unpack;
mod wheel;

use crate::command::users_libtorch;
use crate::finding::{Finding, SET_UP};
use crate::home::Home;
use crate::{install, process};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that the crate `tch` 0.26 is made for.
pub const VERSION: &str = "2.13.0";

/// The part's name.
pub const PART: &str = "libtorch";

/// How long it usually takes.
pub const USUAL: &str = "1 to 3 min";

/// A usable libtorch.
pub struct Libtorch {
    /// The folder with `include` and `lib`.
    pub folder: PathBuf,
    /// Who says so, as in `LIBTORCH`.
    source: &'static str,
}

/// What is there.
pub fn inspect(home: &Home, project: &Path) -> Finding {
    match find(home, project) {
        Ok(Some(libtorch)) => {
            let (folder, source) = (libtorch.folder.display(), libtorch.source);
            Finding::found(PART, format!("{VERSION} in {folder} ({source})"))
        }
        Ok(None) => Finding::missing(PART, format!("not in {}", home.root().display()), SET_UP),
        Err(error) => {
            let text = format!("{error:#}");
            let (detail, remedy) = text.split_once('\n').unwrap_or((&text, SET_UP));
            Finding::wrong(PART, detail, remedy)
        }
    }
}

/// The libtorch to use: `LIBTORCH`, `LIBTORCH_USE_PYTORCH`, or the cache's, if it has one.
///
/// # Errors
/// If the user's own cannot be used; set-up does not go past it silently.
pub fn find(home: &Home, project: &Path) -> Result<Option<Libtorch>> {
    if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        let folder = pytorch().and_then(|folder| check::usable(&folder).map(|()| folder));
        let folder = folder.context("LIBTORCH_USE_PYTORCH is set").with_context_remedy(
            &format!("install torch=={VERSION} for that Python, or unset LIBTORCH_USE_PYTORCH"),
        )?;
        return Ok(Some(Libtorch { folder, source: "LIBTORCH_USE_PYTORCH" }));
    }
    if let Some(folder) = users_libtorch(project) {
        let shown = folder.display();
        check::usable(&folder).with_context(|| format!("LIBTORCH={shown}")).with_context_remedy(
            &format!("set LIBTORCH to a libtorch {VERSION}, or unset it and {SET_UP}"),
        )?;
        return Ok(Some(Libtorch { folder, source: "LIBTORCH" }));
    }
    let folder = cached(home);
    if !folder.exists() {
        return Ok(None);
    }
    check::usable(&folder)?;
    Ok(Some(Libtorch { folder, source: "cache" }))
}

/// Brings libtorch into the cache, from the first source that has it.
pub fn install(home: &Home) -> Result<()> {
    install::folder(&cached(home), install::Leftover::Remove, |new| {
        let Err(archive) = archive::fetch(home, new) else {
            return Ok(());
        };
        if process::says_full(&format!("{archive:#}")) {
            return Err(archive);
        }
        println!("      the archive: {archive:#}");
        println!("      next source: the CPU part of PyTorch's Python package");
        let Err(wheel) = wheel::fetch(home, new) else {
            return Ok(());
        };
        if process::says_full(&format!("{wheel:#}")) {
            return Err(wheel);
        }
        bail!(
            "libtorch {VERSION} came from neither source.\nThe archive: {archive:#}\n\
             The Python package: {wheel:#}\nCheck the network and run this again, or set \
             LIBTORCH to a libtorch {VERSION} of your own"
        )
    })
}

fn cached(home: &Home) -> PathBuf {
    home.root().join(format!("libtorch-{VERSION}"))
}

/// The folder of the PyTorch that torch-sys would ask, found in the same way.
fn pytorch() -> Result<PathBuf> {
    let name = if env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let output = Command::new(name)
        .args(["-c", "import torch; print(torch.__path__[0])"])
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        bail!("{name}: {}", reason.lines().last().unwrap_or("cannot import torch"));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Adds what to do, as a line of its own at the end.
trait WithRemedy<T> {
    fn with_context_remedy(self, remedy: &str) -> Result<T>;
}

impl<T> WithRemedy<T> for Result<T> {
    fn with_context_remedy(self, remedy: &str) -> Result<T> {
        self.map_err(|error| anyhow::anyhow!("{error:#}\n{remedy}"))
    }
}

/// The part's name: programs start only if libtorch's libraries find each other.
pub const LOADER: &str = "loader path";

/// Whether every library that libtorch names is found where it is.
pub fn inspect_loader(libtorch: &Path) -> Finding {
    let library = libtorch.join("lib").join(check::library("torch_cpu"));
    if cfg!(target_os = "macos") {
        return match library.is_file() {
            true => Finding::found(LOADER, library.display().to_string()),
            false => Finding::missing(LOADER, library.display().to_string(), SET_UP),
        };
    }
    let output = Command::new("ldd").arg(&library).env_remove("LD_LIBRARY_PATH").output();
    let Ok(output) = output else {
        return Finding::found(LOADER, format!("{} (not tried, no `ldd` here)", library.display()));
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let absent: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_suffix("=> not found"))
        .map(str::trim)
        .collect();
    match (output.status.success(), absent.is_empty()) {
        (true, true) => Finding::found(LOADER, library.display().to_string()),
        (true, false) => {
            let detail = format!("{} needs {}", library.display(), absent.join(", "));
            Finding::wrong(LOADER, detail, format!("remove {} and {SET_UP}", libtorch.display()))
        }
        _ => Finding::wrong(
            LOADER,
            format!("{} cannot be loaded", library.display()),
            format!("remove {} and {SET_UP}", libtorch.display()),
        ),
    }
}

/// Adds what to do to an error that says the disk is full.
fn explain_full(error: anyhow::Error) -> anyhow::Error {
    match process::says_full(&format!("{error:#}")) {
        true => anyhow::anyhow!("{error:#}{}", process::FULL),
        false => error,
    }
}
