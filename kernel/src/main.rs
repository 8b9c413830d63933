//! What Jupyter starts for a notebook, and what stands in for cargo and rustc behind it.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use notebook_kernel::{
    Settings, answer_analyzer, compile_cell, compiler_called, launch, run_cargo, stop_trainings,
    wait_as_spare,
};

/// Programs call this, not people.
const USAGE: &str = "usage: notebook-kernel run SETTINGS CONNECTION_FILE
       notebook-kernel spare SETTINGS [OWNER]
       notebook-kernel stop SETTINGS
       notebook-kernel tool SETTINGS KERNELS_FOLDER TEMPLATES_FOLDER PROGRAM -- ARGUMENTS
       notebook-kernel compile KERNELS_FOLDER CARGO -- ARGUMENTS
       notebook-kernel cargo KERNELS_FOLDER CARGO -- ARGUMENTS";

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let done = compiler_called(&words).unwrap_or_else(|| perform(&words));
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn perform(words: &[OsString]) -> Result<ExitCode> {
    let Some((task, words)) = words.split_first() else { bail!(USAGE) };
    let settings = |file: &OsString| Settings::read(Path::new(file));
    match (task.to_str().unwrap_or_default(), words) {
        ("run", [file, connection]) => launch(&settings(file)?, Path::new(connection)),
        ("spare", [file]) => wait_as_spare(&settings(file)?, None),
        ("spare", [file, owner]) => {
            let owner = owner.to_str().and_then(|owner| owner.parse().ok());
            wait_as_spare(&settings(file)?, Some(owner.context("the owner is no process number")?))
        }
        ("stop", [file]) => {
            println!("{} trainings asked to end", stop_trainings(&settings(file)?)?);
            Ok(ExitCode::SUCCESS)
        }
        ("tool", [file, own, template, program, separator, arguments @ ..])
            if separator == "--" =>
        {
            let folders = [Path::new(own), Path::new(template)];
            answer_analyzer(&settings(file)?, folders, Path::new(program), arguments)
        }
        ("cargo", [folder, cargo, separator, arguments @ ..]) if separator == "--" => {
            run_cargo(Path::new(folder), Path::new(cargo), arguments)
        }
        ("compile", [folder, cargo, separator, arguments @ ..]) if separator == "--" => {
            compile_cell(Path::new(folder), Path::new(cargo), arguments)
        }
        _ => bail!(USAGE),
    }
}
