//! The warm spare: a kernel that is started before anybody asks for one.
//!
//! It waits on a socket in a folder of this user's own, under a name that says for whom it
//! fits: the Jupyter server it belongs to, the folder it runs in, what its template was
//! built of, and the variables that the crate heeds. Where all of these agree,
//! a launcher that Jupyter starts takes it and stays as a thin process between the two;
//! where one differs, a new kernel is started.
//!
//! A spare is not started at a lower priority: only root can give that back, and the kernel
//! that adopted it would train at it. Instead a successor waits until no cell has run for a
//! while; where several are wanted, each starts the next one when it is ready.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, test_kill_process};
use tempfile::TempPath;

use crate::digest::{self, Parts};
use crate::facts::Facts;
use crate::relay::RelayFolder;
use crate::session::{Event, KernelEvent, Session};
use crate::settings::Settings;
use crate::start::{evcxr, private_folder};
use crate::watch::{self, Owner, Shutdown};
use crate::{files, layout, memory};

/// How often a spare looks whether it can still be of use.
const CHECK: Duration = Duration::from_secs(1);

/// How long a spare may take to answer who adopts it.
const ANSWER: Duration = Duration::from_secs(3);

/// How long an adopted kernel may take to end.
const END: Duration = Duration::from_secs(5);

/// The longest folder, in bytes, in which sockets can be made: a socket's whole path has 104
/// bytes on macOS and 108 on Linux, and its name here takes up to 24 of them.
const LONGEST_FOLDER: usize = 70;

/// Says that a spare is taken.
const TAKEN: &str = "taken";

/// Prepares a kernel and waits for its adoption; then runs it to its end.
pub fn wait(
    settings: &Settings,
    warm: &Path,
    facts: &Facts,
    owner: Option<Owner>,
    shutdown: &Shutdown,
) -> Result<ExitCode> {
    let folder = folder(settings)?;
    remove_dead(&folder);
    let key = key(settings, facts, owner)?;
    let socket = folder.join(format!("{key}-{}", std::process::id()));
    let private = private_folder(settings, warm, facts)?;
    let relay = RelayFolder::make(settings, &private.folder)?;
    let command = evcxr(settings, facts, &private.folder, &relay)?;
    let listener = UnixListener::bind(&socket)
        .with_context(|| format!("cannot wait for an adoption at {}", socket.display()))?;
    // Removed at the end, if it was not taken.
    let _offer = TempPath::try_from_path(&socket)?;
    // Two kernels may have seen at the same moment that one is missing.
    let wanted = settings.spares();
    if owner.is_some() && wanted > 0 && earlier(&socket, &offers(&folder, &key)) >= wanted {
        return Ok(ExitCode::SUCCESS);
    }
    let mut session = Session::start(settings, command, relay)?;
    shutdown.report_to(session.sender());
    let is_taken = Arc::new(AtomicBool::new(false));
    accept(listener, Arc::clone(&is_taken), session.sender());
    match owner {
        Some(owner) => watch::owner(owner, session.sender()),
        None => watch_input(socket.clone(), session.sender()),
    }
    let template = (warm.to_owned(), facts.clone());
    watch_use(template, socket, is_taken, session.sender());
    let succeed = || {
        if let Some(owner) = owner {
            start_successor(settings, facts, owner);
        }
    };
    let mut adopter = None;
    let result = loop {
        match session.next() {
            Ok(KernelEvent::Ready) if adopter.is_none() => {
                println!("ready");
                succeed();
            }
            Ok(KernelEvent::Adopted(stream)) => match take(&mut session, &stream) {
                Ok(()) => adopter = Some(stream),
                // Its adopter waited too long and has started a kernel of its own.
                Err(_) => break Ok(ExitCode::SUCCESS),
            },
            Ok(KernelEvent::Quiet) => succeed(),
            Ok(KernelEvent::Ended(code)) => break Ok(code),
            Ok(KernelEvent::PortTaken) => break Err(anyhow!("evcxr found its ports taken")),
            Ok(KernelEvent::Ready) => {}
            Ok(KernelEvent::Unready(error)) | Err(error) => break Err(error),
        }
    };
    // Everything is gone before the adopter hears of it.
    drop((session, private));
    match (adopter, result) {
        (Some(mut stream), Err(error)) => {
            let _ = write!(stream, "{error:#}");
            Ok(ExitCode::FAILURE)
        }
        (_, result) => result,
    }
}

/// Connects the kernel with its adopter's Jupyter, and ends it when the adopter ends.
fn take(session: &mut Session, stream: &UnixStream) -> Result<()> {
    stream.set_read_timeout(Some(ANSWER))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut file = Vec::new();
    reader.read_until(b'\n', &mut file)?;
    let file = file.strip_suffix(b"\n").context("no connection file was named")?;
    session.attach(Path::new(OsStr::from_bytes(file)))?;
    writeln!(&mut &*stream, "{TAKEN}")?;
    stream.set_read_timeout(None)?;
    let sender = session.sender();
    thread::spawn(move || {
        let _ = reader.read_to_end(&mut Vec::new());
        let _ = sender.send(Event::End);
    });
    Ok(())
}

/// One adoption and no more.
fn accept(listener: UnixListener, is_taken: Arc<AtomicBool>, sender: Sender<Event>) {
    thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            is_taken.store(true, Ordering::Relaxed);
            let _ = sender.send(Event::Adopted(stream));
        }
    });
}

/// Withdraws the offer; true if nobody claimed it.
fn withdraw(socket: &Path) -> bool {
    fs::remove_file(socket).is_ok()
}

/// Ends a spare that nobody has adopted when its input closes.
fn watch_input(socket: PathBuf, sender: Sender<Event>) {
    thread::spawn(move || {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        if withdraw(&socket) {
            let _ = sender.send(Event::End);
        }
    });
}

/// Ends a spare that nobody has adopted when its template has changed, or when a launcher
/// has chosen it and then did not come.
fn watch_use(
    (warm, facts): (PathBuf, Facts),
    socket: PathBuf,
    is_taken: Arc<AtomicBool>,
    sender: Sender<Event>,
) {
    thread::spawn(move || {
        while socket.exists() {
            if Facts::of(&warm).as_ref() != Some(&facts) && withdraw(&socket) {
                let _ = sender.send(Event::End);
                return;
            }
            thread::sleep(CHECK);
        }
        thread::sleep(ANSWER);
        if !is_taken.load(Ordering::Relaxed) {
            let _ = sender.send(Event::End);
        }
    });
}

/// Takes a spare kernel that fits, if there is one and spares are wanted; gives the connection to it.
pub fn adopt(
    settings: &Settings,
    facts: &Facts,
    connection_file: &Path,
    owner: Owner,
) -> Option<UnixStream> {
    if settings.spares() == 0 {
        return None;
    }
    let folder = folder(settings).ok()?;
    let keys = [key(settings, facts, Some(owner)).ok()?, key(settings, facts, None).ok()?];
    keys.iter()
        .flat_map(|key| offers(&folder, key))
        .find_map(|socket| claim(&socket, connection_file))
}

/// Renaming succeeds once: two launchers never get the same kernel.
fn claim(socket: &Path, connection_file: &Path) -> Option<UnixStream> {
    let taken = socket.with_file_name(format!("{TAKEN}-{}", std::process::id()));
    fs::rename(socket, &taken).ok()?;
    let stream = UnixStream::connect(&taken);
    let _ = fs::remove_file(&taken);
    let stream = stream.ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    let file = std::path::absolute(connection_file).ok()?;
    (&stream).write_all(&[file.as_os_str().as_bytes(), b"\n"].concat()).ok()?;
    let mut answer = [0; TAKEN.len() + 1];
    (&stream).read_exact(&mut answer).ok()?;
    stream.set_read_timeout(None).ok()?;
    (answer.strip_suffix(b"\n") == Some(TAKEN.as_bytes())).then_some(stream)
}

/// Stays until the adopted kernel ends, and ends it when Jupyter wants that or is gone.
pub fn stay(mut adopted: UnixStream, owner: Owner, shutdown: &Shutdown) -> Result<ExitCode> {
    let (sender, events) = mpsc::channel();
    shutdown.report_to(sender.clone());
    watch::owner(owner, sender);
    let ending = adopted.try_clone().context("lost the adopted kernel")?;
    thread::spawn(move || {
        let _ = events.recv();
        let _ = ending.shutdown(net::Shutdown::Write);
        thread::sleep(END);
        // A kernel that does not end by then is stuck; who adopted it need not be.
        let _ = ending.shutdown(net::Shutdown::Both);
    });
    let mut said = Vec::new();
    let _ = adopted.read_to_end(&mut said);
    match said.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => bail!("{}", String::from_utf8_lossy(&said)),
    }
}

/// A spare kernel in `folder` of the clone `project`, for the notebooks that the process `server`
/// opens there.
///
/// # Errors
/// There is too little memory for it.
pub fn first(settings: &Settings, project: &Path, folder: &Path, server: u32) -> Result<Command> {
    memory::check()?;
    let mut command = command(&layout::launcher_file(settings), settings, project, server);
    command.current_dir(folder);
    Ok(command)
}

fn command(launcher: &Path, settings: &Settings, project: &Path, owner: impl ToString) -> Command {
    let mut command = Command::new(launcher);
    command.arg("spare").arg(layout::settings_file(settings, project)).arg(owner.to_string());
    command.env(settings.variable("HOME"), &settings.cache);
    command
}

/// Starts the next spare for this server and folder, unless there are enough or memory is
/// short.
pub fn start_successor(settings: &Settings, facts: &Facts, owner: Owner) {
    let wanted = settings.spares();
    let there = || -> Option<usize> {
        // As the next one will find the template.
        let facts = &Facts::of(&layout::template_folder(settings, &facts.project))?;
        Some(offers(&folder(settings).ok()?, &key(settings, facts, Some(owner)).ok()?).len())
    };
    if wanted == 0 || memory::check().is_err() || there().is_none_or(|there| there >= wanted) {
        return;
    }
    let Ok(launcher) = env::current_exe() else { return };
    let mut command = command(&launcher, settings, &facts.project, owner.id());
    command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
    if let Ok(mut child) = command.spawn() {
        thread::spawn(move || child.wait());
    }
}

/// Where spares wait, for this user alone.
fn folder(settings: &Settings) -> Result<PathBuf> {
    layout::own_folder(short(layout::runs(settings)?.join("spares")))
}

/// The folder itself, or one in the temporary folder where its path is too long for sockets.
fn short(folder: PathBuf) -> PathBuf {
    if folder.as_os_str().len() <= LONGEST_FOLDER {
        return folder;
    }
    let user = rustix::process::getuid().as_raw();
    let digest = digest::short(folder.as_os_str().as_bytes());
    env::temp_dir().join(format!("spares-{user}-{digest}"))
}

/// For whom a spare fits: the beginning of its socket's name.
fn key(settings: &Settings, facts: &Facts, owner: Option<Owner>) -> Result<String> {
    let mut parts = Parts::default();
    parts.add(owner.map_or(0, Owner::id).to_le_bytes());
    let here = env::current_dir().context("finding the folder the kernel starts in")?;
    parts.add(here.as_os_str().as_bytes());
    parts.add(serde_json::to_vec(facts)?);
    parts.add(serde_json::to_vec(settings)?);
    let matters = |(name, _): &(OsString, OsString)| matters(settings, name);
    let mut variables: Vec<_> = env::vars_os().filter(matters).collect();
    variables.sort();
    for (name, value) in variables {
        parts.add(name.as_bytes());
        parts.add(value.as_bytes());
    }
    Ok(parts.name()[..12].to_owned())
}

/// Whether a kernel started with another value of this variable would behave otherwise.
fn matters(settings: &Settings, name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let differs = ["HOME", "PROJECT", "SPARES"].map(|name| settings.variable(name));
    let without = name == settings.variable("WITHOUT");
    let heeded = settings.heeded.iter().any(|start| name.starts_with(start));
    without || heeded && !differs.iter().any(|one| one == name)
}

/// The sockets of spares with this key, ready or about to be.
fn offers(folder: &Path, key: &str) -> Vec<PathBuf> {
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(key) && lives(path)
    };
    files::entries(folder).into_iter().filter(fits).collect()
}

/// How many of the offers were made before this one: of two that are made at once, one is the
/// later for both.
fn earlier(offer: &Path, offers: &[PathBuf]) -> usize {
    let moment = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let own = (moment(offer), offer);
    offers.iter().filter(|other| (moment(other), other.as_path()) < own).count()
}

/// Whether the process in a socket's name is there.
fn lives(socket: &Path) -> bool {
    let stem = socket.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let process = stem.rsplit_once('-').and_then(|(_, process)| process.parse().ok());
    process.and_then(Pid::from_raw).is_some_and(|process| test_kill_process(process).is_ok())
}

/// Removes what killed spares left behind.
fn remove_dead(folder: &Path) {
    for socket in files::entries(folder).iter().filter(|socket| !lives(socket)) {
        let _ = fs::remove_file(socket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_spares_that_are_offered_at_once_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let sockets = ["key-1", "key-20", "key-3"].map(|name| folder.path().join(name));
        let _listeners = sockets.each_ref().map(|socket| UnixListener::bind(socket).unwrap());
        for wanted in [1, 2] {
            let stays = |socket: &&PathBuf| earlier(socket, &sockets) < wanted;
            assert_eq!(sockets.iter().filter(stays).count(), wanted);
        }
    }

    #[test]
    fn sockets_can_be_made_however_long_the_caches_path_is() {
        let root = tempfile::tempdir().unwrap();
        let near = root.path().join("spares");
        assert_eq!(short(near.clone()), near);
        let far = root.path().join("a".repeat(100)).join("spares");
        let elsewhere = short(far.clone());
        assert_eq!(elsewhere, short(far));
        assert_ne!(elsewhere, short(root.path().join("b".repeat(100)).join("spares")));
        let longest = elsewhere.join(format!("{}-{}", "0".repeat(12), u32::MAX));
        assert!(longest.as_os_str().len() < 104, "{}", longest.display());
    }
}
