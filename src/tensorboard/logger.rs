//! An observer that logs a whole training to a run.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use tch::Tensor;

use super::hparams::Setting;
use super::run::Run;
use crate::model::Network;
use crate::table::{Align, Table};
use crate::train::{BatchReport, EpochReport, Observer, TrainConfig};

/// Steps between two measurements of the norms, which cost a pass over all weights.
const NORMS_EVERY: usize = 100;

/// Logs what a training reports, one point after another.
///
/// | tag | over | |
/// | --- | --- | --- |
/// | `batch/loss`, `batch/learning_rate` | steps | every batch |
/// | `batch/gradient_norm`, `batch/weight_norm` | steps | each 100th, from the first |
/// | `epoch/loss`, `epoch/accuracy` | epochs | the accuracy if it is measured |
/// | `weights/0.weight` … , `gradients/0.weight` … | epochs | histograms |
/// | `activations/hidden` | epochs | histogram, for [images that were given](Self::with_images) |
///
/// # Examples
/// ```no_run
/// use mnist_tutorial::prelude::*;
/// use mnist_tutorial::tensorboard::Logger;
/// # fn main() -> Result<()> {
/// let data = Mnist::load()?;
/// let config = TrainConfig { test_every_epoch: true, ..TrainConfig::default() };
/// let mut logger = Logger::start("runs/first-try", &config)?
///     .with_images(&data.test.images.narrow(0, 0, 500));
/// train(&mut Network::new(0)?, &data, &config, &mut (Lines, &mut logger))?;
/// logger.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Logger {
    run: Run,
    images: Option<Tensor>,
    norms_every: usize,
}

impl Logger {
    /// Logs to a run that is there.
    pub fn new(run: Run) -> Self {
        Self { run, images: None, norms_every: NORMS_EVERY }
    }

    /// Starts a run ([`Run::create`]) and logs the settings, as text and for the HPARAMS tab.
    ///
    /// # Errors
    /// As [`TrainConfig::check`] and [`Run::create`].
    pub fn start(folder: impl AsRef<Path>, config: &TrainConfig) -> Result<Self> {
        config.check()?;
        let settings = settings(config)?;
        let mut run = Run::create(folder)?;
        run.text("settings", 0, &table(&settings)?.to_markdown())?;
        let pairs: Vec<(&str, Setting)> =
            settings.iter().map(|(name, setting)| (&**name, setting.clone())).collect();
        run.hparams(&pairs, &["epoch/loss", "epoch/accuracy"])?;
        Ok(Self::new(run))
    }

    /// Has the hidden layer's activations for these images logged: `[images, inputs]`, a few
    /// hundred are enough.
    pub fn with_images(mut self, images: &Tensor) -> Self {
        self.images = Some(images.shallow_clone());
        self
    }

    /// Has the norms measured each so many steps, 1 for each one, 0 for never.
    pub fn with_norms_every(mut self, steps: usize) -> Self {
        self.norms_every = steps;
        self
    }

    /// The run, to log more to it.
    pub fn run(&mut self) -> &mut Run {
        &mut self.run
    }

    /// Notes that the run has ended ([`Run::finish`]).
    ///
    /// # Errors
    /// The run cannot be written to.
    pub fn finish(self) -> Result<()> {
        self.run.finish()
    }

    /// What the hidden layer makes of the images, if there are any: `[images, hidden]`.
    fn activations(&self, network: &Network) -> Result<Option<Tensor>> {
        let Some(images) = &self.images else { return Ok(None) };
        let hidden = tch::no_grad(|| network.hidden(images));
        hidden.map(Some).context("Logger: the images given to with_images do not fit")
    }
}

impl Observer for Logger {
    fn on_batch(&mut self, report: &BatchReport, network: &Network) -> Result<ControlFlow<()>> {
        if report.batch == 1 {
            // Images that do not fit are said now, not after the epoch.
            self.activations(network)?;
        }
        let mut values =
            vec![("batch/loss", report.loss), ("batch/learning_rate", report.learning_rate)];
        if self.norms_every > 0 && (report.step - 1).is_multiple_of(self.norms_every) {
            values.push(("batch/gradient_norm", norm(&gradients(network))?));
            values.push(("batch/weight_norm", norm(&network.named_tensors())?));
        }
        self.run.scalars(report.step, &values)?;
        Ok(ControlFlow::Continue(()))
    }

    fn on_epoch(&mut self, report: &EpochReport, network: &Network) -> Result<ControlFlow<()>> {
        let mut values = vec![("epoch/loss", report.loss)];
        values.extend(report.accuracy.map(|accuracy| ("epoch/accuracy", accuracy)));
        self.run.scalars(report.epoch, &values)?;
        for (group, tensors) in
            [("weights", network.named_tensors()), ("gradients", gradients(network))]
        {
            for (name, tensor) in tensors {
                self.run.histogram(&format!("{group}/{name}"), report.epoch, &tensor)?;
            }
        }
        if let Some(activations) = self.activations(network)? {
            self.run.histogram("activations/hidden", report.epoch, &activations)?;
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The gradients of the last batch under the names of their weights.
fn gradients(network: &Network) -> Vec<(String, Tensor)> {
    let named = network.named_tensors().into_iter();
    named
        .map(|(name, weight)| (name, weight.grad()))
        .filter(|(_, gradient)| gradient.defined())
        .collect()
}

/// The length of the vector that all these numbers make: the root of the sum of their squares.
fn norm(tensors: &[(String, Tensor)]) -> Result<f64> {
    let mut sum = 0.0;
    for (name, tensor) in tensors {
        let of_one = || tensor.f_detach()?.f_norm()?.f_double_value(&[]);
        let one: f64 = of_one().with_context(|| format!("Logger: the norm of `{name}`"))?;
        sum += one * one;
    }
    Ok(sum.sqrt())
}

/// Every setting that has a value, by its field's name.
fn settings(config: &TrainConfig) -> Result<Vec<(String, Setting)>> {
    let fields: serde_json::Map<_, _> = serde_json::from_str(&config.to_json()?)?;
    let flat = |setting: Setting| match setting {
        Setting::Object(_) => Setting::String(setting.to_string()),
        flat => flat,
    };
    let set = fields.into_iter().filter(|(_, setting)| !setting.is_null());
    Ok(set.map(|(name, setting)| (name, flat(setting))).collect())
}

/// The settings as a table.
fn table(settings: &[(String, Setting)]) -> Result<Table> {
    let words = |value: &Setting| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows = settings.iter().map(|(name, setting)| [name.clone(), words(setting)]);
    Table::new(&[("setting", Align::Left), ("value", Align::Left)], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Optimizer, Schedule};

    #[test]
    fn settings_keep_their_names_and_kinds() {
        let config = TrainConfig {
            optimizer: Optimizer::Adam,
            schedule: Schedule::Step { every: 2, factor: 0.5 },
            ..TrainConfig::default()
        };
        let settings = settings(&config).unwrap();
        let of = |name: &str| settings.iter().find(|(known, _)| known == name).map(|(_, s)| s);
        assert_eq!(of("epochs"), Some(&18.into()));
        assert_eq!(of("optimizer"), Some(&"adam".into()));
        assert_eq!(of("test_every_epoch"), Some(&false.into()));
        assert_eq!(of("threads"), None);
        let schedule = Setting::from(r#"{"step":{"every":2,"factor":0.5}}"#);
        assert_eq!(of("schedule"), Some(&schedule));
        let rows = table(&settings).unwrap().rows().to_vec();
        assert!(rows.contains(&vec!["learning_rate".into(), "0.003".into()]), "{rows:?}");
    }
}
