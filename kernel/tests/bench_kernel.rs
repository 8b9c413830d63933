//! The measurement of kernels, tried on a Python kernel with a stand-in for PyTorch. Skipped, and
//! said so, where there is no Python environment.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

mod support;

/// What the measured cells need of PyTorch.
const TORCH: &str = "
class tensor(list):
    def __mul__(self, factor): return tensor(value * factor for value in self)
    def __add__(self, term): return tensor(value + term for value in self)
    def sum(self): return tensor([sum(self)])
    def item(self): return self[0]
";

/// Measures a Python kernel whose PyTorch is this; gives both outputs and whether it succeeded.
fn measure(python: &Path, torch: &str) -> (String, String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.json");
    fs::write(folder.path().join("torch.py"), torch).unwrap();
    fs::write(&settings, r#"{"prefix": "TEST_KERNEL_", "name": "-", "evcxr": "-"}"#).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/bench.py");
    let cells = support::project().join("xtask/notebooks/bench-cells.json");
    let mut command = Command::new(python);
    command.arg(script).args(["--only", "ipython", "--runs", "2", "--json"]);
    command.args(["--environment", "{}", "--project", "-", "--folder"]).arg(folder.path());
    command.arg("--settings").arg(settings).arg("--cells").arg(cells);
    command.env("IPYTHONDIR", folder.path());
    command.env("TEST_KERNEL_BENCH_IPYTHON", python);
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (stdout, stderr, output.status.success())
}

#[test]
fn one_object_is_printed_with_every_figure_that_can_be_had() {
    let Some(python) = support::python() else {
        return;
    };
    let (stdout, stderr, passed) = measure(&python, TORCH);
    assert!(passed, "{stderr}");
    let result: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let kernels = result["kernels"].as_array().unwrap();
    assert_eq!(kernels.len(), 1, "{stdout}");
    assert_eq!(kernels[0]["name"], "ipython");
    let figure = |name: &str| kernels[0][name].as_f64().unwrap_or_else(|| panic!("{name}"));
    assert!(figure("ready_s") > 0.0 && figure("first_tensor_s") > figure("ready_s"), "{stdout}");
    assert!(figure("cell_median_s") <= figure("cell_p95_s"), "{stdout}");
    assert!(figure("memory_mb") > 10.0, "{stdout}");
    // The environment has no matplotlib.
    assert!(kernels[0]["plot_median_s"].is_null(), "{stdout}");
}

#[test]
fn a_cell_that_prints_something_else_fails_the_measurement() {
    let Some(python) = support::python() else {
        return;
    };
    let wrong = TORCH.replace("value + term", "value - term");
    let (stdout, stderr, passed) = measure(&python, &wrong);
    assert!(!passed && stdout.is_empty(), "{stdout}");
    assert!(stderr.contains("FAILED ipython: `c.item()` printed '4.0', expected '^8'"), "{stderr}");
}
