//! The relay's protocol, with a client of Jupyter's own and a kernel that needs no Rust.
//! Skipped, and said so, where there is no Python environment.
#![allow(clippy::unwrap_used)]

mod support;

#[test]
fn the_relay_passes_everything_on_and_adds_what_evcxr_lacks() {
    if let Some(python) = support::python() {
        support::run_python_tests(&python, "test_relay", 30);
    }
}

#[test]
fn the_relay_shows_what_cells_print_and_gives_them_what_they_read() {
    if let Some(python) = support::python() {
        support::run_python_tests(&python, "test_streams", 20);
    }
}
