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
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Its name in tables and figures.
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
    let usual = TrainConfig { epochs, ..TrainConfig::default() };
    let with = |name: &str, change: &dyn Fn(&mut TrainConfig)| {
        let mut settings = usual.clone();
        change(&mut settings);
        Configuration::new(name, settings)
    };
    let other = |name: &str, optimizer: Optimizer, learning_rate: f64| {
        with(name, &|settings| {
            (settings.optimizer, settings.learning_rate) = (optimizer, learning_rate);
        })
    };
    let rate = |name: &str, learning_rate: f64, schedule: Schedule| {
        with(name, &|settings| {
            (settings.learning_rate, settings.schedule) = (learning_rate, schedule);
        })
    };
    let batch = |size: usize| {
        let learning_rate = size as f64 / 10_000.0;
        with(&format!("batches of {size}, {learning_rate}"), &|settings| {
            (settings.batch_size, settings.learning_rate) = (size, learning_rate);
        })
    };
    let hidden = |hidden: i64| Configuration {
        hidden,
        ..Configuration::new(&format!("{hidden} hidden neurons"), usual.clone())
    };
    vec![
        with("the course: SGD, 0.003", &|_| ()),
        with("no momentum, 0.03", &|settings| {
            (settings.momentum, settings.learning_rate) = (0.0, 0.03);
        }),
        other("Nesterov, 0.003", Optimizer::Nesterov, 0.003),
        other("Adam, 0.001", Optimizer::Adam, 0.001),
        with("AdamW, 0.001, weight decay 0.01", &|settings| {
            settings.optimizer = Optimizer::AdamW;
            (settings.learning_rate, settings.weight_decay) = (0.001, 0.01);
        }),
        other("RMSprop, 0.001", Optimizer::RmsProp, 0.001),
        rate("SGD, 0.01", 0.01, Schedule::Constant),
        rate("SGD, 0.01, halved every 2 epochs", 0.01, Schedule::Step { every: 2, factor: 0.5 }),
        rate("SGD, 0.01, cosine", 0.01, Schedule::Cosine),
        rate("SGD, 0.03, one cycle", 0.03, Schedule::OneCycle),
        batch(10),
        batch(100),
        batch(300),
        hidden(100),
        hidden(1000),
        with("weight decay 0.0001", &|settings| settings.weight_decay = 0.0001),
        with("dropout 0.2", &|settings| settings.dropout = 0.2),
        Configuration::new("fast: 5 epochs, batches of 50", TrainConfig::fast()),
    ]
}
