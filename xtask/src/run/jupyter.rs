//! Jupyter programs that neither read nor write the user's own Jupyter folders.

use crate::kernel;
use crate::setup::{home::Home, python};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The private folders that Jupyter programs run with.
///
/// What belongs to one run lies in a temporary folder, which goes with this value.
pub struct Jupyter {
    home: Home,
    /// Where Jupyter looks for the clone's kernel.
    data: PathBuf,
    runtime: TempDir,
    /// Settings and history: in the cache, or beside the runtime files where the cache is
    /// shared and read-only.
    state: PathBuf,
}

impl Jupyter {
    /// Makes the folders of one run, for the clone `project`.
    pub fn open(home: &Home, project: &Path) -> Result<Jupyter> {
        let runtime = tempfile::Builder::new()
            .prefix("mnist-tutorial-")
            .tempdir()
            .context("cannot make a folder for Jupyter's temporary files")?;
        let kept = home.jupyter().join("state");
        let state = if is_writable(&kept) { kept } else { runtime.path().join("state") };
        let data = notebook_kernel::jupyter_folder(&kernel::settings(home), project);
        Ok(Jupyter { home: home.clone(), data, runtime, state })
    }

    /// Where running servers and kernels write what connects to them.
    pub fn runtime(&self) -> &Path {
        self.runtime.path()
    }

    /// Answers, once, the question whether JupyterLab may fetch news: it asks it over the
    /// first notebook a beginner sees. An answer of the user's own stays.
    pub fn decline_news(&self) -> Result<()> {
        let folder = self.lab_settings().join("@jupyterlab/apputils-extension");
        let file = folder.join("notification.jupyterlab-settings");
        if !file.exists() {
            fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&file, r#"{ "fetchNews": "false" }"#))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }

    fn lab_settings(&self) -> PathBuf {
        self.state.join("lab-settings")
    }

    /// `python script` in the private environment and folders.
    pub fn script(&self, script: &Path) -> Command {
        let mut command = python::COURSE.command(&self.home);
        notebook_kernel::remove_variables(&mut command, |name| {
            name.starts_with("JUPYTER") || name == "IPYTHONDIR"
        });
        command
            .arg(script)
            .env("JUPYTER_DATA_DIR", &self.data)
            .env("JUPYTER_RUNTIME_DIR", self.runtime())
            .env("JUPYTER_PLATFORM_DIRS", "0")
            .env("JUPYTER_CONFIG_DIR", self.state.join("config"))
            .env("IPYTHONDIR", self.state.join("ipython"))
            .env("JUPYTERLAB_SETTINGS_DIR", self.lab_settings())
            .env("JUPYTERLAB_WORKSPACES_DIR", self.state.join("lab-workspaces"));
        command
    }
}

fn is_writable(folder: &Path) -> bool {
    fs::create_dir_all(folder).is_ok()
        && rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}
