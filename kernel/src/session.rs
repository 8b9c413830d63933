//! evcxr and its relay: started together, ended together.
//!
//! Both are in a process group of their own, in which are also evcxr's child, its cargo and
//! what cells start. Whoever of launcher and relay outlives the other kills that group: the
//! launcher sees the relay end, the relay sees the pipe to the launcher close. No signal of
//! the system's own is needed, which only Linux has.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::relay::RelayFolder;
use crate::settings::Settings;

/// How long the last words of a program that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// What the threads of a launcher report.
pub enum Event {
    /// A line of the relay's.
    Relay(String),
    /// A line of evcxr's stderr.
    Said(String),
    /// evcxr's end.
    EvcxrEnded(ExitStatus),
    /// The relay's end.
    RelayEnded(ExitStatus),
    /// A launcher takes this kernel.
    Adopted(UnixStream),
    /// Nobody needs the kernel any more.
    End,
}

/// What there is to do.
pub enum KernelEvent {
    /// evcxr answers.
    Ready,
    /// No cell has run for a while.
    Quiet,
    /// A launcher takes this kernel.
    Adopted(UnixStream),
    /// Another program has taken one of evcxr's ports.
    PortTaken,
    /// evcxr has ended before it was ready; why.
    Unready(Error),
    /// The kernel has ended, as it was to.
    Ended(ExitCode),
}

/// A running kernel; dropping it kills all of its processes.
pub struct Session {
    group: Option<Pid>,
    orders: Option<ChildStdin>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    waiting: Vec<JoinHandle<()>>,
    is_ready: bool,
    /// evcxr's last words.
    said: String,
    /// Goes last, when nobody uses it any more.
    _folder: RelayFolder,
    remedy: String,
}

impl Session {
    /// Starts both.
    pub fn start(settings: &Settings, mut evcxr: Command, folder: RelayFolder) -> Result<Session> {
        let (sender, events) = mpsc::channel();
        let remedy = settings.remedy.clone();
        let mut relay = folder
            .program(settings)
            .spawn()
            .with_context(|| format!("cannot start the kernel's relay; {remedy}"))?;
        let group = i32::try_from(relay.id()).ok().and_then(Pid::from_raw);
        let mut session = Session {
            group,
            orders: relay.stdin.take(),
            sender,
            events,
            waiting: Vec::new(),
            is_ready: false,
            said: String::new(),
            _folder: folder,
            remedy,
        };
        session.report_lines(relay.stdout.take(), Event::Relay);
        evcxr.process_group(Pid::as_raw(group)).stdin(Stdio::null()).stderr(Stdio::piped());
        let started = evcxr.spawn();
        session.report_end(relay, Event::RelayEnded);
        let program = evcxr.get_program().display().to_string();
        let mut evcxr =
            started.with_context(|| format!("cannot start {program}; {}", settings.remedy))?;
        session.report_lines(evcxr.stderr.take(), Event::Said);
        session.report_end(evcxr, Event::EvcxrEnded);
        Ok(session)
    }

    /// Connects the kernel with Jupyter.
    pub fn attach(&mut self, connection_file: &Path) -> Result<()> {
        let file = std::path::absolute(connection_file).context("finding the connection file")?;
        let line = [file.as_os_str().as_bytes(), b"\n"].concat();
        let orders = self.orders.as_mut().context("the kernel's relay takes no orders")?;
        // Where the relay has ended, its end is what will be reported.
        let _ = orders.write_all(&line);
        Ok(())
    }

    /// For what else is to be reported.
    pub fn sender(&self) -> Sender<Event> {
        self.sender.clone()
    }

    /// Waits until there is something to do.
    ///
    /// # Errors
    /// If one of the two ended that should not have, unless evcxr never was ready.
    pub fn next(&mut self) -> Result<KernelEvent> {
        loop {
            match self.events.recv().context("lost the kernel")? {
                Event::Relay(line) if line == "ready" => {
                    self.is_ready = true;
                    return Ok(KernelEvent::Ready);
                }
                Event::Relay(line) if line == "quiet" => return Ok(KernelEvent::Quiet),
                Event::Relay(line) => eprintln!("{line}"),
                Event::Said(line) => self.hear(line),
                Event::Adopted(stream) => return Ok(KernelEvent::Adopted(stream)),
                Event::End => return Ok(KernelEvent::Ended(ExitCode::SUCCESS)),
                Event::RelayEnded(status) if status.success() => {
                    return Ok(KernelEvent::Ended(ExitCode::SUCCESS));
                }
                Event::RelayEnded(status) => bail!("the kernel's relay ended ({status})"),
                Event::EvcxrEnded(status) => return self.explain(status),
            }
        }
    }

    fn hear(&mut self, line: String) {
        eprintln!("{line}");
        if !line.trim().is_empty() {
            self.said = line;
        }
    }

    fn explain(&mut self, status: ExitStatus) -> Result<KernelEvent> {
        while let Ok(event) = self.events.recv_timeout(LAST_WORDS) {
            match event {
                Event::Said(line) => self.hear(line),
                // Asked to end, and everything at once.
                Event::End => return Ok(KernelEvent::Ended(ExitCode::SUCCESS)),
                Event::RelayEnded(status) if status.success() => {
                    return Ok(KernelEvent::Ended(ExitCode::SUCCESS));
                }
                _ => {}
            }
        }
        let said = if self.said.is_empty() { "nothing" } else { &self.said };
        if self.is_ready {
            bail!("evcxr ended ({status}); the last it said: {said}; restart the kernel");
        }
        if said.contains("in use") {
            return Ok(KernelEvent::PortTaken);
        }
        Ok(KernelEvent::Unready(anyhow!(
            "evcxr ended before it was ready ({status}); the last it said: {said}; {}",
            self.remedy
        )))
    }

    fn report_lines(
        &self,
        from: Option<impl Read + Send + 'static>,
        event: impl Fn(String) -> Event + Send + 'static,
    ) {
        let sender = self.sender();
        let Some(from) = from else { return };
        thread::spawn(move || {
            let mut reader = BufReader::new(from);
            let mut bytes = Vec::new();
            while matches!(reader.read_until(b'\n', &mut bytes), Ok(length) if length > 0) {
                let _ = sender.send(event(String::from_utf8_lossy(&bytes).trim_end().to_owned()));
                bytes.clear();
            }
        });
    }

    fn report_end(&mut self, mut child: Child, event: fn(ExitStatus) -> Event) {
        let sender = self.sender();
        self.waiting.push(thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = sender.send(event(status));
            }
        }));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        for waiting in self.waiting.drain(..) {
            let _ = waiting.join();
        }
    }
}
