//! One training run, and what it came to, as a file that another process can read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, ensure};
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use crate::data::Mnist;
use crate::model::{Network, Sizes};
use crate::train::{Diverged, EpochReport, History, Observer, TrainConfig, train};
use crate::whole_file;

/// What one [`Configuration`] came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What was run.
    pub configuration: Configuration,
    /// Fingerprint of the training images it was given, held-out ones included.
    pub images: String,
    /// Loss, accuracy on the held-out images and seconds of each epoch.
    pub epochs: Vec<EpochReport>,
    /// Why the training ended early, if it did.
    pub failure: Option<String>,
}

impl Outcome {
    /// Accuracy on the held-out images after the last epoch, 0..1.
    pub fn accuracy(&self) -> Option<f64> {
        self.epochs.last()?.accuracy
    }

    /// Time spent training, without testing, in seconds.
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().map(|epoch| epoch.seconds).sum()
    }

    /// Reads one from JSON.
    ///
    /// # Errors
    /// If it is not such JSON.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("not the outcome of a configuration")
    }

    /// The whole outcome on one line of JSON.
    ///
    /// # Errors
    /// If a number in it is not finite: JSON has no word for it.
    pub fn to_json(&self) -> Result<String> {
        self.configuration.check()?;
        for EpochReport { epoch, loss, accuracy, seconds } in &self.epochs {
            ensure!(
                loss.is_finite() && accuracy.is_none_or(f64::is_finite) && seconds.is_finite(),
                "outcome of `{}`: epoch {epoch} has a number that is not finite",
                self.configuration.name
            );
        }
        Ok(serde_json::to_string(self)?)
    }

    /// Keeps it in `folder`, in a file of its own.
    pub(super) fn store(&self, folder: &Path) -> Result<()> {
        let path = file_of(&self.configuration, &self.images, folder)?;
        let json = self.to_json()?;
        whole_file::write(&path, |file| Ok(writeln!(file, "{json}")?))
            .with_context(|| format!("{}: cannot write this outcome", path.display()))
    }

    /// The outcome of this very configuration and these images, if `folder` has it.
    pub(super) fn stored(
        configuration: &Configuration,
        images: &str,
        folder: &Path,
    ) -> Result<Option<Self>> {
        let path = file_of(configuration, images, folder)?;
        if !path.exists() {
            return Ok(None);
        }
        let read = || Self::from_json(&fs::read_to_string(&path)?);
        let outcome =
            read().with_context(|| format!("{}: delete it to measure it again", path.display()))?;
        let same = outcome.configuration == *configuration && outcome.images == images;
        Ok(same.then_some(outcome))
    }
}

/// A file for each configuration, seed, set of images and version of this crate: the name, the
/// seed and a checksum of all.
fn file_of(configuration: &Configuration, images: &str, folder: &Path) -> Result<PathBuf> {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = configuration.name.to_lowercase().chars().map(plain).take(40).collect();
    let json = configuration.to_json()?;
    let all = format!("{json}\n{images}\n{}", env!("CARGO_PKG_VERSION"));
    let checksum = crc32c::crc32c(all.as_bytes());
    let seed = configuration.settings.seed;
    Ok(folder.join(format!("{name}-seed-{seed}-{checksum:08x}.json")))
}

impl Configuration {
    /// Trains a new network with these settings and measures it on the held-out images after
    /// each epoch. A training whose loss becomes NaN or infinite is an outcome, too.
    ///
    /// # Errors
    /// If a setting is out of range or does not fit the data, before anything is trained; or if
    /// the observer fails, or the training is stopped early.
    pub fn run(&self, data: &Mnist, observer: &mut dyn Observer) -> Result<Outcome> {
        self.check()?;
        let images = data.train.fingerprint();
        let data = self.part(data)?;
        let settings = TrainConfig {
            threads: self.settings.threads.or(Some(1)),
            test_every_epoch: true,
            ..self.settings.clone()
        };
        let sizes = Sizes { hidden: self.hidden, ..Sizes::default() };
        let mut network = Network::with_sizes(sizes, settings.seed)?;
        let trained = train(&mut network, &data, &settings, observer);
        let (epochs, failure) = match trained {
            Ok(History { stopped: Some(stopped), .. }) => {
                // Stopped, it tells nothing about its settings.
                let not_measured = format!("configuration `{}` was not measured", self.name);
                return Err(Error::new(stopped).context(not_measured));
            }
            Ok(history) => (history.epochs, None),
            Err(error) if error.is::<Diverged>() => (Vec::new(), Some(error.to_string())),
            Err(error) => return Err(error),
        };
        Ok(Outcome { configuration: self.clone(), images, epochs, failure })
    }

    /// The images to train with, and those held out in place of the test images.
    ///
    /// # Errors
    /// Names the configuration if there are not as many as it asks for.
    pub(super) fn part(&self, data: &Mnist) -> Result<Mnist> {
        let part = || -> Result<Mnist> {
            let mut data = data.hold_out(self.held_out)?;
            if let Some(count) = self.images {
                data.train = data.train.first(count)?;
            }
            Ok(data)
        };
        part().with_context(|| format!("configuration `{}`", self.name))
    }
}
