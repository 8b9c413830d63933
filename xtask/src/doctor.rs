//! todo
use crate::home::Home;
pub fn run(_: &Home, _: &std::path::Path) -> anyhow::Result<std::process::ExitCode> {
    todo!()
}
