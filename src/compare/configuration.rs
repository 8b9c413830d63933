//! One training to compare with others, and the table of those that the course compares.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::model::HIDDEN;
use crate::train::{Optimizer, Schedule, TrainConfig};

/// Training images that are kept apart to compare settings on.
const HELD_OUT: usize = 5_000;

/// One training to compare with others; only the name is needed as JSON.
///
/// ```json
/// {"name": "Adam", "settings": {"optimizer": "adam", "learning_rate": 0.001, "epochs": 6}}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Configuration {
    /// Its name in tables and figures.
    pub name: String,
    /// Neurons of the hidden layer, 490 if not said.
    pub hidden: i64,
    /// Training images kept apart, on which the accuracy is measured; 5,000 if not said. The
    /// test images stay unseen until the choice is made.
    pub held_out: usize,
    /// Train on the first so many of the others only.
    pub images: Option<usize>,
    /// Settings of the training. Its seed also draws the network's weights, and where no number
    /// of threads is named, it is 1.
    pub settings: TrainConfig,
}

/// The usual network, images and settings, without a name.
impl Default for Configuration {
    fn default() -> Self {
        Self::new("", TrainConfig::default())
    }
}

impl Configuration {
    /// The usual network and number of held-out images with these settings.
    pub fn new(name: &str, settings: TrainConfig) -> Self {
        Self { name: name.to_owned(), hidden: HIDDEN, held_out: HELD_OUT, images: None, settings }
    }

    /// Reads one from JSON.
    ///
    /// # Errors
    /// If it is not such JSON, has an unknown field or optimiser, or a setting is out of range.
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
            "a configuration has no name; tables and figures need one"
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
}

/// Epochs of each training where `cargo run --example compare` is given no others.
pub const COURSE_EPOCHS: usize = 6;

/// The course's table: its own settings first, then one thing changed at a time, and in the
/// end the settings made for speed, which bring their own number of epochs.
///
/// Where a change asks for another learning rate, it has one: without momentum 0.03, which
/// moves as far as 0.003 with momentum 0.9; for batches of other sizes one that grows with the
/// size; for the others the rate their inventors name.
pub fn course_table(epochs: usize) -> Vec<Configuration> {
    let usual = || TrainConfig { epochs, ..TrainConfig::default() };
    let adaptive = |optimizer| TrainConfig { optimizer, learning_rate: 0.001, ..usual() };
    let rate = |learning_rate, schedule| TrainConfig { learning_rate, schedule, ..usual() };
    let batch = |batch_size, learning_rate| TrainConfig { batch_size, learning_rate, ..usual() };
    let halved = Schedule::Step { every: 2, factor: 0.5 };
    let new = Configuration::new;
    vec![
        new("the course: SGD, 0.003", usual()),
        new("no momentum, 0.03", TrainConfig { momentum: 0.0, learning_rate: 0.03, ..usual() }),
        new("Nesterov, 0.003", TrainConfig { optimizer: Optimizer::Nesterov, ..usual() }),
        new("Adam, 0.001", adaptive(Optimizer::Adam)),
        new(
            "AdamW, 0.001, weight decay 0.01",
            TrainConfig { weight_decay: 0.01, ..adaptive(Optimizer::AdamW) },
        ),
        new("RMSprop, 0.001", adaptive(Optimizer::RmsProp)),
        new("SGD, 0.01", rate(0.01, Schedule::Constant)),
        new("SGD, 0.01, halved every 2 epochs", rate(0.01, halved)),
        new("SGD, 0.01, cosine", rate(0.01, Schedule::Cosine)),
        new("SGD, 0.03", rate(0.03, Schedule::Constant)),
        new("SGD, 0.03, one cycle", rate(0.03, Schedule::OneCycle)),
        new("batches of 10, 0.001", batch(10, 0.001)),
        new("batches of 100, 0.01", batch(100, 0.01)),
        new("batches of 300, 0.03", batch(300, 0.03)),
        Configuration { hidden: 100, ..new("100 hidden neurons", usual()) },
        Configuration { hidden: 1000, ..new("1000 hidden neurons", usual()) },
        new("weight decay 0.0001", TrainConfig { weight_decay: 0.0001, ..usual() }),
        new("dropout 0.2", TrainConfig { dropout: 0.2, ..usual() }),
        new("fast: 5 epochs, batches of 50", TrainConfig::fast()),
    ]
}
