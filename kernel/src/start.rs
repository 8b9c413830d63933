//! What launcher and spare start a kernel from: the clone, its template, a private folder, evcxr.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::facts::Facts;
use crate::private::Private;
use crate::programs::{output_of, write_script};
use crate::relay::RelayFolder;
use crate::settings::{Environment, Settings};
use crate::{analyzer, layout, preload, shortcut, variables};

/// The variable by which programs find shared libraries.
const LOADER: &str =
    if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// evcxr has cells linked by mold or lld as soon as one is installed, and cargo then compiles all
/// dependencies for that. It asks for mold first: this one only runs what it is to run, and the
/// linker stays cargo's.
const MOLD: &str = "[ \"$1\" = -run ] && shift && exec \"$@\"\nPATH=${PATH#*:}\nexec mold \"$@\"\n";

/// The clone whose crate this kernel offers: the one that `…PROJECT` names, or the one in or
/// above the current folder.
pub fn find_project(settings: &Settings) -> Result<PathBuf> {
    let variable = settings.variable("PROJECT");
    if let Some(project) = env::var_os(&variable) {
        return Ok(PathBuf::from(project));
    }
    let start = env::current_dir().context("finding the folder the kernel starts in")?;
    let line = format!("name = \"{}\"", settings.crate_name);
    for folder in start.ancestors() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        if manifest.contains(&line) {
            return Ok(folder.to_owned());
        }
    }
    bail!(
        "the crate {} is neither in {} nor above it; open the notebook inside its clone, \
         or set {variable} to the clone's folder",
        settings.crate_name,
        start.display()
    )
}

/// The clone's finished template and what it was built of.
pub fn template(settings: &Settings, project: &Path) -> Result<(PathBuf, Facts)> {
    let warm = layout::template_folder(settings, project);
    if !warm.starts_with(&settings.cache) {
        layout::check_owner(&layout::kernels(settings))?;
    }
    let remedy = &settings.remedy;
    let facts = Facts::of(&warm).with_context(|| {
        format!("there is no finished kernel template {}; {remedy}", warm.display())
    })?;
    ensure!(
        facts.toolchain.is_dir(),
        "the kernel template was built by the compiler in {}, which is gone; {remedy}",
        facts.toolchain.display()
    );
    check_compiler(settings, &facts)?;
    Ok((warm, facts))
}

/// Whether the compiler is still the one that built the template: `rustup update` puts a newer
/// one into the same folder, and every kernel would compile all dependencies, for minutes and
/// without a word. Of one that does not start, the cells themselves tell.
fn check_compiler(settings: &Settings, facts: &Facts) -> Result<()> {
    let program = facts.toolchain.join("rustc");
    let Ok(now) = output_of(Command::new(&program).arg("-vV")) else { return Ok(()) };
    let name = |version: &str| version.lines().next().unwrap_or_default().to_owned();
    ensure!(
        now == facts.rustc,
        "the kernel template was built by {}, and {} is now {}; {}",
        name(&facts.rustc),
        program.display(),
        name(&now),
        settings.remedy
    );
    Ok(())
}

/// All that a kernel finds in its folder when it starts, a spare one too.
pub fn private_folder(settings: &Settings, warm: &Path, facts: &Facts) -> Result<Private> {
    let private = Private::make(settings, warm, facts)?;
    preload::write(settings, &private.folder, facts)?;
    Ok(private)
}

/// evcxr as it is to be started for work in `folder`.
pub fn evcxr(
    settings: &Settings,
    facts: &Facts,
    folder: &Path,
    relay: &RelayFolder,
) -> Result<Command> {
    let mut command = Command::new(&settings.evcxr);
    command
        .arg("--control_file")
        .arg(relay.connection_file())
        // It only says there that it has no settings; what cells print goes to Jupyter.
        .stdout(Stdio::null())
        .env("EVCXR_TMPDIR", layout::crate_folder(folder))
        .env("EVCXR_CONFIG_DIR", layout::evcxr_folder(folder))
        // An error is shown in words; evcxr would add where in a library's depths it arose.
        .env("RUST_LIB_BACKTRACE", "0")
        .env_remove("RUST_BACKTRACE")
        .env(settings.variable("LIVE"), "1")
        .env(settings.variable("STOP"), relay.stop_file())
        .env(settings.variable("STREAMS"), relay.streams());
    set_environment(&mut command, settings, facts, folder)?;
    shortcut::equip(settings, folder, facts)?;
    analyzer::equip(&mut command, settings, facts, folder)?;
    Ok(command)
}

/// Gives the command what all that is compiled in a kernel's `folder` is compiled with.
pub fn set_environment(
    command: &mut Command,
    settings: &Settings,
    facts: &Facts,
    folder: &Path,
) -> Result<()> {
    variables::give(&facts.variables, command);
    // Set by `cargo run`: rustup would run that toolchain's cargo.
    command.env_remove("RUSTUP_TOOLCHAIN");
    let Environment { set, first } = &facts.environment;
    let mut first = first.clone();
    // The toolchain's own programs: rustup's stand-ins cost time in every cell.
    let own = [analyzer::rustup_folder(folder), facts.toolchain.clone()];
    let programs = own.into_iter().chain(settings.programs.iter().cloned());
    first.entry("PATH".into()).or_default().splice(0..0, programs);
    first.entry(LOADER.into()).or_default().push(facts.standard_library.clone());
    for (variable, folders) in &first {
        let rest = match facts.variables.get(variable) {
            Some(built_with) => built_with.clone().map(OsString::from),
            None => env::var_os(variable),
        };
        command.env(variable, with_first(variable, folders, &rest.unwrap_or_default())?);
    }
    command.envs(set);
    for name in &settings.removed {
        command.env_remove(name);
    }
    write_script(&analyzer::rustup_folder(folder).join("mold"), MOLD)
}

/// The variable's list of folders with more in front.
fn with_first(variable: &str, folders: &[PathBuf], rest: &OsString) -> Result<OsString> {
    let rest = env::split_paths(rest).filter(|path| !path.as_os_str().is_empty());
    env::join_paths(folders.iter().cloned().chain(rest))
        .with_context(|| format!("{folders:?} has a character that {variable} cannot hold"))
}
