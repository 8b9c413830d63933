//! One training to compare with others.

use std::error::Error;
use std::fmt;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::data::Mnist;
use crate::model::{HIDDEN, Network, Sizes};
use crate::train::{Diverged, History, Observer, Stopped, TrainConfig, train};

/// Training images that are kept apart to compare settings on.
const HELD_OUT: usize = 5_000;

/// One training to compare with others; only the name is needed as JSON.
///
/// ```json
/// {"name": "Adam", "settings": {"optimizer": "adam", "learning_rate": 0.001, "epochs": 6}}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// What tables and pictures call it.
    pub name: String,
    /// Neurons of the hidden layer, 490 if not said.
    #[serde(default = "usual_hidden")]
    pub hidden: i64,
    /// Training images kept apart, on which the accuracy is measured; 5,000 if not said. The
    /// test images stay unseen until the choice is made.
    #[serde(default = "usual_held_out")]
    pub held_out: usize,
    /// Train on the first so many of the others only.
    #[serde(default)]
    pub images: Option<usize>,
    /// Settings of the training. Its seed also draws the network's weights, and where no number
    /// of threads is named, it is 1.
    #[serde(default)]
    pub settings: TrainConfig,
}

/// A training that was stopped tells nothing about its settings.
#[derive(Debug)]
pub(super) struct EndedEarly {
    name: String,
    stopped: Stopped,
}

impl fmt::Display for EndedEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration `{}` was not measured. {}", self.name, self.stopped)
    }
}

impl Error for EndedEarly {}

fn usual_hidden() -> i64 {
    HIDDEN
}

fn usual_held_out() -> usize {
    HELD_OUT
}

impl Configuration {
    /// The usual network and number of held-out images with these settings.
    pub fn new(name: &str, settings: TrainConfig) -> Self {
        Self { name: name.to_owned(), hidden: HIDDEN, held_out: HELD_OUT, images: None, settings }
    }

    /// Reads one from JSON.
    ///
    /// # Errors
    /// If it is no such JSON, has an unknown field or optimiser, or a setting is out of range.
    pub fn from_json(json: &str) -> Result<Self> {
        let configuration: Self = serde_json::from_str(json).context("not a configuration")?;
        configuration.check()?;
        Ok(configuration)
    }

    /// The whole configuration on one line of JSON.
    ///
    /// # Errors
    /// As [`check`](Self::check): JSON has no words for numbers that are not finite.
    pub fn to_json(&self) -> Result<String> {
        self.check()?;
        Ok(serde_json::to_string(self)?)
    }

    /// Checks what can be checked without the data.
    ///
    /// # Errors
    /// Names the configuration and the first setting that is wrong.
    pub fn check(&self) -> Result<()> {
        let name = &self.name;
        ensure!(
            !name.trim().is_empty(),
            "a configuration has no name; tables and pictures need one"
        );
        self.settings.check().with_context(|| format!("configuration `{name}`"))?;
        ensure!(
            self.hidden >= 1,
            "configuration `{name}`: hidden is {}, expected 1 or more",
            self.hidden
        );
        ensure!(
            self.images != Some(0),
            "configuration `{name}`: images is 0, expected 1 or more, or null for all"
        );
        Ok(())
    }

    /// Trains a new network with these settings and measures it on the held-out images after
    /// each epoch. A training whose loss stops being a number is an outcome, too.
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
                return Err(EndedEarly { name: self.name.clone(), stopped }.into());
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
