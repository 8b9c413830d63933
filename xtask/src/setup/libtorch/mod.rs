//! libtorch: the user's own, or one in the cache.

mod archive;
mod check;
mod unpack;
mod wheel;

use super::finding::{Finding, SET_UP};
use super::home::Home;
use crate::command::users_libtorch;
use crate::process;
use anyhow::{Context, Result, bail, ensure};
use notebook_kernel::files as install;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use check::VERSION;

/// The part's name.
pub const PART: &str = "libtorch";

/// How long it usually takes.
pub const USUAL: &str = "1 to 3 min";

/// The bindings' own variable: take the libtorch of the PyTorch that Python imports.
const USE_PYTORCH: &str = "LIBTORCH_USE_PYTORCH";

/// What the bindings take before or beside `LIBTORCH`; kernels and their template go without.
pub const OTHERS: [&str; 5] =
    [USE_PYTORCH, "LIBTORCH_INCLUDE", "LIBTORCH_LIB", "LIBTORCH_CXX11_ABI", "LIBTORCH_STATIC"];

/// A usable libtorch.
pub struct Libtorch {
    /// The folder with `include` and `lib`.
    pub folder: PathBuf,
    /// Where it was found, as in `LIBTORCH`.
    source: &'static str,
}

/// What is there.
pub fn inspect(home: &Home, project: &Path) -> Finding {
    match look(home, project) {
        Ok(Some(libtorch)) => {
            let (folder, source) = (libtorch.folder.display(), libtorch.source);
            Finding::found(PART, format!("{VERSION} in {folder} ({source})"))
        }
        Ok(None) => Finding::missing(PART, format!("not in {}", home.root().display()), SET_UP),
        Err(finding) => finding,
    }
}

/// The libtorch to use: the user's own, else the cache's, if it has one.
///
/// # Errors
/// If the user's own cannot be used; set-up does not ignore it silently.
pub fn find(home: &Home, project: &Path) -> Result<Option<Libtorch>> {
    look(home, project).map_err(Finding::into_error)
}

/// [`find`], with what is wrong as a part of doctor's list.
fn look(home: &Home, project: &Path) -> Result<Option<Libtorch>, Finding> {
    let found = choose(home, project)?;
    if found.as_ref().is_some_and(|libtorch| libtorch.source == USE_PYTORCH) {
        // Then the bindings ask PyTorch for all of it.
        return Ok(found);
    }
    let folder = found.as_ref().map(|libtorch| &*libtorch.folder);
    match OTHERS.iter().find_map(|name| conflict(name, &env::var(name).ok()?, folder)) {
        Some(conflict) => Err(conflict),
        None => Ok(found),
    }
}

/// What plain cargo would build the bindings with in place of, or against, this libtorch: pages
/// of errors about a missing header, or a library that does not link.
fn conflict(name: &str, value: &str, libtorch: Option<&Path>) -> Option<Finding> {
    let (fits, expected) = match name {
        "LIBTORCH_INCLUDE" | "LIBTORCH_LIB" => {
            let same = |folder| fs::canonicalize(value).ok() == fs::canonicalize(folder).ok();
            // Where there is none yet, set-up is about to bring one.
            (libtorch.is_some_and(same), "the libtorch of LIBTORCH or of the cache")
        }
        "LIBTORCH_CXX11_ABI" => (value == "1", "1"),
        "LIBTORCH_STATIC" => (["0", "false", "FALSE"].contains(&value), "0"),
        _ => return None,
    };
    let detail = format!("{name}={value}, expected {expected}: plain cargo would heed it");
    (!fits).then(|| Finding::users(PART, detail, format!("unset {name}")))
}

fn choose(home: &Home, project: &Path) -> Result<Option<Libtorch>, Finding> {
    let own = users_libtorch(project);
    if env::var_os(USE_PYTORCH).is_some() {
        if let Some(own) = own {
            // Choosing one here would not help: plain cargo's build of the bindings takes
            // PyTorch's, and programs would be linked with one and started with the other.
            let own = own.display();
            let both = format!("LIBTORCH={own} and {USE_PYTORCH} are both set");
            let detail = format!("{both}, and may name two libtorches");
            let remedy = format!("unset {USE_PYTORCH} to use LIBTORCH, or unset LIBTORCH");
            return Err(Finding::users(PART, detail, remedy));
        }
        let usable = pytorch().and_then(|folder| check::usable(&folder).map(|()| folder));
        let folder = usable.map_err(|error| {
            let remedy =
                format!("install torch=={VERSION} for that Python, or unset {USE_PYTORCH}");
            Finding::users(PART, format!("{USE_PYTORCH} is set: {error:#}"), remedy)
        })?;
        return Ok(Some(Libtorch { folder, source: USE_PYTORCH }));
    }
    if let Some(folder) = own {
        check::usable(&folder).map_err(|error| {
            let remedy = format!("set LIBTORCH to a libtorch {VERSION}, or unset it and {SET_UP}");
            Finding::users(PART, format!("LIBTORCH={}: {error:#}", folder.display()), remedy)
        })?;
        return Ok(Some(Libtorch { folder, source: "LIBTORCH" }));
    }
    let folder = cached(home);
    if !folder.exists() {
        return Ok(None);
    }
    check::usable(&folder).map_err(|error| Finding::wrong(PART, format!("{error:#}"), SET_UP))?;
    Ok(Some(Libtorch { folder, source: "cache" }))
}

/// Brings libtorch into the cache, from the first source that has it. `has_python` waits for the
/// Python environment, whose pip fetches the second one.
pub fn install(home: &Home, has_python: impl FnOnce() -> bool) -> Result<()> {
    let wheel = |new: &Path| {
        ensure!(has_python(), "there is no Python environment to fetch it with");
        wheel::fetch(home, new)
    };
    install::folder(&cached(home), install::Leftover::Remove, |new| {
        from_either(new, |new| archive::fetch(home, new), wheel)
    })?;
    archive::forget(home)
}

fn from_either(
    new: &Path,
    archive: impl FnOnce(&Path) -> Result<()>,
    wheel: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let Err(archive) = archive(new) else {
        return Ok(());
    };
    if process::says_full(&format!("{archive:#}")) {
        return Err(archive);
    }
    println!("    libtorch: the archive: {archive:#}");
    println!("    libtorch: next source: the CPU part of PyTorch's Python package");
    // What the archive left would mix with the package's files.
    install::remove(new)?;
    fs::create_dir(new).with_context(|| format!("cannot make {}", new.display()))?;
    let Err(wheel) = wheel(new) else {
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
}

fn cached(home: &Home) -> PathBuf {
    home.root().join(format!("libtorch-{VERSION}"))
}

/// The folder of the PyTorch that torch-sys would use, found in the same way.
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

/// The part's name: programs start only if libtorch's libraries find each other.
pub const LOADER: &str = "loader path";

/// Whether every library that libtorch names is found where it is.
pub fn inspect_loader(libtorch: &Path) -> Finding {
    let library = libtorch.join("lib").join(check::library("torch_cpu"));
    let shown = library.display();
    let output = Command::new("ldd").arg(&library).env_remove("LD_LIBRARY_PATH").output();
    let Ok(output) = output else {
        return Finding::found(LOADER, format!("{shown} (not tried, no `ldd` here)"));
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let absent = text.lines().filter_map(|line| Some(line.strip_suffix("=> not found")?.trim()));
    let absent = absent.collect::<Vec<&str>>().join(", ");
    let detail = match (output.status.success(), absent.is_empty()) {
        (true, true) => return Finding::found(LOADER, shown.to_string()),
        (true, false) => format!("{shown} needs {absent}"),
        _ => format!("{shown} cannot be loaded"),
    };
    Finding::wrong(LOADER, detail, format!("remove {} and {SET_UP}", libtorch.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_source_finds_nothing_of_the_first() {
        let cache = tempfile::tempdir().unwrap();
        let new = cache.path().join("libtorch.partial");
        fs::create_dir(&new).unwrap();
        let archive = |new: &Path| {
            fs::write(new.join("libold.so"), "")?;
            bail!("damaged")
        };
        from_either(&new, archive, |new| Ok(fs::write(new.join("libnew.so"), "")?)).unwrap();
        assert!(new.join("libnew.so").exists() && !new.join("libold.so").exists());
    }

    #[test]
    fn a_variable_that_names_another_libtorch_is_named_itself() {
        let cache = tempfile::tempdir().unwrap();
        let own = cache.path().join("libtorch");
        fs::create_dir(&own).unwrap();
        let shown = own.display().to_string();
        let said = |name: &str, value: &str| conflict(name, value, Some(&own));
        for (name, value) in [
            ("LIBTORCH_LIB", "/old"),
            ("LIBTORCH_INCLUDE", ""),
            ("LIBTORCH_CXX11_ABI", "0"),
            ("LIBTORCH_STATIC", "1"),
        ] {
            let finding = said(name, value).unwrap();
            assert!(finding.is_the_users && finding.detail.contains(&format!("{name}={value}")));
            assert_eq!(finding.remedy, format!("unset {name}"));
        }
        let fitting =
            [("LIBTORCH_LIB", &*shown), ("LIBTORCH_CXX11_ABI", "1"), ("LIBTORCH_STATIC", "0")];
        assert!(fitting.iter().all(|(name, value)| said(name, value).is_none()));
    }

    #[test]
    fn a_full_disk_ends_the_search() {
        let cache = tempfile::tempdir().unwrap();
        let full = |_: &Path| -> Result<()> { bail!("No space left on device") };
        let error = from_either(cache.path(), full, |_| panic!("fetched again")).unwrap_err();
        assert!(error.to_string().contains("No space"), "{error}");
    }
}
