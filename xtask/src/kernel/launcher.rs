//! What Jupyter starts: makes the private folder, sets the environment, runs evcxr
//! and takes the folder away again.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::copy::copy_warm;
use super::template::{self, Facts};
use super::{NAME, PROJECT_VARIABLE};
use crate::evcxr;
use crate::home::Home;

/// Runs one kernel until it ends.
pub fn launch(connection_file: &Path) -> Result<ExitCode> {
    let home = Home::locate()?;
    let project = find_project()?;
    if let Some(folder) = env::var_os(template::BUILD_VARIABLE) {
        let facts = Facts::now(&project)?;
        let mut child = start(&home, &facts, Path::new(&folder), connection_file)?;
        return Ok(exit_code(child.wait()?.code()));
    }
    let warm = Facts::folder(&home, &project);
    let facts = Facts::of(&warm).with_context(|| {
        format!("{}: there is no finished template; run `cargo xtask setup`", warm.display())
    })?;
    let private = Private::make(&home, &warm)?;
    let mut child = start(&home, &facts, &private.folder, connection_file)?;
    on_termination(private.folder.clone())?;
    Ok(exit_code(child.wait()?.code()))
}

/// The clone whose library this kernel offers.
fn find_project() -> Result<PathBuf> {
    if let Some(project) = env::var_os(PROJECT_VARIABLE) {
        return Ok(PathBuf::from(project));
    }
    let start = env::current_dir().context("finding the folder the kernel starts in")?;
    for folder in start.ancestors() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        if manifest.contains("name = \"mnist_tutorial\"") {
            return Ok(folder.to_owned());
        }
    }
    bail!(
        "{}: neither here nor above lies the course; open the notebook inside its clone, \
         or set {PROJECT_VARIABLE} to the clone's folder",
        start.display()
    )
}

fn start(home: &Home, facts: &Facts, folder: &Path, connection_file: &Path) -> Result<Child> {
    let program = evcxr::program(home);
    let loader = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    Command::new(&program)
        .arg("--control_file")
        .arg(connection_file)
        // The toolchain's own programs: rustup's stand-ins cost a second a cell.
        .env("PATH", before("PATH", &facts.toolchain)?)
        .env(loader, before(loader, &facts.libtorch.join("lib"))?)
        .env("LIBTORCH", &facts.libtorch)
        .env("EVCXR_TMPDIR", template::crate_folder(folder))
        .env("EVCXR_CONFIG_DIR", folder.join("evcxr"))
        .env_remove("LIBTORCH_USE_PYTORCH")
        .env_remove("RUST_BACKTRACE")
        .spawn()
        .with_context(|| format!("{}: cannot be started; run `cargo xtask setup`", program.display()))
}

/// The variable's list of folders with one more in front.
fn before(variable: &str, folder: &Path) -> Result<OsString> {
    let rest = env::var_os(variable).unwrap_or_default();
    let rest = env::split_paths(&rest).filter(|path| !path.as_os_str().is_empty());
    env::join_paths(std::iter::once(folder.to_owned()).chain(rest))
        .with_context(|| format!("{}: has a character that {variable} cannot hold", folder.display()))
}

/// A copy of the template that belongs to one kernel; dropping it removes it.
struct Private {
    folder: PathBuf,
    /// Locked as long as the kernel lives, so that a later one can tell.
    _alive: File,
}

impl Private {
    fn make(home: &Home, warm: &Path) -> Result<Self> {
        let runs = runs_folder(home)?;
        let guard = File::create(runs.join("lock"))?;
        guard.lock()?;
        remove_stale(&runs);
        let folder = runs.join(std::process::id().to_string());
        let alive = File::create(folder.with_extension("alive"))?;
        alive.lock()?;
        drop(guard);
        let _ = fs::remove_dir_all(&folder);
        let private = Self { folder, _alive: alive };
        copy_warm(warm, &private.folder)?;
        Ok(private)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        remove_private(&self.folder);
    }
}

fn remove_private(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    let _ = fs::remove_file(folder.with_extension("alive"));
}

/// Beside the template, where links to it can be made; in a cache that is shared and
/// read-only, in the temporary folder, where they become copies.
fn runs_folder(home: &Home) -> Result<PathBuf> {
    let beside = home.kernels().join("runs");
    if fs::create_dir_all(&beside).is_ok() && File::create(beside.join("lock")).is_ok() {
        return Ok(beside);
    }
    let user = env::var("USER").unwrap_or_else(|_| "user".to_owned());
    let elsewhere = env::temp_dir().join(format!("{NAME}-{user}"));
    fs::create_dir_all(&elsewhere)
        .with_context(|| format!("{}: cannot be made", elsewhere.display()))?;
    Ok(elsewhere)
}

/// Removes the folders of kernels that ended without being able to.
fn remove_stale(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.extension().is_some_and(|extension| extension == "alive") {
            let Ok(file) = File::open(&path) else { continue };
            if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
                remove_private(&path.with_extension(""));
            }
        }
    }
}

/// Jupyter ends a kernel's whole process group, at first gently: time to clean up.
fn on_termination(folder: PathBuf) -> Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
        signal_hook::consts::SIGINT,
    ])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // An interrupt is evcxr's business: Jupyter sends it as a message.
            if signal != signal_hook::consts::SIGINT {
                end_group();
                remove_private(&folder);
                std::process::exit(0);
            }
        }
    });
    Ok(())
}

/// Ends evcxr and the process that runs the cells, which are in this process's group
/// if Jupyter made it that group's leader.
fn end_group() {
    use rustix::process::{Pid, Signal, getpgrp, getpid, kill_process, test_kill_process};
    let _ = (Pid::INIT, Signal::KILL, getpgrp, getpid, kill_process, test_kill_process);
}

fn exit_code(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
