//! The example, as processes of which one's output is the next one's input.
#![allow(clippy::unwrap_used, missing_docs)]

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use mnist_tutorial::compare::{Configuration, Outcome, course_table};

/// The example, which cargo builds beside the tests; says why it is not there.
fn example() -> Option<PathBuf> {
    let test = env::current_exe().unwrap();
    let program = test.parent()?.parent()?.join("examples/compare");
    if !program.is_file() {
        println!("skipped: no {}; `cargo build --examples` makes it", program.display());
        return None;
    }
    Some(program)
}

fn run(program: &PathBuf, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // What it does not want to read is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What it printed; fails with its errors if it failed.
fn printed(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn refused(output: Output) -> String {
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_list_has_each_configuration_with_each_seed_on_a_line() {
    let Some(program) = example() else { return };
    let list = printed(run(&program, &["--list", "--epochs", "2", "--seeds", "3"], ""));
    let read: Vec<Configuration> =
        list.lines().map(|line| Configuration::from_json(line).unwrap()).collect();
    let table = course_table(2);
    assert_eq!(read.len(), 3 * table.len());
    for (place, configuration) in read.iter().enumerate() {
        let mut expected = table[place % table.len()].clone();
        expected.settings.seed = (place / table.len()) as u64;
        assert_eq!(*configuration, expected);
    }
}

#[test]
fn a_list_that_is_cut_off_by_its_reader_is_no_failure() {
    let Some(program) = example() else { return };
    let mut command = Command::new(program);
    command.args(["--list", "--seeds", "2000"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take()); // as `head` does when it has read enough
    assert_eq!(printed(child.wait_with_output().unwrap()), "");
}

#[test]
fn wrong_input_is_one_sentence_on_the_error_stream() {
    let Some(program) = example() else { return };
    let error = refused(run(&program, &["--one"], r#"{"name":"a","hiden":3}"#));
    assert!(error.contains("unknown field `hiden`"), "{error}");
    let error = refused(run(&program, &["--report"], "\n"));
    assert!(error.contains("the input has no outcome"), "{error}");
    let error = refused(run(&program, &["--report"], "\nnonsense\n"));
    assert!(error.contains("input, line 2"), "{error}");
    let error = refused(run(&program, &["--repot"], ""));
    assert!(error.contains("unknown arguments") && error.contains("--repot"), "{error}");
}

#[test]
fn one_process_measures_one_configuration_and_another_sums_up() {
    if env::var_os("MNIST_DIR").is_none_or(|folder| folder.is_empty()) {
        println!("skipped: MNIST_DIR names no folder with MNIST");
        return;
    }
    let Some(program) = example() else { return };
    let list = printed(run(&program, &["--list", "--epochs", "1", "--seeds", "1"], ""));
    let first = list.lines().next().unwrap();
    let mut configuration = Configuration::from_json(first).unwrap();
    configuration.images = Some(600); // the same, on fewer images
    let mut outcomes = String::new();
    for seed in [0, 1] {
        configuration.settings.seed = seed;
        let line = printed(run(&program, &["--one"], &configuration.to_json().unwrap()));
        assert_eq!(line.lines().count(), 1, "{line}");
        let outcome = Outcome::from_json(&line).unwrap();
        assert_eq!(outcome.configuration, configuration);
        assert!(outcome.accuracy().is_some() && outcome.failure.is_none(), "{outcome:?}");
        outcomes += &line;
    }
    let report = printed(run(&program, &["--report"], &outcomes));
    let row = report.lines().find(|line| line.contains(&configuration.name)).unwrap();
    assert!(row.contains('2'), "{row}");
    let error = refused(run(&program, &["--report"], &(outcomes.clone() + &outcomes)));
    assert!(error.contains("two outcomes"), "{error}");
}
