//! A file that asks a training to stop ends it after the batch, with all that it has learned.
#![allow(clippy::unwrap_used, missing_docs)]

mod process_support;
mod train_support;

use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use mnist_tutorial::compare::{CompareOptions, Configuration, compare_with};
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{
    BatchReport, Checkpoint, History, Lines, Observer, Stopped, TrainConfig, train,
};
use process_support::{messages, run, succeeded};
use serde_json::{Value, json};
use train_support::{NARROW, alone, data, message, weight_bits};

/// Longer than a training waits between two looks for the file.
const LONGER: Duration = Duration::from_millis(40);

/// At one batch, makes a file or says `Break`.
struct At(usize, Option<PathBuf>);

impl Observer for At {
    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        if report.step != self.0 {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(file) = &self.1 else { return Ok(ControlFlow::Break(())) };
        fs::write(file, "")?;
        sleep(LONGER);
        Ok(ControlFlow::Continue(()))
    }
}

/// Ten batches an epoch, three times.
fn config(checkpoint: Option<PathBuf>) -> TrainConfig {
    let base = TrainConfig { epochs: 3, batch_size: 4, learning_rate: 0.05, ..Default::default() };
    TrainConfig { threads: Some(1), checkpoint, ..base }
}

fn trained(config: &TrainConfig, observer: &mut dyn Observer) -> (History, Vec<u32>) {
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let history = train(&mut network, &data(40, 30), config, observer).unwrap();
    (history, weight_bits(&network))
}

fn stop_file() -> PathBuf {
    PathBuf::from(std::env::var_os("MNIST_TUTORIAL_STOP").unwrap())
}

#[test]
fn a_part_in_a_process_of_its_own() {
    match process_support::part().as_deref() {
        None => {}
        Some("stop") => stops_as_a_break_does(),
        Some("stale") => takes_away_what_is_old(),
        Some("locked") => names_a_file_that_stays(),
        Some("checkpoint") => stores_and_resumes(),
        Some("no text") => stores_under_a_name_that_is_no_text(),
        Some("diverged") => diverges(),
        Some("compare") => compares(),
        Some(other) => panic!("unknown part {other}"),
    }
}

fn stops_as_a_break_does() {
    let (broken, expected) = trained(&config(None), &mut At(13, None));
    let (stopped, bits) = trained(&config(None), &mut (At(13, Some(stop_file())), Lines));
    assert_eq!(bits, expected);
    assert_eq!(stopped.batch_losses, broken.batch_losses);
    assert_eq!(stopped.batch_losses.len(), 13);
    assert_eq!(stopped.stopped, Some(Stopped { epoch: 2, epochs: 3, batch: 3, batches: 10 }));
    assert_eq!(stopped.stopped, broken.stopped);
    assert!(!stop_file().exists());
    // The request is spent: the next training runs to its end.
    let (whole, _) = trained(&config(None), &mut ());
    assert_eq!((whole.epochs.len(), whole.stopped), (3, None));
}

fn takes_away_what_is_old() {
    fs::write(stop_file(), "").unwrap();
    let (history, _) = trained(&config(None), &mut ());
    assert_eq!((history.batch_losses.len(), history.stopped), (30, None));
    assert!(!stop_file().exists());
}

fn names_a_file_that_stays() {
    fs::create_dir(stop_file()).unwrap();
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let before = weight_bits(&network);
    let error = message(train(&mut network, &data(40, 30), &config(None), &mut ()));
    assert!(
        error.contains("cannot be removed") && error.contains("MNIST_TUTORIAL_STOP"),
        "{error}"
    );
    assert_eq!(weight_bits(&network), before);
}

fn stores_and_resumes() {
    let path = stop_file().with_file_name("checkpoint.safetensors");
    trained(&config(Some(path.clone())), &mut At(13, Some(stop_file())));
    let (_, history) = Checkpoint::load(&path).unwrap().resume(&data(40, 30), &mut ()).unwrap();
    assert_eq!((history.epochs.len(), history.stopped), (3, None));
}

fn stores_under_a_name_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let path = stop_file().with_file_name(OsStr::from_bytes(b"\xff.safetensors"));
    let (history, _) = trained(&config(Some(path.clone())), &mut ());
    assert_eq!(history.epochs.len(), 3);
    assert!(path.exists());
}

fn diverges() {
    let wild = TrainConfig { learning_rate: 1e30, ..config(None) };
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let error = message(train(&mut network, &data(40, 30), &wild, &mut ()));
    assert!(error.contains("lower learning_rate"), "{error}");
}

fn compares() {
    let settings = TrainConfig { epochs: 2, batch_size: 30, ..TrainConfig::default() };
    let table = [Configuration { held_out: 100, ..Configuration::new("a", settings) }];
    let (data, folder) = (data(2100, 10), stop_file().with_file_name("outcomes"));
    let options =
        CompareOptions { seeds: 12, workers: Some(2), folder, progress_lines: usize::MAX };
    let mut lines = 0;
    let stopped = compare_with(&table, &data, &options, &mut |_| {
        lines += 1;
        fs::write(stop_file(), "").unwrap();
    });
    let error = message(stopped);
    let stored = fs::read_dir(&options.folder).unwrap().count();
    assert!((1..12).contains(&stored), "{stored}");
    assert_eq!(stored, lines);
    assert!(error.contains(&format!("stopped with {stored} of 12 trainings measured")), "{error}");
    let whole = compare_with(&table, &data, &options, &mut |_| {}).unwrap();
    assert_eq!((whole.rows[0].runs, whole.rows[0].failures.len()), (12, 0));
}

/// Does a part with a file to stop it; the kernel's lines only where `live`.
fn with_file(part: &str, folder: &Path, live: bool) -> (Vec<Value>, Vec<String>) {
    let file = folder.join("stop");
    let mut variables = vec![("MNIST_TUTORIAL_STOP", file.as_os_str())];
    if live {
        variables.push(("MNIST_TUTORIAL_LIVE", OsStr::new("1")));
    }
    messages(&succeeded(run(part, variables)))
}

#[test]
fn a_file_stops_a_training_as_a_break_at_that_batch_does_and_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (messages, lines) = with_file("stop", folder.path(), false);
    assert!(messages.is_empty(), "{messages:?}");
    let line = "Stopped in epoch 2 of 3, batch 3 of 10";
    assert!(lines.iter().any(|printed| printed == line), "{lines:?}");
}

#[test]
fn a_file_from_before_the_training_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    with_file("stale", folder.path(), false);
}

#[test]
fn a_file_that_cannot_be_removed_is_named_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    with_file("locked", folder.path(), false);
}

#[test]
fn the_kernel_is_told_of_start_epochs_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let (messages, _) = with_file("checkpoint", folder.path(), true);
    let path = folder.path().join("checkpoint.safetensors");
    let state = |epoch: usize, path: Option<&Path>| json!({ "training": { "epoch": epoch, "checkpoint": path } });
    let stored = Some(path.as_path());
    let end = || json!({ "training": null });
    let first = [state(0, None), state(1, stored), end()];
    let second = [state(1, stored), state(2, stored), state(3, stored), end()];
    assert_eq!(messages, [first.as_slice(), second.as_slice()].concat());
}

#[test]
fn a_checkpoints_name_need_not_be_text() {
    if cfg!(target_os = "macos") {
        println!("skipped: this system's file names are text");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (messages, _) = with_file("no text", folder.path(), true);
    let told = messages[1]["training"]["checkpoint"].as_str().unwrap();
    assert!(told.ends_with("/\u{fffd}.safetensors"), "{told}");
}

#[test]
fn the_kernel_is_told_of_the_end_also_when_it_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (messages, _) = with_file("diverged", folder.path(), true);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert_eq!(messages[1], json!({ "training": null }));
}

#[test]
fn a_comparison_ends_as_a_whole_keeps_what_is_measured_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let (messages, _) = with_file("compare", folder.path(), true);
    let begun = json!({ "training": { "epoch": 0, "checkpoint": null } });
    let ended = json!({ "training": null });
    assert_eq!(messages, [begun.clone(), ended.clone(), begun, ended]);
}

#[test]
fn an_epoch_whose_last_batch_ends_the_training_is_stored() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for (batch, epochs) in [(10, 1), (13, 1), (20, 2), (30, 3)] {
        let path = folder.path().join(format!("{batch}.safetensors"));
        let (history, bits) = trained(&config(Some(path.clone())), &mut At(batch, None));
        assert_eq!(history.batch_losses.len(), batch);
        let stored = Checkpoint::load(&path).unwrap().network;
        assert_eq!(stored.notes()["epoch"], epochs.to_string(), "batch {batch}");
        assert_eq!(weight_bits(&stored) == bits, batch % 10 == 0, "batch {batch}");
    }
}

#[test]
fn where_it_ended_is_known_and_reads_as_a_sentence() {
    let _alone = alone();
    let (history, _) = trained(&config(None), &mut At(10, None));
    assert_eq!(history.stopped.unwrap().to_string(), "Stopped after epoch 1 of 3");
    let (history, _) = trained(&config(None), &mut At(30, None));
    assert_eq!(history.stopped, None);
    let stopped = Stopped { epoch: 4, epochs: 18, batch: 812, batches: 2000 };
    assert_eq!(stopped.to_string(), "Stopped in epoch 4 of 18, batch 812 of 2,000");
}
