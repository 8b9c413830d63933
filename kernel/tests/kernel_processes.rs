//! The kernel's processes: started, killed, adopted, most with a kernel that needs no Rust.
//! Skipped, and said so, where there is no Python environment, and off Linux, where a
//! process's environment cannot be read.
#![allow(clippy::unwrap_used)]

use std::path::Path;

mod support;

fn can_see_processes() -> bool {
    let can = Path::new("/proc/self/environ").exists();
    if !can {
        println!("skipped: processes are found by /proc, which is not here");
    }
    can
}

/// Runs a file of tests with the course's own kernel.
fn run_with_the_course(file: &str, count: usize) {
    if can_see_processes()
        && support::course().is_some()
        && let Some(python) = support::python()
    {
        support::run_python_tests(&python, file, count);
    }
}

#[test]
fn kernels_and_spares_end_without_a_trace_however_they_end() {
    if can_see_processes()
        && let Some(python) = support::python()
    {
        support::run_python_tests(&python, "test_launcher", 23);
    }
}

#[test]
fn evcxr_does_behind_the_relay_what_the_relay_expects() {
    run_with_the_course("test_real", 7);
}

#[test]
fn commands_of_evcxrs_and_interrupts_undo_nothing_that_a_notebook_relies_on() {
    run_with_the_course("test_commands", 7);
}

#[test]
#[ignore = "takes many minutes"]
fn a_kernel_survives_whatever_people_do_to_it() {
    run_with_the_course("test_walk", 1);
}
