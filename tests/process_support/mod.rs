//! Parts of a test that need a process of their own: what they do depends on its environment.
#![allow(dead_code, missing_docs, clippy::unwrap_used)] // Each test file uses a part of it.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Output};

const PART: &str = "MNIST_TUTORIAL_TEST_PART";
/// The test that does such a part; in the process of the other tests it has nothing to do.
pub const NAME: &str = "a_part_in_a_process_of_its_own";

/// The part that this process is to do, if it is to do one.
pub fn part() -> Option<String> {
    env::var(PART).ok()
}

/// Does a part in a new process with these variables.
pub fn run<'a>(part: &str, variables: impl IntoIterator<Item = (&'a str, &'a OsStr)>) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    // With two threads, the harness writes nothing between the lines of the part.
    command.args([NAME, "--exact", "--nocapture", "--test-threads=2"]).env(PART, part);
    command.env_remove("MNIST_TUTORIAL_LIVE").env_remove("MNIST_TUTORIAL_STOP");
    command.envs(variables).output().unwrap()
}

/// The messages for the kernel, and all other lines.
pub fn messages(output: &Output) -> (Vec<serde_json::Value>, Vec<String>) {
    let (mut messages, mut others) = (Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout.clone()).unwrap().lines() {
        match line.strip_prefix("\u{2063}mnist-tutorial ") {
            Some(json) => messages.push(serde_json::from_str(json).unwrap()),
            None => others.push(line.to_owned()),
        }
    }
    (messages, others)
}

/// What it printed; fails with its errors if it failed.
pub fn succeeded(output: Output) -> Output {
    let errors = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {errors}{printed}", output.status);
    output
}
