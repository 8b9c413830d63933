//! The four files of MNIST.

use crate::finding::Finding;
use anyhow::Result;
use mnist_tutorial::data::{Settings, Source, fetch_all, place, read_whole};
use std::path::Path;

/// The remedy where the files cannot be used.
const REMEDY: &str = "run `cargo xtask data`";

/// Gets the files, or checks those that are there.
pub fn run(project: &Path) -> Result<()> {
    let found = fetch_all(&settings(project)?, &mut |line| println!("{line}"))?;
    println!("MNIST: {}, all four files are right", found.source);
    Ok(())
}

/// As set-up does it: the course also works without, so nothing here is an error.
pub fn offer(project: &Path) {
    let result = settings(project)
        .and_then(|settings| fetch_all(&settings, &mut |line| println!("      {line}")));
    match result {
        Ok(found) => println!("  MNIST: {}", found.source),
        Err(error) => println!(
            "  MNIST: not there; the notebooks will draw look-alike digits\n      {error:#}"
        ),
    }
}

/// What is there.
pub fn inspect(project: &Path) -> Finding {
    const PART: &str = "MNIST";
    let result = settings(project).and_then(|settings| {
        let (folder, place) = place(&settings);
        read_whole(folder, place)
    });
    match result {
        Ok(found) if matches!(found.source, Source::LookAlike(_)) => {
            Finding::wrong(PART, found.source.to_string(), REMEDY)
        }
        Ok(found) => Finding::found(PART, found.source.to_string()),
        Err(error) => Finding::missing(PART, format!("{error:#}"), REMEDY),
    }
}

/// The library's settings, for the clone's own `data/` wherever this was started.
fn settings(project: &Path) -> Result<Settings> {
    let mut settings = Settings::from_environment()?;
    settings.folder = project.join("data");
    Ok(settings)
}
