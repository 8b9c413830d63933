//! The relay between Jupyter and evcxr: what it is started with, and the folder in which
//! the two, the cells and who stops a training leave each other word.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::json;

use crate::layout::{make_own, relay_folder};
use crate::programs::remove_variables;
use crate::settings::Settings;

/// The program. It lies in each kernel's folder, so that nothing a clone changes later and
/// no second installation can fall out of step with the launcher.
const FILES: [(&str, &str); 7] = [
    ("relay.py", include_str!("../relay/relay.py")),
    ("cell.py", include_str!("../relay/cell.py")),
    ("commands.py", include_str!("../relay/commands.py")),
    ("lines.py", include_str!("../relay/lines.py")),
    ("output.py", include_str!("../relay/output.py")),
    ("streams.py", include_str!("../relay/streams.py")),
    ("wire.py", include_str!("../relay/wire.py")),
];

/// What a process needs that takes the place of one that a cell ended: what cells have
/// defined is still known, what they have set in the process is not.
const AFRESH: &str = "afresh.rs";

/// What evcxr listens on, by the names of Jupyter's connection files.
const PORTS: [&str; 5] = ["shell_port", "control_port", "stdin_port", "hb_port", "iopub_port"];

/// The folder inside a kernel's private one; dropping this removes it.
pub struct RelayFolder(PathBuf);

impl RelayFolder {
    /// Writes the relay's program and a connection file for evcxr, with ports that are free.
    pub fn make(settings: &Settings, kernel: &Path) -> Result<RelayFolder> {
        let folder = RelayFolder(relay_folder(kernel));
        // The key in evcxr's connection file lets whoever reads it run code here.
        make_own(&folder.0)?;
        let cannot = || format!("cannot write into {}", folder.0.display());
        let afresh = (AFRESH, settings.prelude.in_every_process.as_str());
        for (name, text) in FILES.into_iter().chain([afresh]) {
            fs::write(folder.0.join(name), text).with_context(cannot)?;
        }
        fs::write(folder.connection_file(), connection()?).with_context(cannot)?;
        Ok(folder)
    }

    /// Where evcxr reads on which ports to listen.
    pub fn connection_file(&self) -> PathBuf {
        self.0.join("evcxr.json")
    }

    /// The file whose existence asks a training to end.
    pub fn stop_file(&self) -> PathBuf {
        stop_file(&self.0)
    }

    /// Where the process in which cells run hands the relay its pipes.
    pub fn streams(&self) -> PathBuf {
        self.0.join("streams")
    }

    /// The relay's program, in a process group of its own: Jupyter kills the launcher's as a
    /// whole, and the relay is to outlive that by the moment it takes to end evcxr.
    pub fn program(&self, settings: &Settings) -> Command {
        let mut command = Command::new(&settings.python);
        remove_variables(&mut command, |name| {
            name.starts_with("PYTHON") || name.starts_with("__PYVENV") || name == "VIRTUAL_ENV"
        });
        command.env("PYTHONNOUSERSITE", "1").arg("-B").arg(self.0.join("relay.py"));
        command.arg(self.connection_file()).arg(&self.0).arg(&settings.name);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        command
    }
}

impl Drop for RelayFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn stop_file(relay: &Path) -> PathBuf {
    relay.join("stop")
}

/// Asks the training that runs in this private folder, if one does, to end; whether one does.
pub fn stop_training(private: &Path) -> Result<bool> {
    let relay = relay_folder(private);
    if !relay.join("training").exists() {
        return Ok(false);
    }
    let file = stop_file(&relay);
    fs::write(&file, "").with_context(|| format!("cannot write {}", file.display()))?;
    Ok(true)
}

/// A connection file with a key of its own, known to evcxr and the relay alone.
fn connection() -> Result<Vec<u8>> {
    let address = address()?;
    // All are held until all are known, so that none is given twice.
    let listeners: Vec<TcpListener> =
        PORTS.iter().map(|_| TcpListener::bind((address, 0))).collect::<Result<_, _>>()?;
    let mut facts = json!({
        "transport": "tcp",
        "ip": address.to_string(),
        "signature_scheme": "hmac-sha256",
        "key": key()?,
    });
    for (name, listener) in PORTS.iter().zip(&listeners) {
        facts[*name] = listener.local_addr()?.port().into();
    }
    Ok(serde_json::to_vec(&facts)?)
}

/// This machine by another name than 127.0.0.1, where Jupyter has chosen ports for this and
/// other kernels that are still free: evcxr would now and then be given one of those. Where
/// only 127.0.0.1 is set up, as on macOS, that.
fn address() -> Result<Ipv4Addr> {
    let [second, third, fourth] = random()?;
    let own = Ipv4Addr::new(127, second | 1, third, fourth | 1);
    Ok(TcpListener::bind((own, 0)).map_or(Ipv4Addr::LOCALHOST, |_| own))
}

fn key() -> Result<String> {
    let bytes: [u8; 32] = random()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    let mut random = fs::File::open("/dev/urandom").context("cannot open /dev/urandom")?;
    random.read_exact(&mut bytes).context("cannot read /dev/urandom")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
