//! What Jupyter starts: takes a kernel that is ready, or makes a private folder and runs
//! evcxr and its relay there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::private::Private;
use super::relay::Talk;
use super::session::{Happened, Session};
use super::template::{self, Facts};
use super::watch::{self, Bell, Owner};
use super::{BUILD_VARIABLE, PROJECT_VARIABLE, analyzer, place, preload, shortcut, spare};
use crate::command;
use crate::evcxr;
use crate::finding::SET_UP;
use crate::home::Home;
use crate::python;

/// Tells the library that a relay understands its lines.
const LIVE_VARIABLE: &str = "MNIST_TUTORIAL_LIVE";

/// Names the file whose existence asks a training to end.
const STOP_VARIABLE: &str = "MNIST_TUTORIAL_STOP";

/// How often other ports are tried.
const PORT_TRIALS: usize = 3;

/// What JupyterLab passes on.
#[derive(clap::Args)]
pub struct Options {
    /// The file that says where Jupyter listens
    #[arg(required_unless_present = "spare")]
    connection_file: Option<PathBuf>,
    /// Prepare a kernel and wait until a launcher adopts it
    #[arg(long, conflicts_with = "connection_file")]
    spare: bool,
    /// The process that the spare kernel belongs to; without, it ends with its input
    #[arg(long, requires = "spare")]
    owner: Option<i32>,
}

/// Runs one kernel until it ends.
pub fn launch(home: &Home, options: &Options) -> Result<ExitCode> {
    let owner = Owner::parent();
    let bell = Bell::listen()?;
    let project = find_project()?;
    let Some(connection_file) = &options.connection_file else {
        let (warm, facts) = template(home, &project)?;
        return spare::wait(home, &warm, &facts, options.owner.map(Owner::process), &bell);
    };
    let jupyter = Jupyter { connection_file, owner, bell };
    if let Some(folder) = env::var_os(BUILD_VARIABLE) {
        let facts = Facts::now(home, &project)?;
        return run(home, &facts, Path::new(&folder), &jupyter);
    }
    let (warm, facts) = template(home, &project)?;
    if let Some(adopted) = spare::adopt(home, &facts, connection_file, owner) {
        return adopted.stay(owner, &jupyter.bell);
    }
    let private = private_folder(home, &warm, &facts)?;
    if jupyter.bell.is_rung() {
        return Ok(ExitCode::SUCCESS);
    }
    run(home, &facts, &private.folder, &jupyter)
}

/// All that a kernel finds in its folder when it starts, a spare one too.
pub fn private_folder(home: &Home, warm: &Path, facts: &Facts) -> Result<Private> {
    let private = Private::make(home, warm)?;
    preload::write(&private.folder, &facts.project)?;
    Ok(private)
}

/// What the launcher knows of whom it starts a kernel for.
struct Jupyter<'a> {
    connection_file: &'a Path,
    owner: Owner,
    bell: Bell,
}

/// The clone's finished template and what it was built of.
fn template(home: &Home, project: &Path) -> Result<(PathBuf, Facts)> {
    let warm = template::folder(home, project);
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
    check_compiler(&facts)?;
    Ok((warm, facts))
}

/// Whether the compiler is still the one that built the template: `rustup update` puts a newer
/// one into the same folder, and every kernel would compile all dependencies, for minutes and
/// without a word. Of one that does not start, the cells themselves tell.
fn check_compiler(facts: &Facts) -> Result<()> {
    let program = facts.toolchain.join("rustc");
    let Ok(now) = template::output_of(Command::new(&program).arg("-vV")) else { return Ok(()) };
    let name = |version: &str| version.lines().next().unwrap_or_default().to_owned();
    ensure!(
        now == facts.rustc,
        "the kernel template was built by {}, and {} is now {}; {SET_UP}",
        name(&facts.rustc),
        program.display(),
        name(&now)
    );
    Ok(())
}

/// The clone whose library this kernel offers.
pub fn find_project() -> Result<PathBuf> {
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

/// Runs a kernel in `folder` for whom Jupyter started it, and waits for its end.
fn run(home: &Home, facts: &Facts, folder: &Path, jupyter: &Jupyter) -> Result<ExitCode> {
    let mut trials = PORT_TRIALS;
    while trials > 0 {
        let talk = Talk::make(folder)?;
        let mut session = Session::start(home, evcxr(home, facts, folder, &talk)?, talk)?;
        session.attach(jupyter.connection_file)?;
        jupyter.bell.tell(session.sender());
        watch::owner(jupyter.owner, session.sender());
        loop {
            match session.next()? {
                Happened::Quiet => spare::start_successor(home, jupyter.owner),
                Happened::Ended(code) => return Ok(code),
                // The ports were free when they were chosen; another program was faster.
                Happened::PortTaken => {
                    trials -= 1;
                    break;
                }
                Happened::Unready(_) if preload::give_up(folder) => break,
                Happened::Unready(error) => return Err(error),
                Happened::Ready | Happened::Adopted(_) => {}
            }
        }
    }
    bail!("no free ports for evcxr were found; close other programs and start the kernel again")
}

/// evcxr as it is to be started for work in `folder`.
pub fn evcxr(home: &Home, facts: &Facts, folder: &Path, talk: &Talk) -> Result<Command> {
    let program = evcxr::program(home);
    let loader = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    let programs =
        [analyzer::rustup_folder(folder), facts.toolchain.clone(), python::programs(home)];
    let mut command = Command::new(&program);
    command
        .arg("--control_file")
        .arg(talk.connection_file())
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
        .env_remove("RUST_BACKTRACE")
        .env(LIVE_VARIABLE, "1")
        .env(STOP_VARIABLE, talk.stop_file());
    command::remove_variables(&mut command, changes_builds);
    shortcut::equip(folder, facts)?;
    analyzer::equip(&mut command, home, facts, folder)?;
    Ok(command)
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
