//! What Jupyter starts: takes a kernel that is ready, or makes a private folder and runs
//! evcxr and its relay there.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::facts::Facts;
use crate::preload;
use crate::relay::RelayFolder;
use crate::session::{KernelEvent, Session};
use crate::settings::Settings;
use crate::spare;
use crate::start::{evcxr, find_project, private_folder, template};
use crate::watch::{self, Owner, Shutdown};

/// How often other ports are tried.
const PORT_TRIALS: usize = 3;

/// Runs one kernel for the Jupyter that listens as this file says, until it ends.
pub fn launch(settings: &Settings, connection_file: &Path) -> Result<ExitCode> {
    let owner = Owner::parent();
    let shutdown = Shutdown::listen()?;
    let jupyter = Jupyter { connection_file, owner, shutdown };
    if let Some(folder) = env::var_os(settings.variable("BUILD_TEMPLATE")) {
        let folder = Path::new(&folder);
        let facts = Facts::of(folder).context("no template is built there")?;
        return run(settings, &facts, folder, &jupyter);
    }
    let (warm, facts) = template(settings, &find_project(settings)?)?;
    if let Some(adopted) = spare::adopt(settings, &facts, connection_file, owner) {
        return spare::stay(adopted, owner, &jupyter.shutdown);
    }
    let private = private_folder(settings, &warm, &facts)?;
    if jupyter.shutdown.is_requested() {
        return Ok(ExitCode::SUCCESS);
    }
    run(settings, &facts, &private.folder, &jupyter)
}

/// Prepares a kernel, waits until a launcher adopts it, and runs it to its end. Without an
/// owner's process, it waits until its input ends.
pub fn wait_as_spare(settings: &Settings, owner: Option<i32>) -> Result<ExitCode> {
    let shutdown = Shutdown::listen()?;
    let (warm, facts) = template(settings, &find_project(settings)?)?;
    spare::wait(settings, &warm, &facts, owner.map(Owner::process), &shutdown)
}

/// What the launcher knows of whom it starts a kernel for.
struct Jupyter<'a> {
    connection_file: &'a Path,
    owner: Owner,
    shutdown: Shutdown,
}

/// Runs a kernel in `folder` for whom Jupyter started it, and waits for its end.
fn run(settings: &Settings, facts: &Facts, folder: &Path, jupyter: &Jupyter) -> Result<ExitCode> {
    let mut trials = PORT_TRIALS;
    while trials > 0 {
        let relay = RelayFolder::make(settings, folder)?;
        let command = evcxr(settings, facts, folder, &relay)?;
        let mut session = Session::start(settings, command, relay)?;
        session.attach(jupyter.connection_file)?;
        jupyter.shutdown.report_to(session.sender());
        watch::owner(jupyter.owner, session.sender());
        loop {
            match session.next()? {
                KernelEvent::Quiet => spare::start_successor(settings, facts, jupyter.owner),
                KernelEvent::Ended(code) => return Ok(code),
                // The ports were free when they were chosen; another program was faster.
                KernelEvent::PortTaken => {
                    trials -= 1;
                    break;
                }
                KernelEvent::Unready(_) if preload::give_up(folder) => break,
                KernelEvent::Unready(error) => return Err(error),
                KernelEvent::Ready | KernelEvent::Adopted(_) => {}
            }
        }
    }
    bail!("no free ports for evcxr were found; close other programs and start the kernel again")
}
