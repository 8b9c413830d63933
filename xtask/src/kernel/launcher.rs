//! What Jupyter starts: makes the private folder, sets the environment, runs evcxr
//! and takes the folder away again.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, getppid, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::copy::copy_warm;
use super::template::{self, Facts};
use super::{BUILD_VARIABLE, NAME, PROJECT_VARIABLE, analyzer, place, preload};
use crate::command;
use crate::evcxr;
use crate::finding::SET_UP;
use crate::home::Home;
use crate::python;

/// How often the launcher looks whether Jupyter still lives.
const PARENT_CHECK: Duration = Duration::from_secs(2);

/// Ends the name of the file that a living kernel keeps locked, beside its folder.
const ALIVE: &str = ".alive";

/// Within this time after a lock file was made, its kernel may not have locked it yet.
const JUST_MADE: Duration = Duration::from_secs(60);

/// What JupyterLab passes on.
#[derive(clap::Args)]
pub struct Options {
    /// The file that says where Jupyter listens
    connection_file: PathBuf,
}

/// Runs one kernel until it ends.
pub fn launch(home: &Home, options: &Options) -> Result<ExitCode> {
    let project = find_project()?;
    if let Some(folder) = env::var_os(BUILD_VARIABLE) {
        let facts = Facts::now(home, &project)?;
        return run(home, &facts, Path::new(&folder), options);
    }
    let warm = template::folder(home, &project);
    if !warm.starts_with(home.root()) {
        place::check_owner(&place::folder(home))?;
    }
    let facts = Facts::of(&warm).with_context(|| {
        format!("there is no finished kernel template {}; {SET_UP}", warm.display())
    })?;
    ensure!(
        facts.toolchain.is_dir(),
        "the kernel template was built by the compiler in {}, which is gone; {SET_UP}",
        facts.toolchain.display()
    );
    let private = Private::make(home, &warm)?;
    preload::write(&private.folder, &facts.project)?;
    let code = run(home, &facts, &private.folder, options)?;
    if code != ExitCode::SUCCESS && preload::give_up(&private.folder) {
        return run(home, &facts, &private.folder, options);
    }
    Ok(code)
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
        "the course is neither in {} nor above it; open the notebook inside its clone, \
         or set {PROJECT_VARIABLE} to the clone's folder",
        start.display()
    )
}

/// Runs evcxr in `folder` and waits for its end.
fn run(home: &Home, facts: &Facts, folder: &Path, options: &Options) -> Result<ExitCode> {
    let program = evcxr::program(home);
    let loader = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    let programs =
        [analyzer::rustup_folder(folder), facts.toolchain.clone(), python::programs(home)];
    let mut command = Command::new(&program);
    command
        .arg("--control_file")
        .arg(&options.connection_file)
        // It only says there that it has no settings; what cells print goes to Jupyter.
        .stdout(Stdio::null())
        // The toolchain's own programs: rustup's stand-ins cost time in every cell.
        // Behind them the environment's Python and TensorBoard, for cells that call them.
        .env("PATH", with_first("PATH", &programs.each_ref().map(PathBuf::as_path))?)
        .env(loader, with_first(loader, &[&facts.libtorch.join("lib"), &facts.standard_library])?)
        .env("LIBTORCH", &facts.libtorch)
        .env("EVCXR_TMPDIR", template::crate_folder(folder))
        .env("EVCXR_CONFIG_DIR", template::settings_folder(folder))
        .env_remove("LIBTORCH_USE_PYTORCH")
        // An error is shown in words; evcxr would add where in libtorch's depths it arose.
        .env("RUST_LIB_BACKTRACE", "0")
        .env_remove("RUST_BACKTRACE");
    command::remove_variables(&mut command, changes_builds);
    analyzer::equip(&mut command, home, facts, folder)?;
    let mut child =
        command.spawn().with_context(|| format!("cannot start {}; {SET_UP}", program.display()))?;
    end_with_us(&child)?;
    let status = child.wait().context("lost the kernel")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What would make cargo take the template's crates for built otherwise than now asked.
fn changes_builds(name: &str) -> bool {
    command::is_from_cargo_run(name)
        || name.starts_with("CARGO_PROFILE_")
        || name.starts_with("CARGO_BUILD_")
        || ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].contains(&name)
}

/// The variable's list of folders with more in front.
fn with_first(variable: &str, folders: &[&Path]) -> Result<OsString> {
    let rest = env::var_os(variable).unwrap_or_default();
    let rest = env::split_paths(&rest).filter(|path| !path.as_os_str().is_empty());
    env::join_paths(folders.iter().map(|folder| folder.to_path_buf()).chain(rest))
        .with_context(|| format!("{folders:?} has a character that {variable} cannot hold"))
}

/// Ends evcxr when this process is told to end, or when Jupyter itself was killed and
/// nobody is left to tell. An interrupt stays here: Jupyter sends evcxr a message instead.
fn end_with_us(child: &Child) -> Result<()> {
    let kernel = Pid::from_child(child);
    let mut signals =
        Signals::new([SIGTERM, SIGHUP, SIGINT]).context("cannot watch for signals")?;
    std::thread::spawn(move || {
        for signal in signals.forever().filter(|signal| *signal != SIGINT) {
            let _ = (signal, kill_process(kernel, Signal::TERM));
        }
    });
    let jupyter = getppid();
    std::thread::spawn(move || {
        while getppid() == jupyter {
            std::thread::sleep(PARENT_CHECK);
        }
        let _ = kill_process(kernel, Signal::TERM);
    });
    Ok(())
}

/// A copy of the template that belongs to one kernel; dropping it removes it.
struct Private {
    folder: PathBuf,
    /// Locked as long as the kernel lives, so that a later one can tell.
    _alive: File,
}

impl Private {
    fn make(home: &Home, warm: &Path) -> Result<Private> {
        let runs = runs_folder(home)?;
        remove_stale(&runs);
        // The lock is there before the folder: what has a folder and no lock has ended.
        let alive = tempfile::Builder::new()
            .prefix("kernel-")
            .suffix(ALIVE)
            .tempfile_in(&runs)
            .with_context(|| format!("cannot write into {}", runs.display()))?;
        let (alive, file) = alive.keep().context("cannot keep a kernel's lock file")?;
        alive.lock().with_context(|| format!("cannot lock {}", file.display()))?;
        let private = Private { folder: file.with_extension(""), _alive: alive };
        copy_warm(warm, &private.folder)?;
        Ok(private)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        remove_private(&self.folder);
    }
}

fn alive_file(folder: &Path) -> PathBuf {
    folder.with_extension(&ALIVE[1..])
}

fn remove_private(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    let _ = fs::remove_file(alive_file(folder));
}

/// Beside the template, where links to it can be made; where the cache is shared and
/// read-only, in the temporary folder, where the links become copies.
fn runs_folder(home: &Home) -> Result<PathBuf> {
    let beside = place::folder(home).join("runs");
    if fs::create_dir_all(&beside).is_ok() && access(&beside, Access::WRITE_OK).is_ok() {
        return Ok(beside);
    }
    let user = rustix::process::getuid().as_raw();
    let elsewhere = env::temp_dir().join(format!("{NAME}-kernels-{user}"));
    place::make_own(&elsewhere)?;
    Ok(elsewhere)
}

/// Removes the folders of kernels that ended without being able to. One that has just
/// made its lock file and not locked it yet is spared by its age.
fn remove_stale(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for path in paths.filter(|path| path.to_string_lossy().ends_with(ALIVE)) {
        let age = fs::metadata(&path).ok().and_then(|data| data.modified().ok()?.elapsed().ok());
        let lives = File::open(&path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        if !lives && age.is_some_and(|age| age > JUST_MADE) {
            remove_private(&path.with_extension(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_kernel_left_goes_and_a_living_ones_stays() {
        let runs = tempfile::tempdir().unwrap();
        let [dead, living] = ["10", "11"].map(|name| runs.path().join(name));
        for folder in [&dead, &living] {
            fs::create_dir_all(folder.join("crate")).unwrap();
        }
        let old = std::time::SystemTime::now() - 2 * JUST_MADE;
        File::create(alive_file(&dead)).unwrap().set_modified(old).unwrap();
        let alive = File::create(alive_file(&living)).unwrap();
        alive.set_modified(old).unwrap();
        alive.lock().unwrap();
        remove_stale(runs.path());
        assert!(!dead.exists() && !alive_file(&dead).exists());
        assert!(living.exists() && alive_file(&living).exists());
    }

    #[test]
    fn a_kernels_end_takes_its_folder_away() {
        let cache = tempfile::tempdir().unwrap();
        let home = Home::at(cache.path()).unwrap();
        let warm = cache.path().join("template");
        fs::create_dir_all(warm.join("crate")).unwrap();
        let private = Private::make(&home, &warm).unwrap();
        let folder = private.folder.clone();
        assert!(folder.join("crate").is_dir());
        drop(private);
        assert!(!folder.exists());
        assert!(warm.is_dir());
    }
}
