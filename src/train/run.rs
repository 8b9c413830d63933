//! The loop over epochs and batches.

use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use sparse_step::Trainer;
use tch::{Reduction, Tensor};

use super::by_hand;
use super::dropout::Dropout;
use super::threads::Threads;
use super::{BatchReport, Checkpoint, EpochReport, History, Observer, Stepper, TrainConfig};
use crate::data::Mnist;
use crate::data::random::Random;
use crate::evaluate::evaluate;
use crate::memory;
use crate::model::{DIGITS, Network};

/// A label that libtorch's loss would leave out; its default, which no digit has.
const NO_LABEL: i64 = -100;

/// The notes that a training makes in its network.
const NOTES: [&str; 7] =
    ["epoch", "step", "loss", "accuracy", "data", "training images", "settings"];

/// The steps were so large that the loss is no number any more.
#[derive(Debug)]
pub(crate) struct Diverged {
    report: BatchReport,
    rate: f64,
}

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BatchReport { loss, epoch, batch, step, .. } = self.report;
        if step == 1 {
            return write!(
                f,
                "the loss is {loss} before the first step: the images or the network's weights \
                 hold numbers that are infinite or none"
            );
        }
        write!(
            f,
            "the loss became {loss} in epoch {epoch}, batch {batch}: the steps are too large. \
             Make a new network and lower learning_rate (it is {})",
            self.rate
        )
    }
}

impl Error for Diverged {}

/// One training, from its first step or from where another one ended.
pub(super) struct Run<'a> {
    pub(super) network: &'a mut Network,
    pub(super) data: &'a Mnist,
    pub(super) config: &'a TrainConfig,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) stepper: Stepper,
    pub(super) history: History,
}

impl Run<'_> {
    /// Trains until the last epoch, or until the observer ends it.
    pub(super) fn complete(mut self) -> Result<History> {
        // Saving and testing too would wait for each other's threads on a busy machine.
        let of_libtorch = Threads::set(Threads::choose(self.config.threads)?);
        let mut by_hand =
            by_hand::choose(self.network, &self.data.train, self.config, &*self.observer)?;
        let trained_on = self.data.train.fingerprint();
        if self.history.epochs.is_empty() {
            // What an earlier training noted is wrong from the first step on.
            for name in NOTES {
                self.network.note(name, None);
            }
        }
        for epoch in self.history.epochs.len() + 1..=self.config.epochs {
            let threads = Threads::choose(self.config.threads)?;
            of_libtorch.change(threads);
            let before = self.history.batch_losses.len();
            let flow = self.epoch(epoch, by_hand.as_mut(), threads)?;
            self.describe(&trained_on);
            let batches = self.config.batches(self.data.train.len());
            // Also where the observer ended the training at its last batch.
            if self.history.batch_losses.len() - before == batches {
                self.store().context("train: the epoch is done, but not stored")?;
            }
            let report = self.history.epochs[self.history.epochs.len() - 1];
            if self.observer.on_epoch(&report, self.network)?.is_break() || flow.is_break() {
                break;
            }
        }
        Ok(self.history)
    }

    /// One pass over the training images, in an order of its own, and its report.
    fn epoch(
        &mut self,
        epoch: usize,
        by_hand: Option<&mut Trainer>,
        threads: usize,
    ) -> Result<ControlFlow<()>> {
        let started = Instant::now();
        let first_batch = self.history.batch_losses.len();
        let flow = match by_hand {
            Some(trainer) => self.batches_by_hand(epoch, trainer, threads)?,
            None => self.batches(epoch)?,
        };
        let seconds = started.elapsed().as_secs_f64();
        let losses = &self.history.batch_losses[first_batch..];
        let accuracy = match self.config.test_every_epoch {
            true => Some(evaluate(self.network, &self.data.test)?.accuracy()),
            false => None,
        };
        let loss = losses.iter().sum::<f64>() / losses.len() as f64;
        self.history.epochs.push(EpochReport { epoch, loss, accuracy, seconds });
        Ok(flow)
    }

    fn batches(&mut self, epoch: usize) -> Result<ControlFlow<()>> {
        let seed = self.config.shuffle_seed(epoch);
        let mut dropout = Dropout::new(self.config.dropout, seed);
        let batches = self.data.train.batches(self.config.batch_size).shuffle(seed);
        for (index, (images, labels)) in batches.enumerate() {
            let mut report = report(self.config, self.data.train.len(), epoch, index);
            report.loss = self.step(&images, &labels, dropout.as_mut(), &report)?;
            self.history.batch_losses.push(report.loss);
            if self.observer.on_batch(&report, self.network)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn batches_by_hand(
        &mut self,
        epoch: usize,
        trainer: &mut Trainer,
        threads: usize,
    ) -> Result<ControlFlow<()>> {
        let Self { network, data, config, observer, stepper, history } = self;
        let images = data.train.len();
        let reports = |index| report(config, images, epoch, index);
        let rates: Vec<f64> =
            (0..config.batches(images)).map(|index| reports(index).learning_rate).collect();
        let order = Random::new(config.shuffle_seed(epoch)).permutation(images);
        let order: Vec<usize> = order.into_iter().map(|index| index as usize).collect();
        let mut listen = |index, loss| {
            let report = BatchReport { loss, ..reports(index) };
            check_loss(&report, config)?;
            history.batch_losses.push(loss);
            observer.on_batch(&report, network)
        };
        let velocities = stepper.named_tensors();
        by_hand::epoch(trainer, network, &velocities, &order, &rates, threads, &mut listen)
    }

    /// One update of the weights; returns the loss before it.
    fn step(
        &mut self,
        images: &Tensor,
        labels: &Tensor,
        dropout: Option<&mut Dropout>,
        report: &BatchReport,
    ) -> Result<f64> {
        let mut hidden = self.network.hidden(images)?; // [batch, hidden]
        if let Some(dropout) = dropout {
            hidden = dropout.apply(&hidden)?;
        }
        let log_probabilities = self.network.output(&hidden)?; // [batch, 10]
        let loss =
            log_probabilities.f_nll_loss(labels, None::<Tensor>, Reduction::Mean, NO_LABEL)?;
        let value = loss.f_double_value(&[])?;
        check_loss(&BatchReport { loss: value, ..*report }, self.config)?;
        self.stepper.zero_grad();
        loss.f_backward()?;
        self.stepper.step(report.learning_rate)?;
        Ok(value)
    }

    /// Notes in the network what it was trained with, for the file it is saved to.
    fn describe(&mut self, trained_on: &str) {
        let Some(last) = self.history.epochs.last() else { return };
        let values = [
            Some(last.epoch.to_string()),
            Some(self.history.batch_losses.len().to_string()),
            Some(last.loss.to_string()),
            last.accuracy.map(|accuracy| accuracy.to_string()),
            Some(self.data.source.kind().to_owned()),
            Some(trained_on.to_owned()),
            self.config.to_json().ok(),
        ];
        for (name, value) in NOTES.into_iter().zip(values) {
            self.network.note(name, value);
        }
    }

    fn store(&self) -> Result<()> {
        let Some(path) = &self.config.checkpoint else { return Ok(()) };
        Checkpoint::write(path, self.network, &self.stepper, &self.history)
    }
}

/// What is known of a batch, `index` from 0 within its epoch, before it is computed.
fn report(config: &TrainConfig, images: usize, epoch: usize, index: usize) -> BatchReport {
    let batches = config.batches(images);
    let done = (epoch - 1) * batches + index;
    let factor = config.schedule.factor(done, config.epochs * batches, batches);
    BatchReport {
        step: done + 1,
        epoch,
        epochs: config.epochs,
        batch: index + 1,
        batches,
        images: config.batch_size.min(images - index * config.batch_size),
        loss: 0.0,
        learning_rate: config.learning_rate * factor,
    }
}

/// Ends a training whose loss is no number any more.
fn check_loss(report: &BatchReport, config: &TrainConfig) -> Result<()> {
    match report.loss.is_finite() {
        true => Ok(()),
        false => Err(Diverged { report: *report, rate: config.learning_rate }.into()),
    }
}

/// Checks, before anything is changed, that every step of the training can be done.
pub(super) fn check_fit(network: &Network, data: &Mnist, config: &TrainConfig) -> Result<()> {
    ensure!(!data.train.is_empty(), "train: there are no training images");
    ensure!(
        !(config.test_every_epoch && data.test.is_empty()),
        "train: test_every_epoch is set, but there are no test images"
    );
    let (sizes, images) = (network.sizes(), data.train.images.size());
    ensure!(
        images.get(1) == Some(&sizes.inputs),
        "train: images of shape {images:?}, expected [images, {}]: the network takes {} numbers \
         an image",
        sizes.inputs,
        sizes.inputs
    );
    data.train.check().context("train")?;
    ensure!(
        sizes.outputs == DIGITS,
        "train: the network has {} outputs, expected {DIGITS}, one for each digit",
        sizes.outputs
    );
    // Beside the weights their velocities, and two copies of both to work on by hand; or their
    // gradients and what the optimiser keeps.
    memory::check_floats(&format!("train: a network of {sizes}"), 6 * sizes.parameters())?;
    let (lowest, highest) = data.train.labels.f_aminmax(None, false)?;
    let (lowest, highest) = (lowest.f_int64_value(&[])?, highest.f_int64_value(&[])?);
    ensure!(
        lowest >= 0 && highest < DIGITS,
        "train: labels from {lowest} to {highest}, expected digits from 0 to 9"
    );
    Ok(())
}
