//! Where to look for MNIST and where to fetch it from, read from the environment once.

use super::files::FILES;
use super::problem::Problem;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The two public mirrors, tried in this order.
pub const MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// Where [`Mnist::load`](super::Mnist::load) looks, downloads to and downloads from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder that alone is read when set (`MNIST_DIR`).
    pub mnist_dir: Option<PathBuf>,
    /// The project's `data/` folder, read otherwise and downloaded into.
    pub folder: PathBuf,
    /// Addresses of folders that hold the four `.gz` files (`MNIST_MIRRORS`); none means: do not download.
    pub mirrors: Vec<String>,
    /// Where the short-lived folder for the parser is made (`TMPDIR`); 55 MB for under a second.
    pub temporary: PathBuf,
    /// How long a download waits.
    pub timeouts: Timeouts,
}

/// How long a download waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to be made.
    pub connect: Duration,
    /// For an answer, and then for each next piece of it.
    pub stall: Duration,
}

impl Default for Timeouts {
    /// 10 seconds for a connection, 30 for the next bytes.
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

impl Settings {
    /// Reads `MNIST_DIR`, `MNIST_MIRRORS` and the current folder.
    ///
    /// # Errors
    /// If the current folder is gone or `MNIST_MIRRORS` is not UTF-8.
    pub fn from_environment() -> Result<Settings> {
        let current = std::env::current_dir()
            .context("the current folder cannot be found: go to one that exists")?;
        let mirrors = match std::env::var("MNIST_MIRRORS") {
            Ok(listed) => listed.split_whitespace().map(str::to_string).collect(),
            Err(std::env::VarError::NotPresent) => MIRRORS.map(str::to_string).to_vec(),
            Err(error) => return Err(not_text(error)),
        };
        Ok(Settings {
            mnist_dir: std::env::var_os("MNIST_DIR")
                .filter(|set| !set.is_empty())
                .map(|set| current.join(set)),
            folder: data_folder(&current),
            mirrors,
            temporary: std::env::temp_dir(),
            timeouts: Timeouts::default(),
        })
    }
}

/// The complaint about an `MNIST_MIRRORS` that is no text.
fn not_text(error: std::env::VarError) -> anyhow::Error {
    let problem = Problem {
        file: "MNIST_MIRRORS".into(),
        found: error.to_string(),
        expected: "addresses separated by spaces".into(),
        remedy: "unset it to use the public mirrors".into(),
    };
    problem.into()
}

/// The nearest `data/` folder at or above `start` that is MNIST's, else `start/data`.
///
/// It is MNIST's if it holds one of the four files or a `SHA256SUMS` that lists one.
pub fn data_folder(start: &Path) -> PathBuf {
    let mut candidates = start.ancestors().map(|ancestor| ancestor.join("data"));
    candidates.find(|folder| is_mnist(folder)).unwrap_or_else(|| start.join("data"))
}

/// Whether a folder holds one of the four files, or a `SHA256SUMS` that lists one.
fn is_mnist(folder: &Path) -> bool {
    let listed = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap_or_default();
    FILES.iter().any(|file| {
        listed.contains(file.name)
            || folder.join(file.packed_name()).exists()
            || folder.join(file.name).exists()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_data_folder_of_mnist_is_found() -> Result<()> {
        let root = tempfile::tempdir()?;
        let deep = root.path().join("a/b/notebooks");
        std::fs::create_dir_all(&deep)?;
        for folder in ["data", "a/data", "a/b/data"] {
            std::fs::create_dir(root.path().join(folder))?;
        }
        assert_eq!(data_folder(&deep), deep.join("data"));
        std::fs::write(root.path().join("data").join(FILES[3].name), "")?;
        assert_eq!(data_folder(&deep), root.path().join("data"));
        let sums = root.path().join("a/data/SHA256SUMS");
        std::fs::write(&sums, "0123  something-else.tar\n")?;
        assert_eq!(data_folder(&deep), root.path().join("data"));
        std::fs::write(&sums, "0123  train-labels-idx1-ubyte.gz\n")?;
        assert_eq!(data_folder(&deep), root.path().join("a/data"));
        Ok(())
    }

    #[test]
    fn the_environment_is_read() -> Result<()> {
        let settings = Settings::from_environment()?;
        assert!(settings.folder.is_absolute());
        assert!(settings.mnist_dir.is_none_or(|folder| folder.is_absolute()));
        Ok(())
    }
}
