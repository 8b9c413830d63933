//! Executing and checking the notebooks.
use crate::home::Home;
use anyhow::Result;
use std::path::Path;

/// Which notebooks, and how.
#[derive(clap::Args, Default)]
pub struct Options {
    /// The notebooks' numbers, as in `01 03`; none means all
    pub names: Vec<String>,
    /// Few epochs, outputs not stored: for the checks
    #[arg(long)]
    pub short: bool,
}

pub fn run(_home: &Home, _project: &Path, _options: &Options) -> Result<()> {
    Ok(())
}

pub fn check(_project: &Path) -> Result<()> {
    Ok(())
}
