//! The notebooks in JupyterLab, on this machine only.

use super::jupyter::Jupyter;
use crate::setup::{self, home::Home, python};
use crate::{kernel, process};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How JupyterLab is to be started.
#[derive(clap::Args)]
pub struct Options {
    /// Open no browser, only print the address
    #[arg(long)]
    no_browser: bool,
    /// The port; the next free one is taken if this one is not
    #[arg(long, default_value_t = 8888)]
    port: u16,
    /// How many started kernels to keep ready for each folder in which notebooks run, each with
    /// 0.5 to 1.1 GB of memory; 0 for none
    #[arg(long, default_value_t = 1, value_name = "N")]
    spares: u8,
}

/// Names a folder to serve in place of the clone, with `notebooks/` in it: for tests.
const SERVED: &str = "MNIST_TUTORIAL_SERVED";

/// What the browser opens; the exercises lie beside it.
const FIRST: &str = "lab/tree/notebooks";

/// Holds the settings that a server reads beside its arguments.
const CONFIGURATION: &str = "xtask/python/jupyter";

/// How long JupyterLab may take to start.
const START: Duration = Duration::from_secs(90);

/// How long its kernels may take to end.
const END: Duration = Duration::from_secs(20);

/// Sets up what is missing and serves until Ctrl-C.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<ExitCode> {
    setup::run(home, project)?;
    let stop = Arc::new(AtomicBool::new(false));
    process::leave_signals();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .context("cannot listen for Ctrl-C")?;
    }
    let jupyter = kernel::jupyter(home, project)?;
    jupyter.decline_news()?;
    let log = jupyter.runtime().join("lab.log");
    let browser = !options.no_browser && has_browser();
    let mut command = server(&jupyter, project, options, browser);
    let cannot_write = || format!("cannot write {}", log.display());
    let output = File::create(&log).with_context(cannot_write)?;
    let mut errors = Errors::of(&log).with_context(cannot_write)?;
    command.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output.try_clone()?);
    // Ctrl-C reaches this program only, which then ends the server without its question.
    let mut child = command.process_group(0).spawn().context("cannot start JupyterLab")?;
    let (server, mut spare) = (child.id(), None);
    let started = |address: Address| {
        address.announce(options, browser);
        spare = start_spare(home, project, options.spares, server, output);
    };
    let result = serve(&mut child, jupyter.runtime(), &stop, &mut errors, started);
    end(&mut child);
    // It looks once a second whether the server is still there.
    if let Some(mut spare) = spare {
        let _ = spare.wait();
    }
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => bail!("{error:#}\n{}", last_lines(&log)),
    }
}

fn server(jupyter: &Jupyter, project: &Path, options: &Options, browser: bool) -> Command {
    let mut command = jupyter.script(&project.join(python::ATTACHED));
    command.args(["jupyterlab", "--ServerApp.ip=127.0.0.1"]);
    command.arg(format!("--ServerApp.port={}", options.port));
    let mut folder = OsString::from("--ServerApp.root_dir=");
    folder.push(env::var_os(SERVED).unwrap_or_else(|| project.into()));
    command.arg(folder).arg(format!("--LabApp.default_url=/{FIRST}"));
    command.arg(format!("--MultiKernelManager.default_kernel_name={}", kernel::NAME));
    // Sockets in a folder that only this user can enter: at a port, every user of the machine
    // can listen to what cells print.
    command.arg("--KernelManager.transport=ipc");
    // No questions, no news, nothing asked of the network.
    command.args(["-y", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]);
    command.arg("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate");
    if !browser {
        command.arg("--no-browser");
    }
    if rustix::process::geteuid().is_root() {
        // Containers have no other user; the server is only reached from this machine.
        command.arg("--allow-root");
    }
    command.env("JUPYTER_CONFIG_PATH", project.join(CONFIGURATION));
    command.env(kernel::SPARES_VARIABLE, options.spares.to_string());
    command
}

/// The first spare kernel, so that the first notebook finds one; kernels start its successors.
fn start_spare(home: &Home, project: &Path, spares: u8, server: u32, log: File) -> Option<Child> {
    if spares == 0 {
        return None;
    }
    let (settings, folder) = (kernel::settings(home), project.join("notebooks"));
    let command = notebook_kernel::first_spare(&settings, project, &folder, server);
    let started = command.and_then(|mut command| {
        command.env(kernel::SPARES_VARIABLE, spares.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).process_group(0);
        command.spawn().context("it cannot be started")
    });
    if let Err(error) = &started {
        println!("No kernel is kept ready, so notebooks open more slowly: {error:#}");
    }
    started.ok()
}

/// Waits until the server ends or is to end; calls `started` with its address once it answers.
fn serve(
    child: &mut Child,
    runtime: &Path,
    stop: &AtomicBool,
    errors: &mut Errors,
    started: impl FnOnce(Address),
) -> Result<()> {
    let start = Instant::now();
    let mut started = Some(started);
    while !stop.load(Ordering::Relaxed) {
        if let Some(status) = child.try_wait().context("lost JupyterLab")? {
            ensure!(
                started.is_none() && status.success(),
                "JupyterLab ended ({status}). Its last lines:"
            );
            println!("JupyterLab was shut down from the browser");
            return Ok(());
        }
        if started.is_some() {
            if let Some(address) = Address::read(runtime, child.id()) {
                if let Some(started) = started.take() {
                    started(address);
                }
            } else if start.elapsed() > START {
                bail!("JupyterLab did not start within {} s. Its last lines:", START.as_secs());
            }
        }
        for line in errors.new_lines() {
            eprintln!("error in a kernel: {line}");
        }
        thread::sleep(Duration::from_millis(100));
    }
    println!("\nending JupyterLab and its kernels");
    Ok(())
}

/// Ends the server, which ends its kernels.
///
/// A server that does not end is killed. Its kernels, in sessions of their own, are out of
/// reach then and end by themselves: their launcher looks whether the server is still there.
fn end(child: &mut Child) {
    drop(child.stdin.take());
    let start = Instant::now();
    while start.elapsed() < END {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}

/// Reads a kernel launcher's errors from the server's log; the browser shows only that the
/// kernel died.
struct Errors {
    log: File,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
    /// Jupyter tries six times.
    known: HashSet<String>,
}

impl Errors {
    fn of(log: &Path) -> io::Result<Errors> {
        Ok(Errors { log: File::open(log)?, begun: Vec::new(), known: HashSet::new() })
    }

    /// Those written since the last call, each text once.
    fn new_lines(&mut self) -> Vec<String> {
        let _ = self.log.read_to_end(&mut self.begun);
        let whole = self.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.begun.drain(..whole).collect();
        let text = String::from_utf8_lossy(&lines);
        let errors = text.lines().filter_map(|line| line.strip_prefix("error: "));
        errors.map(str::to_owned).filter(|error| self.known.insert(error.clone())).collect()
    }
}

/// What a started server writes down.
#[derive(serde::Deserialize)]
struct Address {
    url: String,
    token: String,
    port: u16,
}

impl Address {
    fn read(runtime: &Path, process: u32) -> Option<Address> {
        let file = fs::File::open(runtime.join(format!("jpserver-{process}.json"))).ok()?;
        let address: Address = serde_json::from_reader(file).ok()?;
        // The file is there a moment before the server answers.
        TcpStream::connect(("127.0.0.1", address.port)).ok()?;
        Some(address)
    }

    fn announce(&self, options: &Options, browser: bool) {
        if self.port != options.port {
            println!("Port {} is taken, so it is {}", options.port, self.port);
        }
        println!("JupyterLab: {}{FIRST}?token={}", self.url, self.token);
        match (browser, options.no_browser) {
            (true, _) => println!("Your browser opens it. Ctrl-C ends it."),
            (false, true) => println!("Open that address in a browser. Ctrl-C ends it."),
            (false, false) => {
                println!("No browser here: open that address in one on this machine, or through");
                println!("`ssh -L {0}:127.0.0.1:{0} …`. Ctrl-C ends it.", self.port);
            }
        }
    }
}

/// Whether a browser could open a window here.
fn has_browser() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"].into_iter().any(is_set)
}

fn last_lines(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

#[cfg(test)]
mod tests;
