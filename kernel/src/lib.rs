//! A Jupyter kernel for one crate: evcxr, which finds that crate compiled.
//!
//! Left to itself, evcxr compiles every dependency anew in every notebook, for minutes. So one
//! folder is built as evcxr would (the template), and each kernel works in a private copy of it:
//! two kernels in one folder break each other. `README.md` tells the way of a cell, and what
//! each stand-in saves.

mod ahead;
mod analyzer;
mod copy;
mod digest;
mod facts;
pub mod files;
mod finding;
mod launcher;
mod layout;
mod memory;
mod noted;
mod packages;
mod preload;
mod private;
mod programs;
mod register;
mod relay;
mod session;
mod settings;
mod shortcut;
mod spare;
mod start;
mod template;
mod variables;
mod watch;

pub use analyzer::{run as answer_analyzer, sources};
pub use facts::Facts;
pub use finding::{Finding, State};
pub use launcher::{launch, wait_as_spare};
pub use layout::{VERSION, jupyter_folder, own_folder, settings_file, template_folder};
pub use private::stop_trainings;
pub use programs::remove_variables;
pub use register::{
    check_in, inspect as inspect_registration, inspect_in, register, register_in, registered_in,
    unregister_in,
};
pub use settings::{Environment, Prelude, Settings};
pub use shortcut::{compiler_called, run as compile_cell, run_cargo};
pub use spare::first as first_spare;
pub use template::{
    build, compile, inspect as inspect_template, is_current, remove, remove_outside_cache,
};
