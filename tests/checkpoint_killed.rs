//! A process killed while it saves leaves a file that loads, the old one or the new one.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use mnist_tutorial::model::Network;
use mnist_tutorial::train::{Checkpoint, TrainConfig, train};
use train_support::data;

/// Kills, in all.
const KILLS: u64 = 200;

/// Not a test of its own: what the test below starts and kills. It trains on two images, so
/// that it saves nearly all the time.
#[test]
fn train_and_save_where_the_environment_says() {
    let Some(folder) = env::var_os("SAVE_TRAINING_TO") else { return };
    let config = TrainConfig {
        epochs: 1_000_000,
        threads: Some(1),
        checkpoint: Some(Path::new(&folder).join("training.safetensors")),
        ..TrainConfig::default()
    };
    println!("begins");
    train(&mut Network::new(1).unwrap(), &data(2, 1), &config, &mut ()).unwrap();
}

/// Starts it, and waits until it is about to train.
fn start(folder: &Path) -> Child {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "train_and_save_where_the_environment_says", "--nocapture"])
        .env("SAVE_TRAINING_TO", folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map(Result::unwrap).find(|line| line.contains("begins")).expect("it begins");
    child
}

#[test]
fn a_kill_at_any_moment_leaves_a_checkpoint_that_loads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("training.safetensors");
    let (mut found, mut cut_short, mut epochs) = (0, 0, Vec::new());
    for kill in 0..KILLS {
        let mut child = start(folder.path());
        // Moments spread over some saves, each of which takes a few milliseconds.
        thread::sleep(Duration::from_micros(2_000 + 997 * (kill * 7_919 % 100)));
        child.kill().unwrap();
        child.wait().unwrap();
        cut_short += remove_parts(folder.path());
        if file.exists() {
            let checkpoint = Checkpoint::load(&file).unwrap();
            epochs.push(checkpoint.history.epochs.len());
            found += 1;
        }
    }
    println!("{KILLS} kills: {found} found a file, {cut_short} cut a save short");
    assert!(found > KILLS / 2, "only {found} of {KILLS} had saved anything");
    assert!(cut_short > 0, "no kill came while a file was written");
    assert!(epochs.iter().any(|count| *count > 1), "{epochs:?}");
}

/// Removes temporary files that a kill left, and says how many there were.
fn remove_parts(folder: &Path) -> u64 {
    let mut parts = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().starts_with(".saving-") {
            fs::remove_file(entry.path()).unwrap();
            parts += 1;
        }
    }
    parts
}
