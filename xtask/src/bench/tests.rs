//! A benchmark from end to end, with lines of shell as contestants.

use super::contestant::{Contestant, Part, output};
use super::output::{Expected, Output, Summary};
use super::report::{Report, machine, processor_in};
use super::rounds::{self, To98, median, spread};
use serde_json::Value;
use std::process::Command;

const GOOD: &str = r#"{"epoch": 1, "seconds": 1.5, "loss": 0.51, "accuracy": 0.919}"#;
const SUMMARY: &str = r#"echo '{"load_s": 0.5, "test_10000_ms": 40, "peak_mb": 480}'"#;

fn shell(part: Part, threads: usize, script: &str) -> Contestant {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Contestant::new(part, threads, Ok(command))
}

/// A first epoch of MNIST, as a line of shell.
fn epoch(seconds: f64) -> String {
    format!("echo '{}'", GOOD.replace("1.5", &seconds.to_string()))
}

fn report() -> Report {
    let mut contestants = vec![
        shell(Part::Ours, 2, &format!("{}; {SUMMARY}", epoch(0.5))),
        shell(Part::Ours, 1, &format!("{}; {SUMMARY}", epoch(0.75))),
        shell(Part::PytorchMemory, 2, &epoch(2.0)),
        Contestant::new(Part::Burn, 2, Err("burn needs a newer compiler".into())),
    ];
    rounds::run(&mut contestants, 2, Expected::MNIST).unwrap();
    Report { machine: "a machine, 2 cores".into(), cores: 2, contestants, to_98: To98::default() }
}

#[test]
fn the_object_has_every_key_and_null_for_who_is_absent() {
    let expected = serde_json::json!({
        "epoch_s": {
            "ours": 0.5, "plain": null, "pytorch_memory": 2.0, "pytorch_dataset": null,
            "candle": null, "burn": null, "ceiling": null
        },
        "to_98": {"seeds": null, "reached": null, "median_s": null},
        "test_10000_ms": 40.0, "load_s": 0.5, "peak_mb": 480.0
    });
    let text = report().to_json().to_string();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}

#[test]
fn the_table_has_ratios_both_numbers_of_threads_and_reasons() {
    let table = report().to_table();
    assert!(table.contains("a machine, 2 cores"), "{table}");
    assert!(table.contains("pytorch-memory       4.00     2.00  2.00-2.00"), "{table}");
    assert!(table.find("2 threads") < table.find("1 thread "), "{table}");
    assert!(table.contains("burn, 2 threads: burn needs a newer compiler"), "{table}");
    assert!(table.contains("testing 10,000 images                  40 ms"), "{table}");
    assert!(!table.contains("98 %"), "{table}");
}

#[test]
fn a_peer_that_trains_something_else_is_left_out_and_the_others_go_on() {
    let wrong = format!("echo '{}'", GOOD.replace("0.51", "0.02"));
    let mut contestants = [
        shell(Part::Ours, 2, &epoch(2.5)),
        shell(Part::Burn, 2, &wrong),
        shell(Part::Candle, 2, "echo no such backend >&2; exit 1"),
    ];
    rounds::run(&mut contestants, 3, Expected::MNIST).unwrap();
    assert_eq!(contestants[0].seconds, [2.5, 2.5, 2.5]);
    assert!(contestants[0].command.is_ok());
    let failure = contestants[1].command.as_ref().unwrap_err();
    assert!(failure.starts_with("burn, 2 threads: does not train the same"), "{failure}");
    assert!(contestants[1].seconds.is_empty());
    let failure = contestants[2].command.as_ref().unwrap_err();
    assert!(failure.ends_with("no such backend"), "{failure}");
    // Without our own training there is no result.
    let error = rounds::run(&mut [shell(Part::Ours, 1, &wrong)], 1, Expected::MNIST).unwrap_err();
    assert!(format!("{error:#}").starts_with("ours, 1 thread: does not train"), "{error:#}");
}

#[test]
fn a_failure_is_told_with_the_programs_last_words() {
    let mut program = shell(Part::Burn, 1, "echo first >&2; echo the reason >&2; exit 3");
    let error = program.run(&Expected::MNIST).unwrap_err().to_string();
    assert!(error.ends_with("): the reason"), "{error}");
    let missing = output(&mut Command::new("/no/such/program")).unwrap_err();
    assert!(format!("{missing:#}").starts_with("cannot start /no/such/program"));
}

#[test]
fn lines_of_every_kind_are_read_and_words_are_passed_over() {
    let text = format!(
        "*** words ***\n{GOOD}\n{}\n{}\n",
        r#"{"epoch": 2, "seconds": 1.25, "loss": 0.26, "accuracy": 0.935}"#,
        r#"{"load_s": 0.5, "test_10000_ms": 40.5, "peak_mb": null}"#,
    );
    let output = Output::parse(&text).unwrap();
    assert_eq!(output.seconds(), [1.5, 1.25]);
    let summary = Summary { load_s: 0.5, test_10000_ms: 40.5, peak_mb: None };
    assert_eq!(output.summary, Some(summary));
    Expected::MNIST.check(&output).unwrap();

    let ceiling = r#"{"gflop_s": 100, "gb_s": 20, "products_s": 1, "update_s": 1, "seconds": 2}"#;
    let output = Output::parse(ceiling).unwrap();
    assert_eq!(output.ceiling, Some((2.0, 100.0, 20.0)));
    Expected::MNIST.check(&output).unwrap();
}

#[test]
fn a_line_cut_short_is_named() {
    for line in [r#"{"epoch": 1, "sec"#, r#"{"epoch": 1, "seconds": "fast"}"#] {
        let error = format!("{:#}", Output::parse(line).unwrap_err());
        assert!(error.contains("not understood") && error.contains(line), "{error}");
    }
}

#[test]
fn who_trains_something_else_is_refused() {
    for (loss, accuracy) in [(0.40, 0.919), (0.51, 0.95), (0.70, 0.88), (0.51, 0.098)] {
        let line =
            format!(r#"{{"epoch": 1, "seconds": 0.1, "loss": {loss}, "accuracy": {accuracy}}}"#);
        let output = Output::parse(&line).unwrap();
        let error = Expected::MNIST.check(&output).unwrap_err().to_string();
        assert!(error.contains("does not train the same"), "{error}");
        assert!(error.contains("expected 0.49 to 0.53 and 91.0 to 92.6 %"), "{error}");
    }
    let silent = Expected::MNIST.check(&Output::default()).unwrap_err().to_string();
    assert_eq!(silent, "printed no epoch");
    let output = Output::parse(&GOOD.replace(r#""epoch": 1"#, r#""epoch": 2"#)).unwrap();
    let error = Expected::MNIST.check(&output).unwrap_err().to_string();
    assert!(error.contains("epoch 2, expected 1"), "{error}");
}

#[test]
fn the_median_is_the_middle_and_the_spread_the_ends() {
    assert_eq!(median(&[3.0, 1.0, 10.0]), Some(3.0));
    assert_eq!(spread(&[3.0, 1.0, 10.0]), "1.00-10.00");
    assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    assert_eq!(median(&[]), None);
    assert_eq!(spread(&[]), "");
}

#[test]
fn the_processor_is_named() {
    let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC 9R14\nflags\t: fpu\n";
    assert_eq!(processor_in(cpuinfo).as_deref(), Some("AMD EPYC 9R14"));
    assert_eq!(processor_in("processor\t: 0\n"), None);
    let described = machine(2, "the files in data");
    assert!(described.contains(", 2 cores; libtorch 2.13.0; "), "{described}");
    assert!(described.ends_with("; the files in data"), "{described}");
}
