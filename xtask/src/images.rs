//! Every image in `images/`: those that the library draws, and one of TensorBoard.

use crate::run::tensorboard;
use crate::setup::{self, Needs, data, home::Home};
use crate::{browser, command};
use anyhow::{Context, Result, ensure};
use mnist_files::files::MNIST;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The image that needs a browser.
const TENSORBOARD: &str = "tensorboard.png";

/// Starts TensorBoard and takes that image.
const SCRIPT: &str = "xtask/python/photograph.py";

/// The most that an image may take, so that a clone and the README stay light.
const MOST_BYTES: u64 = 300_000;

/// How to draw them.
#[derive(clap::Args)]
pub struct Options {
    /// Train so many epochs only, to try it out; the README shows the usual ones
    #[arg(long)]
    epochs: Option<usize>,
}

/// Sets up what is missing, trains, and draws every image.
///
/// # Errors
/// If MNIST is not there, or an image could not be made: the others are.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    data::run(project, &MNIST).context("the images show the real MNIST, no look-alike digits")?;
    setup::only(home, project, Needs::Libtorch)?;
    // Looked for before minutes of training; the other images are made all the same.
    let chromium = browser::find();
    if let Err(missing) = &chromium {
        println!("images/{TENSORBOARD} will not be made: {missing:#}");
    }
    let logdir = tempfile::tempdir().context("cannot make a folder for the training's log")?;
    draw(project, logdir.path(), options)?;
    chromium
        .and_then(|chromium| photograph(home, project, logdir.path(), &chromium))
        .with_context(|| format!("images/{TENSORBOARD} was not made"))?;
    check(&project.join("images"))
}

/// Trains, logs that to `logdir`, and draws everything but TensorBoard.
fn draw(project: &Path, logdir: &Path, options: &Options) -> Result<()> {
    let mut command = command::cargo(project);
    command.args(["run", "--package", "mnist_tutorial", "--example", "figures", "--"]);
    command.arg("--logdir").arg(logdir);
    if let Some(epochs) = options.epochs {
        command.args(["--epochs", &epochs.to_string()]);
    }
    let status = command.status().context("cannot start cargo")?;
    ensure!(status.success(), "the example `figures` failed");
    Ok(())
}

/// Takes the image of TensorBoard showing `logdir`.
fn photograph(home: &Home, project: &Path, logdir: &Path, chromium: &Path) -> Result<()> {
    println!("TensorBoard, in {}", chromium.display());
    let mut command = browser::script(home, &project.join(SCRIPT), chromium)?;
    command.arg("--file").arg(project.join("images").join(TENSORBOARD)).arg("--");
    let tensorboard = tensorboard::attached(home, project, logdir);
    command.arg(tensorboard.get_program()).args(tensorboard.get_args());
    let status = command.status().context("cannot start Python")?;
    ensure!(status.success(), "{SCRIPT} failed");
    Ok(())
}

/// Lists the images, and fails if one is too large.
fn check(images: &Path) -> Result<()> {
    let entries = fs::read_dir(images).with_context(|| format!("{}", images.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension() == Some(OsStr::new("png")));
    files.sort();
    for file in &files {
        let (shown, size) = (file.display(), fs::metadata(file)?.len());
        println!("  {shown} ({} kB)", size.div_ceil(1000));
        ensure!(size <= MOST_BYTES, "{shown} has {size} bytes, expected at most {MOST_BYTES}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_is_too_large_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.png"), [0; 100]).unwrap();
        fs::write(folder.path().join("notes.txt"), vec![0; 400_000]).unwrap();
        check(folder.path()).unwrap();
        fs::write(folder.path().join("large.png"), vec![0; 300_001]).unwrap();
        let error = check(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("large.png has 300001 bytes, expected at most 300000"), "{error}");
    }
}
