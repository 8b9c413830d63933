//! The notebooks' kernel: what `kernel/` is told of this course.

pub mod elsewhere;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use notebook_kernel::{Environment, Prelude, Settings, State};

use crate::run::jupyter::Jupyter;
use crate::setup::finding::{Finding, SET_UP};
use crate::setup::home::Home;
use crate::setup::{evcxr, libtorch, python};
use crate::{command, process};

/// The name notebooks ask for.
pub const NAME: &str = "mnist-tutorial";

/// The part's name.
pub const PART: &str = "kernel";

/// How long it usually takes, once its crates are compiled.
pub const USUAL: &str = "30 s";

/// What most of it is made of.
pub const CRATES: &str = "kernel's crates";

/// How long these usually take.
pub const CRATES_USUAL: &str = "3 min";

/// Names the clone whose library a kernel offers; else it is looked for upwards of
/// the folder the kernel starts in.
pub const PROJECT_VARIABLE: &str = "MNIST_TUTORIAL_PROJECT";

/// How many spare kernels are kept ready for a folder; none where this is not set.
pub const SPARES_VARIABLE: &str = "MNIST_TUTORIAL_SPARES";

/// Executes notebooks; in Python, because Jupyter's client library is.
pub const RUNNER: &str = "xtask/python/run.py";

/// What the kernel knows of this course.
pub fn settings(home: &Home) -> Settings {
    let lines = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Settings {
        name: NAME.into(),
        display_name: "Rust (MNIST tutorial)".into(),
        cache: home.root().into(),
        prefix: "MNIST_TUTORIAL_".into(),
        crate_name: "mnist_tutorial".into(),
        prelude: Prelude {
            imports: lines(&["use mnist_tutorial::prelude::*;"]),
            in_every_process: lines(&[
                "mnist_tutorial::notebook::connect_streams();",
                "mnist_tutorial::notebook::report_panics();",
            ]),
            report_error: Some("mnist_tutorial::notebook::report_error".into()),
            warm_up: lines(&[
                "let mnist_tutorial_warm_up = Tensor::from_slice(&[1.0f32, 2.0]) + 1.0;",
                "let mnist_tutorial_warm_up_text = format!(\"{mnist_tutorial_warm_up}\");",
            ]),
        },
        cut: [
            ("mnist_tutorial", &["tch", "anyhow", "mnist-files"][..]),
            ("mnist-files", &["anyhow"]),
            ("tch", &[]),
        ]
        .map(|(package, kept)| (package.to_owned(), names(kept)))
        .into(),
        // Spares the optimiser minutes with code that only passes calls on to libtorch.
        cargo_config: lines(&["[profile.dev.package.torch-sys]", "opt-level = 0"]),
        heeded: names(&["MNIST_", "OMP_", "MKL_", "KMP_", "TORCH_", "CUDA_"]),
        removed: names(&libtorch::OTHERS),
        programs: vec![python::COURSE.programs(home)],
        evcxr: evcxr::program(home),
        python: python::COURSE.program(home),
        remedy: SET_UP.into(),
        parts: names(&[evcxr::VERSION, include_str!("../notebooks/warm-up.ipynb")]),
    }
}

/// What the library finds in the environment: libtorch.
pub fn environment(home: &Home, project: &Path) -> Result<Environment> {
    let found = libtorch::find(home, project)?;
    let libtorch = found.with_context(|| format!("libtorch is missing; {SET_UP}"))?.folder;
    let loader = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    Ok(Environment {
        first: [(loader.to_owned(), vec![libtorch.join("lib")])].into(),
        set: [("LIBTORCH".to_owned(), libtorch)].into(),
    })
}

/// The folders with which Jupyter programs run that find this clone's kernel.
pub fn jupyter(home: &Home, project: &Path) -> Result<Jupyter> {
    Jupyter::open(home, notebook_kernel::jupyter_folder(&settings(home), project))
}

/// Builds what is missing or old: the launcher, the kernel's registration, the template.
pub fn install(home: &Home, project: &Path) -> Result<()> {
    register(home, project)?;
    let settings = settings(home);
    let warm_up = |folder: &Path| warm_up(home, project, &settings, folder);
    notebook_kernel::build(&settings, project, &environment(home, project)?, warm_up)
}

/// The part of [`install`] that needs nothing but cargo.
pub fn register(home: &Home, project: &Path) -> Result<()> {
    let settings = settings(home);
    match notebook_kernel::inspect_registration(&settings, project).state {
        State::Found => Ok(()),
        _ => notebook_kernel::register(&settings, project, &launcher(project)?),
    }
}

/// The part of [`install`] that takes longest, and needs libtorch alone.
pub fn compile(home: &Home, project: &Path) -> Result<()> {
    let environment = environment(home, project)?;
    let mut compiled = 0;
    notebook_kernel::compile(&settings(home), project, &environment, |command| {
        process::run("compiling the kernel's crates", CRATES_USUAL, command, |line| {
            compiled += usize::from(line.is_some_and(|line| line.trim().starts_with("Compiling ")));
            format!("{compiled} crates, ")
        })
    })
}

/// Has cargo build the launcher, where and as it built this program.
fn launcher(project: &Path) -> Result<PathBuf> {
    let mut command = command::cargo(project);
    command.args(["build", "--package=notebook-kernel"]);
    command.arg("--message-format=json-render-diagnostics");
    let mut program = None;
    process::run("building the kernel's launcher", "20 s", &mut command, |line| {
        let message = line.and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let file = message.and_then(|message| message["executable"].as_str().map(PathBuf::from));
        program = file.or(program.take());
        String::new()
    })?;
    program.context("cargo names no launcher")
}

/// Executes one small notebook in the template `folder` itself, so that everything a
/// notebook needs is compiled there.
fn warm_up(home: &Home, project: &Path, settings: &Settings, folder: &Path) -> Result<()> {
    let jupyter = jupyter(home, project)?;
    let mut command = jupyter.script(&project.join(RUNNER));
    command.arg(project.join("xtask/notebooks/warm-up.ipynb"));
    command.env(PROJECT_VARIABLE, project).env(settings.variable("BUILD_TEMPLATE"), folder);
    process::run("trying the kernel", USUAL, &mut command, |_| String::new())
}

/// Whether [`install`] has nothing to do. A template of an older source can still be
/// used, but every kernel then compiles the change again.
pub fn is_current(home: &Home, project: &Path) -> bool {
    let settings = settings(home);
    notebook_kernel::inspect_registration(&settings, project).state == State::Found
        && environment(home, project)
            .is_ok_and(|found| notebook_kernel::is_current(&settings, project, &found))
}

/// What stands between a notebook and this kernel, if anything does.
pub fn usable(home: &Home, project: &Path) -> Finding {
    let found = Finding::found(PART, NAME);
    inspect(home, project).into_iter().find(|finding| !finding.is_found()).unwrap_or(found)
}

/// What there is of the kernel, for `cargo xtask doctor`.
pub fn inspect(home: &Home, project: &Path) -> Vec<Finding> {
    let settings = settings(home);
    let known = environment(home, project);
    let environment = known.as_ref().cloned().unwrap_or_default();
    let mut template = notebook_kernel::inspect_template(&settings, project, &environment);
    if let (Err(error), State::Found | State::Wrong) = (&known, template.state) {
        template.state = State::Wrong;
        template.detail = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
    }
    let found = [notebook_kernel::inspect_registration(&settings, project), template];
    found.map(|found| Finding::new(found.part, found.state, found.detail, SET_UP)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_begin_as_the_kernel_is_told() {
        let settings = settings(&Home::at(Path::new("/cache")).unwrap());
        assert_eq!(settings.variable("PROJECT"), PROJECT_VARIABLE);
        assert_eq!(settings.variable("SPARES"), SPARES_VARIABLE);
        assert_eq!(settings.variable("HOME"), crate::setup::home::VARIABLE);
    }
}
