//! The kernel for other front ends: VS Code, and the user's own Jupyter.
//!
//! These look in a folder of the user's, in which the course writes only when it is asked to.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use notebook_kernel::State;

use super::settings;
use crate::setup::{self, finding::Finding, home::Home};

/// The part's name.
pub const PART: &str = "kernel elsewhere";

/// Whether other front ends are to find the kernel.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Options {
    /// Set up what is missing, then put the kernel where VS Code and your own Jupyter look
    #[arg(long)]
    register: bool,
    /// Remove it from there
    #[arg(long)]
    unregister: bool,
}

/// Registers the clone's kernel with the user's own Jupyter, or removes it from there.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    let folder = users_jupyter(home)?;
    let settings = settings(home);
    if options.unregister {
        match notebook_kernel::unregister_in(&folder, &settings)? {
            Some(file) => println!("removed {}", file.display()),
            None => println!("it is not registered in {}", folder.display()),
        }
        return Ok(());
    }
    // What stands there is looked at before minutes of set-up.
    notebook_kernel::check_in(&folder, &settings)?;
    setup::run(home, project)?;
    let _lock = home.lock()?;
    let file = notebook_kernel::register_in(&folder, &settings, project)?;
    println!("registered {}", file.display());
    println!("VS Code and your own Jupyter offer it as \"{}\"", settings.display_name);
    println!("`cargo xtask kernel --unregister` removes it");
    Ok(())
}

/// Whether it is registered, for `cargo xtask doctor`; nobody needs it to be.
pub fn inspect(home: &Home, project: &Path) -> Vec<Finding> {
    let settings = settings(home);
    let mut folders = notebook_kernel::registered_in(&settings);
    folders.extend(users_jupyter(home).ok().filter(|folder| !folders.contains(folder)));
    let inspect = |folder: PathBuf| {
        let found = notebook_kernel::inspect_in(&folder, &settings, project);
        match found.state {
            State::Missing => Finding::found(PART, format!("not registered: {}", found.detail)),
            state => {
                let remedy = "run `cargo xtask kernel --register`, or `--unregister` to remove it";
                Finding::new(PART, state, found.detail, remedy)
            }
        }
    };
    folders.into_iter().map(inspect).collect()
}

/// Removes every registration of a kernel whose cache is about to go.
pub fn remove(home: &Home) {
    let settings = settings(home);
    for folder in notebook_kernel::registered_in(&settings) {
        match notebook_kernel::unregister_in(&folder, &settings) {
            Ok(file) => file.iter().for_each(|file| println!("removed {}", file.display())),
            Err(error) => println!("{error:#}; it no longer works"),
        }
    }
}

/// Where the user's own Jupyter looks for kernels, and VS Code with it: what `jupyter --data-dir`
/// prints. In a terminal of the course's JupyterLab the variable names a folder of the cache.
fn users_jupyter(home: &Home) -> Result<PathBuf> {
    const NAMED: &str = "JUPYTER_DATA_DIR";
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = match variable(NAMED).filter(|folder| !folder.starts_with(home.root())) {
        Some(folder) => folder,
        None => {
            let user = variable("HOME");
            let folder = match cfg!(target_os = "macos") {
                true => user.map(|user| user.join("Library/Jupyter")),
                false => variable("XDG_DATA_HOME")
                    .or_else(|| user.map(|user| user.join(".local/share")))
                    .map(|data| data.join("jupyter")),
            };
            folder
                .with_context(|| format!("your own Jupyter has no folder: set HOME or {NAMED}"))?
        }
    };
    std::path::absolute(&folder).with_context(|| format!("{} is no folder", folder.display()))
}
