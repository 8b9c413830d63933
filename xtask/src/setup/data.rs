//! The four files of MNIST; of Fashion-MNIST, where it is asked for.

use super::finding::Finding;
use anyhow::Result;
use mnist_files::download::Unavailable;
use mnist_files::fashion::FASHION_MNIST;
use mnist_files::files::{Dataset, MNIST};
use mnist_files::{Place, Settings, Source, fetch_all, locate, place, read_folder};
use std::path::Path;
use std::time::Duration;

/// The part's name.
pub const PART: &str = "MNIST";

/// The remedy where the files cannot be used.
const REMEDY: &str = "run `cargo xtask data`";

/// Which data set.
#[derive(clap::Args)]
pub struct Options {
    /// Fashion-MNIST instead, which notebook 10 trains on too (31 MB)
    #[arg(long)]
    fashion: bool,
}

impl Options {
    /// The data set asked for.
    pub fn dataset(&self) -> &'static Dataset {
        if self.fashion { &FASHION_MNIST } else { &MNIST }
    }
}

/// Gets the files, or checks those that are there.
pub fn run(project: &Path, dataset: &'static Dataset) -> Result<()> {
    let found = fetch_all(&settings(project, dataset)?, &mut |line| println!("{line}"))?;
    println!("{}: {}, all four files are right", dataset.name, found.source);
    Ok(())
}

/// As set-up does it: the course also works without.
///
/// # Errors
/// If files are there and damaged: then every notebook would fail.
pub fn offer(project: &Path) -> Result<()> {
    let mut settings = settings(project, &MNIST)?;
    settings.timeouts.connect = Duration::from_secs(3);
    offer_with(&settings)
}

fn offer_with(settings: &Settings) -> Result<()> {
    match fetch_all(settings, &mut |line| println!("    {PART}: {line}")) {
        Ok(found) => println!("  {PART}: {}", found.source),
        Err(error) if error.is::<Unavailable>() => {
            println!("  {PART}: could not be downloaded; the notebooks draw look-alike digits");
            println!("    {PART}: {REMEDY}; or copy the files there, see data/README.md");
        }
        Err(error) => return Err(error.context(format!("{PART} cannot be used"))),
    }
    Ok(())
}

/// What is there.
pub fn inspect(project: &Path) -> Finding {
    let settings = match settings(project, &MNIST) {
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
        (_, Place::Named) => Finding::wrong(
            PART,
            format!("MNIST_DIR={shown} lacks {missing} of the four files"),
            "put them there, or unset MNIST_DIR",
        ),
        _ => Finding::missing(PART, format!("{missing} of four files not in {shown}"), REMEDY),
    }
}

/// The digits to train with: MNIST, else the look-alikes, which `say` reports.
///
/// # Errors
/// If files are there and damaged.
pub fn source(project: &Path, say: &mut dyn FnMut(&str)) -> Result<Source> {
    Ok(locate(&settings(project, &MNIST)?, say)?.source)
}

/// The settings, for the clone's own `data/` wherever this was started.
fn settings(project: &Path, dataset: &'static Dataset) -> Result<Settings> {
    let mut settings = Settings::of(dataset)?;
    settings.folder = project.join("data").join(dataset.subfolder);
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline(folder: &Path) -> Settings {
        let mut settings = Settings::from_environment().unwrap();
        settings.named_folder = None;
        settings.mirrors = Vec::new();
        settings.folder = folder.to_owned();
        settings
    }

    #[test]
    fn absent_files_that_cannot_be_downloaded_hinder_nobody() {
        let folder = tempfile::tempdir().unwrap();
        offer_with(&offline(folder.path())).unwrap();
    }

    #[test]
    fn a_damaged_file_ends_set_up_with_its_name_and_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("train-labels-idx1-ubyte.gz");
        std::fs::write(&file, "<html>Please sign in</html>").unwrap();
        let mut settings = offline(folder.path());
        let in_data = format!("{:#}", offer_with(&settings).unwrap_err());
        assert!(in_data.contains("train-labels") && in_data.contains("delete it"), "{in_data}");
        settings.named_folder = Some(folder.path().to_owned());
        let named = format!("{:#}", offer_with(&settings).unwrap_err());
        assert!(named.contains("MNIST_DIR"), "{named}");
        assert!(file.exists());
    }
}
