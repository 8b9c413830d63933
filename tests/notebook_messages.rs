//! What a cell that fails tells: in the course's kernel as an error, elsewhere in one line.
#![allow(clippy::unwrap_used, missing_docs)]

mod process_support;

use std::ffi::OsStr;
use std::process::Output;

use anyhow::Context;
use mnist_tutorial::model::Network;
use mnist_tutorial::notebook::{report_error, report_panics};
use process_support::{messages, run, succeeded};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

#[test]
fn a_part_in_a_process_of_its_own() {
    let Some(part) = process_support::part() else { return };
    report_panics();
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
    match part.as_str() {
        "index" => {
            let index = part.len(); // 5, which the compiler does not foresee
            println!("{}", [1, 2, 3][index]);
        }
        "shapes" => drop(zeros(&[3]) + zeros(&[4])),
        "thread" => assert!(std::thread::spawn(|| panic!("on a thread")).join().is_err()),
        "odd" => std::panic::panic_any(7),
        "error" => {
            let torch = zeros(&[3, 4]).f_matmul(&zeros(&[3, 4])).context("the first layer");
            report_error(&torch.unwrap_err());
            report_error(&std::fs::read("no such file").unwrap_err());
            report_error("two\nlines");
            report_error(&Network::new(0).unwrap().forward(&zeros(&[30, 28, 28])).unwrap_err());
        }
        other => unreachable!("unknown part {other}"),
    }
}

fn live(part: &str) -> Output {
    run(part, [("MNIST_TUTORIAL_LIVE", OsStr::new("1"))])
}

/// The one error that a panic was shown as.
fn panic_of(part: &str) -> (String, Vec<String>) {
    let output = live(part);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8(output.stderr.clone()).unwrap(), "");
    let (messages, _) = messages(&output);
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message["error"]["name"], "panic");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let traceback = message["error"]["traceback"].as_array().unwrap().iter().map(text).collect();
    (text(&message["error"]["message"]), traceback)
}

#[test]
fn a_panic_is_an_error_with_its_message_and_its_place() {
    let (message, traceback) = panic_of("index");
    assert_eq!(message, "index out of bounds: the len is 3 but the index is 5");
    let [first, place] = &traceback[..] else { panic!("{traceback:?}") };
    assert_eq!(*first, message);
    assert!(place.starts_with("at tests/notebook_messages.rs:"), "{place}");
}

#[test]
fn shapes_that_do_not_fit_are_named_without_libtorchs_stack() {
    let (message, traceback) = panic_of("shapes");
    assert_eq!(
        message,
        "libtorch: The size of tensor a (3) must match the size of tensor b (4) at non-singleton \
         dimension 0"
    );
    assert!(traceback[1].starts_with("at tch-"), "{traceback:?}");
}

#[test]
fn a_panic_without_words_is_one_all_the_same() {
    assert_eq!(panic_of("odd").0, "a panic without a message");
}

#[test]
fn a_panic_that_a_thread_keeps_to_itself_does_not_make_the_cell_fail() {
    let output = succeeded(live("thread"));
    assert!(messages(&output).0.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("panic: on a thread, at tests/notebook_messages.rs:"), "{told}");
    assert_eq!(told.lines().count(), 1);
}

#[test]
fn without_the_courses_kernel_a_panic_is_one_line_on_standard_error() {
    let output = run("shapes", []);
    assert!(messages(&output).0.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("panic: libtorch: The size of tensor a (3)"), "{told}");
    assert_eq!(told.lines().count(), 1);
}

const ERRORS: [&str; 4] = [
    "the first layer: libtorch: mat1 and mat2 shapes cannot be multiplied (3x4 and 3x4)",
    "No such file or directory (os error 2)",
    "two: lines",
    "Network::forward: images of shape [30, 28, 28], expected [batch, 784]: the hidden layer takes \
     784 numbers an image; `.view([-1, 784])` puts each image into a row",
];

#[test]
fn an_error_is_told_in_words_with_its_causes() {
    let (messages, _) = messages(&succeeded(live("error")));
    let expected = ERRORS.map(
        |words| json!({ "error": { "name": "error", "message": words, "traceback": [words] } }),
    );
    assert_eq!(messages, expected);
    let told = String::from_utf8(succeeded(run("error", [])).stderr).unwrap();
    assert_eq!(told.lines().collect::<Vec<_>>(), ERRORS);
}
