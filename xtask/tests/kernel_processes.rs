//! The kernel's processes: started, killed, adopted, with a kernel that needs no Rust.
//! Skipped, and said so, where there is no Python environment, and off Linux, where a
//! process's environment cannot be read.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

mod support;

#[test]
fn kernels_and_spares_end_without_a_trace_however_they_end() {
    if !Path::new("/proc/self/environ").exists() {
        println!("skipped: processes are found by /proc, which is not here");
        return;
    }
    let Some(python) = support::environment() else { return };
    let output = Command::new(&python)
        .args(["-B", "-W", "ignore", "-m", "unittest", "-v", "test_launcher"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relay"))
        .env("XTASK", env!("CARGO_BIN_EXE_xtask"))
        .env("ENVIRONMENT", python.parent().and_then(Path::parent).unwrap())
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let passed = report.matches("... ok").count() + report.matches("... skipped").count();
    assert!(passed >= 17, "{report}");
}
