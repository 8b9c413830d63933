//! The Rust kernel of the notebooks: registered under a name of its own, started by
//! a launcher, and given a folder in which everything is compiled already.
//!
//! Left to itself, evcxr compiles every dependency anew in every notebook, for
//! minutes. So set-up builds one folder as evcxr would (the template), and each
//! kernel works in a private copy of it: two kernels in one folder break each other.

mod analyzer;
mod clean;
mod copy;
mod extension;
mod launcher;
mod memo;
mod memory;
mod place;
mod preload;
mod private;
mod relay;
mod script;
mod session;
mod shortcut;
mod spare;
mod template;
mod watch;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::finding::{Finding, SET_UP};
use crate::home::{self, Home};
use crate::jupyter;

pub use analyzer::{Options as ToolOptions, run as run_tool, sources};
pub use launcher::{Options, launch};
pub use shortcut::{Options as CompileOptions, compiler_called, run as compile};
pub use spare::VARIABLE as SPARES_VARIABLE;
pub use template::BUILD_VARIABLE;

/// The name notebooks ask for. Not `rust`: evcxr rewrites a kernel of that name.
pub const NAME: &str = "mnist-tutorial";

/// The part's name.
pub const PART: &str = "kernel";

/// How long it usually takes.
pub const USUAL: &str = "3 to 5 min";

/// Names the clone whose library a kernel offers; else it is looked for upwards of
/// the folder the kernel starts in.
pub const PROJECT_VARIABLE: &str = "MNIST_TUTORIAL_PROJECT";

/// Builds what is missing or old: the launcher, the kernel's registration, the template.
pub fn install(home: &Home, project: &Path) -> Result<()> {
    if !registration(home).is_found() {
        install_launcher(home)?;
        extension::install(home)?;
        write_whole(&specification_file(home), specification(home)?.as_bytes())?;
    }
    template::build(home, project)
}

/// Whether [`install`] has nothing to do. A template of an older source can still be
/// used, but every kernel then compiles the change again.
pub fn is_current(home: &Home, project: &Path) -> bool {
    registration(home).is_found() && template::is_current(home, project)
}

/// What stands between a notebook and this kernel, if anything does.
pub fn usable(home: &Home, project: &Path) -> Finding {
    let found = Finding::found(PART, NAME);
    inspect(home, project).into_iter().find(|finding| !finding.is_found()).unwrap_or(found)
}

/// What there is of the kernel, for `cargo xtask doctor`.
pub fn inspect(home: &Home, project: &Path) -> Vec<Finding> {
    vec![registration(home), template::inspect(home, project)]
}

/// Removes what was compiled for this clone's kernels.
pub fn remove_template(home: &Home, project: &Path) -> Result<()> {
    let folder = template::folder(home, project);
    if folder.exists() {
        println!("removing {}", folder.display());
    }
    crate::install::remove(&folder)
}

/// Removes what was compiled for a cache whose own path evcxr cannot use.
pub fn remove_outside_cache(home: &Home) -> Result<()> {
    let folder = place::folder(home);
    match folder.starts_with(home.root()) {
        true => Ok(()),
        false => crate::install::remove(&folder),
    }
}

/// Asks every training that runs in one of this user's kernels to end; how many do.
pub fn stop_trainings(home: &Home) -> Result<usize> {
    let mut asked = 0;
    for folder in private::living(home) {
        asked += usize::from(relay::stop_training(&folder)?);
    }
    Ok(asked)
}

/// A spare kernel in `folder` for the notebooks that the process `server` opens there.
pub fn first_spare(home: &Home, folder: &Path, server: u32) -> Result<Command> {
    let available = memory::available().unwrap_or(u64::MAX);
    ensure!(
        available >= memory::NEEDED,
        "{:.1} GB of memory are available, and {:.0} GB are to be",
        available as f64 / 1e9,
        memory::NEEDED as f64 / 1e9
    );
    let mut command = Command::new(launcher_file(home));
    command.args(["kernel", "--spare", "--owner", &server.to_string()]).current_dir(folder);
    command.env(home::VARIABLE, home.root());
    Ok(command)
}

fn registration(home: &Home) -> Finding {
    let file = specification_file(home);
    let Ok(present) = fs::read_to_string(&file) else {
        return Finding::missing(PART, format!("{} is not there", file.display()), SET_UP);
    };
    let wanted = specification(home).unwrap_or_default();
    let whole = launcher_file(home).is_file() && extension::is_installed(home);
    match present == wanted && whole {
        true => Finding::found(PART, format!("{NAME} in {}", file.display())),
        false => Finding::wrong(PART, format!("{} is of another version", file.display()), SET_UP),
    }
}

fn specification_file(home: &Home) -> PathBuf {
    jupyter::data(home).join("kernels").join(NAME).join("kernel.json")
}

/// What Jupyter reads to start the kernel.
fn specification(home: &Home) -> Result<String> {
    let specification: Value = json!({
        "argv": [launcher_file(home), "kernel", "{connection_file}"],
        "display_name": "Rust (MNIST tutorial)",
        "language": "rust",
        "interrupt_mode": "message",
        "env": { home::VARIABLE: home.root() },
    });
    serde_json::to_string_pretty(&specification).context("describing the kernel")
}

/// The launcher's name tells its version: clones of one version share it.
fn launcher_file(home: &Home) -> PathBuf {
    let sources = concat!(
        include_str!("command.rs"),
        include_str!("setup/evcxr.rs"),
        include_str!("setup/home.rs"),
        include_str!("kernel.rs"),
        include_str!("kernel/analyzer.rs"),
        include_str!("kernel/analyzer/answers.rs"),
        include_str!("kernel/analyzer/library.rs"),
        include_str!("kernel/analyzer/metadata.rs"),
        include_str!("kernel/analyzer/tool.rs"),
        include_str!("kernel/analyzer/view.rs"),
        include_str!("kernel/clean.rs"),
        include_str!("kernel/copy.rs"),
        include_str!("kernel/launcher.rs"),
        include_str!("kernel/memo.rs"),
        include_str!("kernel/memory.rs"),
        include_str!("kernel/place.rs"),
        include_str!("kernel/preload.rs"),
        include_str!("kernel/private.rs"),
        include_str!("kernel/relay.rs"),
        include_str!("kernel/script.rs"),
        include_str!("kernel/session.rs"),
        include_str!("kernel/shortcut.rs"),
        include_str!("kernel/shortcut/recipe.rs"),
        include_str!("kernel/spare.rs"),
        include_str!("kernel/template.rs"),
        include_str!("kernel/watch.rs"),
        include_str!("setup/libtorch/mod.rs"),
        include_str!("setup/python.rs"),
        include_str!("../python/relay/relay.py"),
        include_str!("../python/relay/cell.py"),
        include_str!("../python/relay/wire.py"),
        // Their digest names the environment that the launcher looks for.
        include_str!("../python/requirements.txt"),
    );
    home.root().join("launcher").join(short_digest(sources.as_bytes()))
}

/// Copies this program into the cache, so that `cargo clean` leaves the kernel alone.
fn install_launcher(home: &Home) -> Result<()> {
    let own = std::env::current_exe().context("finding this program's own file")?;
    let file = launcher_file(home);
    let folder = file.parent().context("a launcher without a folder")?;
    crate::install::remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let partial = folder.join("partial");
    fs::copy(&own, &partial).with_context(|| format!("cannot copy {}", own.display()))?;
    fs::rename(&partial, &file).with_context(|| format!("cannot make {}", file.display()))
}

/// Writes `file` through a temporary one beside it: whole or not at all.
fn write_whole(file: &Path, content: &[u8]) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Not for this user alone: a class may share the cache.
    let partial = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    fs::write(partial.path(), content)?;
    partial.persist(file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}

fn short_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
