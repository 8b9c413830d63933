//! What a kernel is told of the crate it offers.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Everything that differs from one kernel to another. Set-up writes it as a file beside the
/// launcher; what Jupyter starts is the launcher with that file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The name notebooks ask for. Not `rust`: evcxr rewrites a kernel of that name. It also
    /// begins the lines that a cell prints for the relay.
    pub name: String,
    /// The name that readers see.
    pub display_name: String,
    /// The folder that holds launcher, templates and the kernels' private folders.
    pub cache: PathBuf,
    /// Begins the names of the kernel's environment variables, as in `MY_COURSE_`.
    pub prefix: String,
    /// The crate to have compiled, as a notebook's `:dep` line names it.
    pub crate_name: String,
    /// What a kernel runs before its first cell.
    pub prelude: Prelude,
    /// Packages that rust-analyzer sees cut off from their dependencies, each with those that
    /// are kept: the ones whose types show up in its public functions.
    pub cut: BTreeMap<String, Vec<String>>,
    /// Lines for the `.cargo/config.toml` by which the template is built.
    pub cargo_config: String,
    /// Beginnings of the variables that the crate heeds: a spare kernel started with other
    /// values is not taken.
    pub heeded: Vec<String>,
    /// Variables that a kernel does not inherit.
    pub removed: Vec<String>,
    /// Folders of programs that cells may call; they come behind the toolchain's in the `PATH`.
    pub programs: Vec<PathBuf>,
    /// The program `evcxr_jupyter`.
    pub evcxr: PathBuf,
    /// A Python that has `pyzmq`, for the relay.
    pub python: PathBuf,
    /// What to do about a missing part, as in "run `make setup`".
    pub remedy: String,
    /// What else a template is made of; where one of these differs, it is built anew.
    pub parts: Vec<String>,
}

/// Rust code that a kernel runs before its first cell. None may print.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prelude {
    /// Follows the `:dep` line: usually a `use`.
    pub imports: String,
    /// Run again in each process that takes the place of one that a cell ended.
    pub in_every_process: String,
    /// Path of a function that is given a reference to the error with which `?` ends a cell.
    pub report_error: Option<String>,
    /// What makes a first cell fast. Only variables have types inferred, which is the larger
    /// part of the wait; they are forgotten.
    pub warm_up: String,
}

/// What a crate finds in the environment, in kernels as when the template is built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Variables and their values.
    pub set: BTreeMap<String, PathBuf>,
    /// Lists of folders, as of shared libraries, and what is put in front of them.
    pub first: BTreeMap<String, Vec<PathBuf>>,
}

impl Settings {
    /// The settings in this file.
    ///
    /// # Errors
    /// It is not there, or not as this version writes it.
    pub fn read(file: &Path) -> Result<Settings> {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} holds no settings of this version", file.display()))
    }

    /// A variable of the kernel's, as in `MY_COURSE_SPARES`.
    pub fn variable(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// How many spare kernels are to be kept ready for a folder.
    pub fn spares(&self) -> usize {
        let number = env::var(self.variable("SPARES")).ok();
        match self.is_without("spare") {
            true => 0,
            false => number.and_then(|number| number.parse().ok()).unwrap_or(0),
        }
    }

    /// Whether the user has turned this stand-in off: `…WITHOUT=analyzer,shortcut`.
    pub fn is_without(&self, stand_in: &str) -> bool {
        let names = env::var(self.variable("WITHOUT")).unwrap_or_default();
        names.split(',').any(|name| name.trim() == stand_in)
    }
}

#[cfg(test)]
impl Settings {
    /// Settings for tests, with this cache.
    pub fn of_test(cache: &Path) -> Settings {
        Settings {
            name: "test-kernel".into(),
            display_name: "Rust (test)".into(),
            cache: cache.into(),
            prefix: "TEST_KERNEL_".into(),
            crate_name: "library".into(),
            prelude: Prelude {
                imports: "use library::prelude::*;\n".into(),
                in_every_process: "library::report_panics();\n".into(),
                report_error: Some("library::report_error".into()),
                warm_up: "let warm_up = library::one();\n".into(),
            },
            heeded: vec!["TEST_KERNEL_".into()],
            evcxr: "/no/evcxr".into(),
            python: "/no/python".into(),
            remedy: "set it up".into(),
            ..Settings::default()
        }
    }
}
