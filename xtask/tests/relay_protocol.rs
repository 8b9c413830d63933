//! The relay's protocol, with a client of Jupyter's own and a kernel that needs no Rust.
//! Skipped, and said so, where there is no Python environment.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

mod support;

#[test]
fn the_relay_passes_everything_on_and_adds_what_evcxr_lacks() {
    let Some(python) = support::environment() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relay");
    let output = Command::new(python)
        .args(["-B", "-W", "ignore", "-m", "unittest", "-v", "test_relay"])
        .current_dir(folder)
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    assert!(report.matches("... ok").count() >= 20, "{report}");
}
