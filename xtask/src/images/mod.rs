//! Every picture in `images/`: those that the library draws, and one of TensorBoard.

mod board;
mod browser;

use crate::home::Home;
use crate::setup::{self, Needs};
use crate::{command, data, tools};
use anyhow::{Context, Result, bail, ensure};
use board::Board;
use browser::Browser;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The picture that needs a browser.
const BOARD: &str = "tensorboard.png";

/// The most that a picture may take, so that a clone and the README stay light.
const MOST_BYTES: u64 = 300_000;

/// What TensorBoard is to show: its first page with the curves of numbers alone.
const SHOWN: &str = "?darkMode=false&smoothing=0&tagFilter=batch%7Cepoch#timeseries";

/// Makes room for the curves, as two clicks do: no table below each, no settings beside them.
const TIDY: &str = "(() => { \
    const named = (kind, words) => [...document.querySelectorAll(kind)] \
        .find(one => one.textContent.includes(words)); \
    named('mat-checkbox', 'Enable step selection')?.querySelector('input')?.click(); \
    named('button', 'Settings')?.click(); \
})()";

/// Whether TensorBoard has read the whole log, of which the PR curves come last.
const LOADED: &str = "(() => { \
    const request = new XMLHttpRequest(); \
    request.open('GET', '/data/plugin/pr_curves/tags', false); \
    request.send(); \
    return request.responseText.includes('digit/9'); \
})()";

/// Whether each card has its curve: TensorBoard draws them as paths where there is no WebGL.
const DRAWN: &str = "(() => { \
    const cards = [...document.querySelectorAll('scalar-card')]; \
    return cards.length >= 6 && cards.every(card => card.querySelector('line-chart svg path')); \
})()";

/// How to draw them.
#[derive(clap::Args)]
pub struct Options {
    /// Train so many epochs only, to try it out; the README shows the usual ones
    #[arg(long)]
    epochs: Option<usize>,
}

/// Sets up what is missing, trains, and draws every picture.
///
/// # Errors
/// If MNIST is not there, or a picture could not be made: the others are.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    data::run(project).context("the pictures show the real MNIST, no look-alike digits")?;
    setup::only(home, project, Needs::Libtorch)?;
    // Looked for before minutes of training; the other pictures are made all the same.
    let browser = find_browser(&["chromium", "chromium-browser", "google-chrome"]);
    if let Err(missing) = &browser {
        println!("images/{BOARD} will not be made: {missing:#}");
    }
    let logdir = tempfile::tempdir().context("cannot make a folder for the training's log")?;
    draw(project, logdir.path(), options)?;
    browser
        .and_then(|browser| photograph(home, project, logdir.path(), &browser))
        .with_context(|| format!("images/{BOARD} was not made"))?;
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

/// Takes the picture of TensorBoard showing `logdir`.
fn photograph(home: &Home, project: &Path, logdir: &Path, program: &Path) -> Result<()> {
    println!("TensorBoard, in {}", program.display());
    let board = Board::start(home, project, logdir)?;
    let mut browser = Browser::start(program)?;
    browser.open(&board.address(), LOADED)?;
    // Opened again: a page keeps what it was given while TensorBoard was still reading.
    browser.open(&(board.address() + SHOWN), DRAWN)?;
    let png = browser.photograph(TIDY, DRAWN)?;
    let file = project.join("images").join(BOARD);
    fs::write(&file, png).with_context(|| format!("cannot write {}", file.display()))
}

fn find_browser(names: &[&str]) -> Result<PathBuf> {
    names.iter().find_map(command::find).with_context(|| {
        let line = tools::install_line("chromium", "chromium", "brew install --cask chromium");
        format!("there is no Chromium on the PATH; {line}")
    })
}

/// Lists the pictures, and fails if one is too large.
fn check(images: &Path) -> Result<()> {
    let entries = fs::read_dir(images).with_context(|| format!("{}", images.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let mut pictures: Vec<PathBuf> =
        paths.into_iter().filter(|path| path.extension() == Some(OsStr::new("png"))).collect();
    pictures.sort();
    for picture in &pictures {
        let size = fs::metadata(picture)?.len();
        println!("  {} ({} kB)", picture.display(), size.div_ceil(1000));
        if size > MOST_BYTES {
            bail!("{} has {size} bytes, expected at most {MOST_BYTES}", picture.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_browser_is_said_with_the_line_that_installs_it() {
        let error = find_browser(&["no-such-browser"]).unwrap_err().to_string();
        assert!(error.starts_with("there is no Chromium on the PATH; install it"), "{error}");
        assert!(error.contains("chromium"), "{error}");
    }

    #[test]
    fn a_picture_that_is_too_large_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.png"), [0; 100]).unwrap();
        fs::write(folder.path().join("notes.txt"), vec![0; 400_000]).unwrap();
        check(folder.path()).unwrap();
        fs::write(folder.path().join("large.png"), vec![0; 300_001]).unwrap();
        let error = check(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("large.png has 300001 bytes, expected at most 300000"), "{error}");
    }
}
