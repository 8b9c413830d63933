//! The crate and its dependencies, compiled before evcxr is there.
//!
//! evcxr compiles each cell as the crate `ctx` with `cargo build`, and looks for the words of a
//! mistake with `cargo check`. Given the same manifest, variables and options, cargo finds what
//! it has compiled here; where evcxr came to give others, it would compile all of it again.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::facts::Facts;
use crate::layout::crate_folder;
use crate::settings::Settings;
use crate::{files, preload, start};

/// As evcxr writes it, dependencies last.
const MANIFEST: &str = r#"
[package]
name = "ctx"
version = "1.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]
path = "src/lib.rs"

[profile.dev]
opt-level = 2
debug = false
strip = "debuginfo"
rpath = true
lto = false
debug-assertions = true
codegen-units = 16
panic = 'unwind'
incremental = true
overflow-checks = true

[dependencies]
"#;

/// The commands that compile all but cells, in the template that is begun in `folder`.
pub fn commands(settings: &Settings, facts: &Facts, folder: &Path) -> Result<[Command; 2]> {
    let own = crate_folder(folder);
    let manifest = format!("{MANIFEST}{}", preload::dependency(settings, &facts.project));
    files::write(&own.join("Cargo.toml"), manifest.as_bytes(), 0o644)?;
    files::write(&own.join("src/lib.rs"), b"", 0o644)?;
    let command = |task| cargo(task, settings, facts, folder);
    Ok([command("build")?, command("check")?])
}

fn cargo(task: &str, settings: &Settings, facts: &Facts, folder: &Path) -> Result<Command> {
    let host = facts.rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let mut command = Command::new(facts.toolchain.join("cargo"));
    command.args([task, "--target", host.context("rustc names no host")?]);
    start::set_environment(&mut command, settings, facts, folder)?;
    command
        .current_dir(crate_folder(folder))
        .env("CARGO_TARGET_DIR", "target")
        .env("CARGO_BUILD_BUILD_DIR", "target")
        .env("RUSTFLAGS", "-Cprefer-dynamic");
    Ok(command)
}
