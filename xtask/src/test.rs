//! todo
use crate::home::Home;
#[derive(clap::Args)]
pub struct Options {}
pub fn run(_: &Home, _: &std::path::Path, _: &Options) -> anyhow::Result<()> {
    todo!()
}
