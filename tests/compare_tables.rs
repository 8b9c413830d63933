//! A table of configurations is worked off, stopped, continued and summed up.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;
use mnist_tutorial::compare::{
    CompareOptions, Comparison, Configuration, Outcome, compare_with, compared,
};
use mnist_tutorial::data::Mnist;
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::train::{Optimizer, TrainConfig, train};
use train_support::{alone, data, message};

/// A configuration that takes a fraction of a second.
fn quick(name: &str, optimizer: Optimizer, learning_rate: f64) -> Configuration {
    let settings = TrainConfig {
        epochs: 2,
        batch_size: 8,
        optimizer,
        learning_rate,
        ..TrainConfig::default()
    };
    Configuration { hidden: 16, held_out: 40, ..Configuration::new(name, settings) }
}

fn table() -> Vec<Configuration> {
    vec![
        quick("slow", Optimizer::Sgd, 0.001),
        quick("fast", Optimizer::Sgd, 0.05),
        quick("Adam", Optimizer::Adam, 0.001),
    ]
}

fn options(folder: &Path, workers: usize) -> CompareOptions {
    CompareOptions {
        seeds: 3,
        workers: Some(workers),
        folder: folder.join("outcomes"),
        ..CompareOptions::default()
    }
}

/// The comparison and the lines that were said.
fn compare(
    table: &[Configuration],
    data: &Mnist,
    options: &CompareOptions,
) -> Result<(Comparison, Vec<String>)> {
    let mut lines = Vec::new();
    let comparison = compare_with(table, data, options, &mut |line| lines.push(line.to_owned()))?;
    Ok((comparison, lines))
}

/// The outcomes in the folder, by name and seed.
fn outcomes(options: &CompareOptions) -> BTreeMap<(String, u64), Outcome> {
    let read = |path: &PathBuf| Outcome::from_json(&fs::read_to_string(path).unwrap()).unwrap();
    let outcomes = files(options).into_keys().map(|path| read(&path));
    outcomes
        .map(|one| ((one.configuration.name.clone(), one.configuration.settings.seed), one))
        .collect()
}

/// The files in the folder with what shows that one was written again.
fn files(options: &CompareOptions) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let entries = fs::read_dir(&options.folder).into_iter().flatten().flatten();
    let described = |path: PathBuf| {
        let written = path.metadata().unwrap().modified().unwrap();
        let bytes = fs::read(&path).unwrap();
        (path, (written, bytes))
    };
    entries.map(|entry| described(entry.path())).collect()
}

#[test]
fn rows_come_in_the_tables_order_with_mean_and_spread_over_the_seeds() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let options = options(folder.path(), 2);
    let (comparison, lines) = compare(&table(), &data, &options).unwrap();
    assert_eq!(lines.len(), 9, "{lines:?}");
    assert!(lines[0].starts_with("1/9 ") && lines[8].starts_with("9/9 "), "{lines:?}");
    let names: Vec<&str> = comparison.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["slow", "fast", "Adam"]);
    let measured = outcomes(&options);
    assert_eq!(measured.len(), 9);
    for row in &comparison.rows {
        let of_seed = |seed| measured[&(row.name.clone(), seed)].epochs.clone();
        let epochs = [of_seed(0), of_seed(1), of_seed(2)];
        let [a, b, c] = epochs.each_ref().map(|epochs| epochs[1].accuracy.unwrap());
        let mean = (a + b + c) / 3.0;
        // The variance as the sum over pairs: (a - b)² + … over n (n - 1).
        let variance = ((a - b).powi(2) + (b - c).powi(2) + (c - a).powi(2)) / 6.0;
        let seconds: f64 = epochs.iter().flatten().map(|epoch| epoch.seconds).sum();
        let (accuracy, time) = row.accuracy_and_seconds.unwrap();
        assert!((accuracy.mean - mean).abs() < 1e-12, "{row:?}");
        assert!((accuracy.spread.unwrap() - variance.sqrt()).abs() < 1e-9, "{row:?}");
        assert!((time.mean - seconds / 3.0).abs() < 1e-9, "{row:?}");
        assert_eq!((row.runs, row.failures.len()), (3, 0));
    }
    let points = comparison.points();
    assert_eq!(points[2].name, "Adam");
    assert_eq!(points[2].accuracy, comparison.rows[2].accuracy_and_seconds.unwrap().0.mean);
}

#[test]
fn of_a_long_table_only_some_lines_are_said_and_the_last_one_always() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(100, 10));
    for (lines, expected) in [(2, vec!["5/9", "9/9"]), (1, vec!["9/9"])] {
        let folder = folder.path().join(lines.to_string());
        let options = CompareOptions { progress_lines: lines, ..options(&folder, 2) };
        let (_, said) = compare(&table(), &data, &options).unwrap();
        let numbers: Vec<&str> = said.iter().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(numbers, expected, "{said:?}");
    }
}

#[test]
fn more_workers_change_no_bit_and_all_equal_a_plain_training() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let threads = tch::get_num_threads();
    let one = options(&folder.path().join("one"), 1);
    let two = options(&folder.path().join("two"), 2);
    compare(&table(), &data, &one).unwrap();
    compare(&table(), &data, &two).unwrap();
    assert_eq!(tch::get_num_threads(), threads, "libtorch has its threads back");
    let numbers = |outcome: &Outcome| -> Vec<(u64, u64)> {
        let bits = |number: f64| number.to_bits();
        outcome.epochs.iter().map(|e| (bits(e.loss), bits(e.accuracy.unwrap()))).collect()
    };
    let (one, two) = (outcomes(&one), outcomes(&two));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (key, outcome) in &one {
        assert_eq!(numbers(outcome), numbers(&two[key]), "{key:?}");
    }
    for configuration in table() {
        let settings = TrainConfig { seed: 1, threads: Some(1), ..configuration.settings };
        let sizes = Sizes { hidden: 16, ..Sizes::default() };
        let mut network = Network::with_sizes(sizes, 1).unwrap();
        let part = data.hold_out(40).unwrap();
        let history = train(&mut network, &part, &settings, &mut ()).unwrap();
        let accuracy = evaluate(&network, &part.test).unwrap().accuracy();
        let outcome = &one[&(configuration.name, 1)];
        assert_eq!(outcome.accuracy(), Some(accuracy));
        assert_eq!(outcome.epochs[1].loss.to_bits(), history.epochs[1].loss.to_bits());
    }
}

#[test]
fn stopped_in_between_it_goes_on_without_measuring_again() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let options = options(folder.path(), 2);
    assert_eq!(compared(&table(), &data, &options).unwrap(), None);
    let mut said = 0;
    let stopped = catch_unwind(AssertUnwindSafe(|| {
        compare_with(&table(), &data, &options, &mut |_| {
            said += 1;
            assert!(said < 4, "stopped by the test");
        })
    }));
    assert!(stopped.is_err());
    let before = files(&options);
    assert_eq!(before.len(), 4, "each outcome was kept before it was said");
    let (comparison, lines) = compare(&table(), &data, &options).unwrap();
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines[0].starts_with("4 trainings are in "), "{lines:?}");
    assert!(lines[1].starts_with("1/5 "), "{lines:?}");
    let after = files(&options);
    assert_eq!(after.len(), 9);
    for (file, written) in &before {
        assert_eq!(after[file], *written, "{}", file.display());
    }
    let (again, lines) = compare(&table(), &data, &options).unwrap();
    assert_eq!((again.clone(), lines.len()), (comparison, 1));
    assert_eq!(compared(&table(), &data, &options).unwrap(), Some(again));
}

#[test]
fn a_table_that_grew_has_only_what_is_new_measured() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let options = CompareOptions { seeds: 2, ..options(folder.path(), 2) };
    let (two, _) = compare(&table()[..2], &data, &options).unwrap();
    let (three, lines) = compare(&table(), &data, &options).unwrap();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(three.rows[..2], two.rows[..]);
}

#[test]
fn changed_settings_or_images_are_measured_anew_and_old_files_stay() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let options = CompareOptions { seeds: 1, ..options(folder.path(), 1) };
    compare(&table()[..1], &data, &options).unwrap();
    let before = files(&options);
    let mut changed = table()[..1].to_vec();
    changed[0].settings.epochs = 1;
    let (_, lines) = compare(&changed, &data, &options).unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let others = train_support::data(210, 10);
    let (_, lines) = compare(&table()[..1], &others, &options).unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let after = files(&options);
    assert_eq!((before.len(), after.len()), (1, 3));
    assert!(before.iter().all(|(file, written)| after[file] == *written));
}

#[test]
fn a_training_that_diverges_is_a_failure_in_its_row_only() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let mut table = table();
    table[1] = quick("wild", Optimizer::Sgd, 1e30);
    let options = CompareOptions { seeds: 2, ..options(folder.path(), 2) };
    let (comparison, lines) = compare(&table, &data, &options).unwrap();
    let [slow, wild, adam] = &comparison.rows[..] else { panic!("{comparison:?}") };
    assert_eq!((slow.runs, adam.runs, wild.runs, wild.failures.len()), (2, 2, 0, 2));
    assert!(wild.failures[0].contains("lower learning_rate"), "{wild:?}");
    assert_eq!(wild.accuracy_and_seconds, None);
    assert!(lines.iter().any(|line| line.contains("wild, seed 1: the loss became ")), "{lines:?}");
    let names: Vec<String> = comparison.points().into_iter().map(|point| point.name).collect();
    assert_eq!(names, ["slow", "Adam"]);
    let shown = comparison.table().unwrap().to_string();
    assert!(shown.contains("0, 2 failed"), "{shown}");
    let (again, lines) = compare(&table, &data, &options).unwrap();
    assert_eq!((again, lines.len()), (comparison, 1), "a failure is not tried again");
}

#[test]
fn a_damaged_outcome_is_named_with_its_remedy() {
    let _alone = alone();
    let (folder, data) = (tempfile::tempdir().unwrap(), data(200, 10));
    let options = CompareOptions { seeds: 1, ..options(folder.path(), 1) };
    compare(&table()[..1], &data, &options).unwrap();
    let file = files(&options).into_keys().next().unwrap();
    let whole = fs::read(&file).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"", b"\xff\xfe", b"{}"] {
        fs::write(&file, damaged).unwrap();
        let error = message(compare(&table(), &data, &options));
        let start = format!("{}: delete it to measure it again", file.display());
        assert!(error.starts_with(&start), "{error}");
        assert_eq!(files(&options).len(), 1, "nothing was trained");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(compare(&table()[..1], &data, &options).unwrap().1.len(), 1);
}
