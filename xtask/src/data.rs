//! The four files of MNIST.

use crate::finding::Finding;
use anyhow::Result;
use mnist_tutorial::data::download::Unavailable;
use mnist_tutorial::data::folder::{Place, read_folder};
use mnist_tutorial::data::{Settings, fetch_all, place};
use std::path::Path;
use std::time::Duration;

/// The part's name.
pub const PART: &str = "MNIST";

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
    let result = settings(project).and_then(|mut settings| {
        settings.timeouts.connect = Duration::from_secs(3);
        fetch_all(&settings, &mut |line| println!("      {line}"))
    });
    match result {
        Ok(found) => println!("  {PART}: {}", found.source),
        Err(error) if error.is::<Unavailable>() => {
            println!("  {PART}: could not be downloaded; the notebooks draw look-alike digits");
            println!("      {}; or copy the files there, see data/README.md", REMEDY);
        }
        Err(error) => println!("  {PART}: {error:#}"),
    }
}

/// What is there.
pub fn inspect(project: &Path) -> Finding {
    let settings = match settings(project) {
        Ok(settings) => settings,
        Err(error) => return Finding::wrong(PART, format!("{error:#}"), REMEDY),
    };
    let (folder, place) = place(&settings);
    let states = read_folder(folder, place);
    if let Some(problem) = states.iter().find_map(|state| state.as_ref().err()) {
        let found = format!("{}: {}", problem.file.display(), problem.found);
        let detail = format!("{found}, expected {}", problem.expected);
        return Finding::wrong(PART, detail, &*problem.remedy);
    }
    let missing = states.iter().filter(|state| matches!(state, Ok(None))).count();
    let shown = folder.display();
    match (missing, place) {
        (0, _) => Finding::found(PART, shown.to_string()),
        (_, Place::MnistDir) => Finding::wrong(
            PART,
            format!("MNIST_DIR={shown} lacks {missing} of the four files"),
            "put them there, or unset MNIST_DIR",
        ),
        _ => Finding::missing(PART, format!("{missing} of four files not in {shown}"), REMEDY),
    }
}

/// The library's settings, for the clone's own `data/` wherever this was started.
fn settings(project: &Path) -> Result<Settings> {
    let mut settings = Settings::from_environment()?;
    settings.folder = project.join("data");
    Ok(settings)
}
