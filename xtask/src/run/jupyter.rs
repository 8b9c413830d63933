//! Jupyter programs that neither read nor write the user's own Jupyter folders.

use crate::setup::{home::Home, python};
use anyhow::{Context, Result};
use mnist_files::fashion::FASHION_MNIST;
use mnist_files::files::MNIST;
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;
use tempfile::TempDir;

/// The longest path, in bytes, of a folder in which kernels' sockets can be made: the whole path
/// has 104 bytes on macOS and 108 on Linux, and what is added here takes 72.
const LONGEST_FOLDER: usize = 31;

/// The private folders that Jupyter programs run with: nobody else can look into them.
///
/// What belongs to one run, the server's token and the kernels' keys among it, lies in a temporary
/// folder, which goes with this value.
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
    /// Makes the folders of one run, with the kernel that is registered in the folder `data`.
    pub fn open(home: &Home, data: PathBuf) -> Result<Jupyter> {
        let usual = env::temp_dir();
        let is_short = usual.as_os_str().len() <= LONGEST_FOLDER;
        let runtime = tempfile::Builder::new()
            .prefix("mnist-tutorial-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(if is_short { &usual } else { Path::new("/tmp") })
            .context("cannot make a folder for Jupyter's temporary files")?;
        let kept = notebook_kernel::own_folder(home.jupyter().join("state")).ok();
        let state = kept.filter(|kept| is_writable(kept));
        let state = state.unwrap_or_else(|| runtime.path().join("state"));
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
        // Notebooks run in their own folder, where a relative path would name another one.
        for name in [MNIST.folder_variable, FASHION_MNIST.folder_variable] {
            let named = env::var_os(name).filter(|folder| !folder.is_empty());
            command.envs(named.and_then(|folder| Some((name, absolute(folder).ok()?))));
        }
        command
    }
}

fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, chown};

    fn mode(folder: &Path) -> u32 {
        fs::metadata(folder).unwrap().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_look_into_the_folders_of_a_run() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path()).unwrap();
        // As an earlier version made it.
        let kept = home.jupyter().join("state");
        fs::create_dir_all(&kept).unwrap();
        fs::set_permissions(&kept, Permissions::from_mode(0o755)).unwrap();
        let jupyter = Jupyter::open(&home, root.path().into()).unwrap();
        assert_eq!((&jupyter.state, mode(&jupyter.state)), (&kept, 0o700));
        assert_eq!(mode(jupyter.runtime()), 0o700);
    }

    #[test]
    fn sockets_can_be_made_in_the_folder_of_a_run() {
        let root = tempfile::tempdir().unwrap();
        let jupyter = Jupyter::open(&Home::at(root.path()).unwrap(), root.path().into()).unwrap();
        let longest = jupyter.runtime().join(format!("kernel-{}-ipc-5", "0".repeat(36)));
        assert!(longest.as_os_str().len() < 104, "{}", longest.display());
    }

    #[test]
    fn settings_that_somebody_else_may_have_written_are_not_obeyed() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root can make folders that belong to others");
            return;
        }
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path()).unwrap();
        let theirs = home.jupyter().join("state");
        fs::create_dir_all(&theirs).unwrap();
        chown(&theirs, Some(65534), Some(65534)).unwrap();
        let ours = Jupyter::open(&home, root.path().into()).unwrap().state;
        assert_ne!(ours, theirs);
        assert_eq!(
            (Jupyter::open(&home, root.path().into()).unwrap().state, mode(&ours)),
            (ours.clone(), 0o700)
        );
    }
}
