//! A training from its first step, or from a checkpoint, to its end: the loop over epochs and
//! batches.

use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use tch::{Reduction, Tensor};

use super::by_hand::{self, ByHand};
use super::checkpoint::Checkpoint;
use super::config::TrainConfig;
use super::dropout::drop_out;
use super::optimizer::Stepper;
use super::report::{BatchReport, EpochReport, History, Observer, Stopped};
use super::schedule::Schedule;
use super::stop::Stop;
use super::threads::Threads;
use crate::data::Mnist;
use crate::data::random::Random;
use crate::evaluate::evaluate;
use crate::model::{DIGITS, Network};
use crate::whole_file;

/// A label that libtorch's loss would leave out; its default, which no digit has.
const NO_LABEL: i64 = -100;

/// The notes that a training makes in its network.
const NOTES: [&str; 7] =
    ["epoch", "step", "loss", "accuracy", "data", "training images", "settings"];

/// Trains `network` on `data.train` by mini-batch gradient descent.
///
/// The same settings, seeds and number of threads give the same weights, bit for bit; with
/// gradients by hand ([`GradientMethod::ByHand`](super::GradientMethod::ByHand)) the number of threads does not matter.
///
/// A file that the variable `MNIST_TUTORIAL_STOP` names ends the training after the batch in which
/// it appears, as `Break` from the observer does: what was learned stays, [`History::stopped`]
/// tells where it was, and the file is removed. One that is there from before is removed, too.
///
/// # Errors
/// If a setting is out of range ([`TrainConfig::check`]), if gradients by hand are asked for
/// where they are impossible, if the network does not fit the images, the tensors of
/// `data.train` are not as long as it, a label is no digit or the checkpoint's folder cannot be
/// written to, all before a weight is changed; if a file that asks to stop cannot be removed; if
/// the loss becomes NaN or infinite; if a checkpoint cannot be written; or what the observer returns.
///
/// # Examples
/// ```no_run
/// use mnist_tutorial::prelude::*;
/// # fn main() -> Result<()> {
/// let data = Mnist::load()?;
/// let mut network = Network::new(0)?;
/// let history = train(&mut network, &data, &TrainConfig::default(), &mut Lines)?;
/// println!("{:.1} s", history.seconds());
/// # Ok(())
/// # }
/// ```
pub fn train(
    network: &mut Network,
    data: &Mnist,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<History> {
    config.check()?;
    check_fit(network, data, config)?;
    let stepper = config.stepper(network);
    run(network, data, config, observer, stepper, History::default())
}

impl Checkpoint {
    /// Continues the training, up to `config.epochs` in all; nothing is left to do if that many
    /// are done.
    ///
    /// With the same data and number of threads, and gradients computed in the same way
    /// ([`GradientMethod::Auto`](super::GradientMethod::Auto) looks at the observer too), it comes to the same
    /// numbers, bit for bit, as a training that was never stopped. It writes the same file after
    /// each epoch.
    ///
    /// # Errors
    /// As [`train`](super::train); or if `data.train` is not what the training began with.
    pub fn resume(
        mut self,
        data: &Mnist,
        observer: &mut dyn Observer,
    ) -> Result<(Network, History)> {
        self.config.check()?;
        check_fit(&self.network, data, &self.config)?;
        let (found, before) =
            (data.train.fingerprint(), self.network.notes().get("training images"));
        if let Some(before) = before.filter(|before| **before != found) {
            bail!(
                "Checkpoint::resume: this training began with {before}, and these are {found}; \
                 give it the same images, or `train` its network on these"
            );
        }
        let schedule = self.config.schedule;
        ensure!(
            self.config.epochs == self.planned
                || matches!(schedule, Schedule::Constant | Schedule::Step { .. }),
            "Checkpoint::resume: {} epochs in place of {}, but the learning rates of the schedule \
             {schedule} were laid out for those; leave epochs as it was",
            self.config.epochs,
            self.planned
        );
        let batches = self.config.batches(data.train.len());
        let (done, losses) = (self.history.epochs.len(), self.history.batch_losses.len());
        ensure!(
            losses == done * batches,
            "Checkpoint::resume: {losses} batches in {done} epochs, expected {} in batches of {}; \
             batch_size must stay as it was",
            done * batches,
            self.config.batch_size
        );
        let stepper = self.stepper()?;
        let (network, config) = (&mut self.network, &self.config);
        let history = run(network, data, config, observer, stepper, self.history)?;
        Ok((self.network, history))
    }
}

/// Trains from where `history` ends, and tells the observer how it ended.
fn run(
    network: &mut Network,
    data: &Mnist,
    config: &TrainConfig,
    observer: &mut dyn Observer,
    stepper: Stepper,
    history: History,
) -> Result<History> {
    let (done, checkpoint) = (history.epochs.len(), config.checkpoint.as_deref());
    if let Some(path) = checkpoint {
        whole_file::check(path)?;
    }
    let stop = Stop::begin(done, checkpoint.filter(|_| done > 0))?;
    let mut run = Run { network, data, config, observer, stop, stepper, history };
    let trained = run.epochs();
    let Run { observer, stop, history, .. } = run;
    let ended = trained.map(|()| history);
    observer.on_end(ended.as_ref());
    drop(stop); // only now has the training ended, for whoever reads status lines
    ended
}

/// One training on its way.
struct Run<'a> {
    network: &'a mut Network,
    data: &'a Mnist,
    config: &'a TrainConfig,
    observer: &'a mut dyn Observer,
    stop: Stop,
    stepper: Stepper,
    history: History,
}

impl Run<'_> {
    /// Trains until the last epoch, or until it is stopped.
    fn epochs(&mut self) -> Result<()> {
        let Self { data, config, .. } = *self;
        // Saving and testing too would wait for each other's threads on a busy machine.
        let of_libtorch = Threads::set(Threads::choose(config.threads)?);
        let mut by_hand = by_hand::choose(self.network, &data.train, config, &*self.observer)?;
        let trained_on = data.train.fingerprint();
        if self.history.epochs.is_empty() {
            // What an earlier training noted is wrong from the first step on.
            NOTES.into_iter().for_each(|name| self.network.note(name, None));
        }
        let batches = config.batches(data.train.len());
        for epoch in self.history.epochs.len() + 1..=config.epochs {
            let threads = Threads::choose(config.threads)?;
            of_libtorch.change(threads);
            let (started, first) = (Instant::now(), self.history.batch_losses.len());
            let flow = match by_hand.as_mut() {
                Some(by_hand) => self.batches_by_hand(epoch, by_hand, threads)?,
                None => self.batches(epoch)?,
            };
            let report = self.report(epoch, first, started.elapsed().as_secs_f64())?;
            self.history.epochs.push(report);
            self.describe(&report, &trained_on);
            // Also where the observer ended the training at its last batch.
            if self.history.batch_losses.len() - first == batches {
                let path = config.checkpoint.as_deref();
                if let Some(path) = path {
                    Checkpoint::write(path, self.network, &self.stepper, &self.history)
                        .context("train: the epoch is done, but not stored")?;
                }
                self.stop.announce(epoch, path);
            }
            let told = self.observer.on_epoch(&report, self.network)?;
            if self.stop.is_asked() || told.is_break() || flow.is_break() {
                break;
            }
        }
        let steps = self.history.batch_losses.len();
        self.history.stopped = Stopped::after(steps, batches, config.epochs);
        Ok(())
    }

    /// What an epoch came to, whose losses begin at `first` and which took `seconds`.
    fn report(&self, epoch: usize, first: usize, seconds: f64) -> Result<EpochReport> {
        let losses = &self.history.batch_losses[first..];
        let loss = losses.iter().sum::<f64>() / losses.len() as f64;
        let accuracy = match self.config.test_every_epoch {
            true => Some(evaluate(self.network, &self.data.test)?.accuracy()),
            false => None,
        };
        Ok(EpochReport { epoch, loss, accuracy, seconds })
    }

    /// One pass over the training images, in an order of its own.
    fn batches(&mut self, epoch: usize) -> Result<ControlFlow<()>> {
        let seed = self.config.shuffle_seed(epoch);
        let mut dropout = Random::new(!seed);
        let batches = self.data.train.batches(self.config.batch_size).shuffle(seed);
        for (index, (images, labels)) in batches.enumerate() {
            let mut report = planned(self.config, self.data.train.len(), epoch, index);
            report.loss = self.step(&images, &labels, &mut dropout, &report)?;
            self.history.batch_losses.push(report.loss);
            let told = self.observer.on_batch(&report, self.network)?;
            if self.stop.is_asked() || told.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The same with gradients by hand.
    fn batches_by_hand(
        &mut self,
        epoch: usize,
        trainer: &mut ByHand,
        threads: usize,
    ) -> Result<ControlFlow<()>> {
        let Self { network, data, config, observer, stop, stepper, history } = self;
        let images = data.train.len();
        let reports = |index| planned(config, images, epoch, index);
        let rates: Vec<f64> =
            (0..config.batches(images)).map(|index| reports(index).learning_rate).collect();
        let order = Random::new(config.shuffle_seed(epoch)).permutation(images);
        let order: Vec<usize> = order.into_iter().map(|index| index as usize).collect();
        let mut listen = |index, loss| {
            let report = BatchReport { loss, ..reports(index) };
            check_loss(loss, &report, config)?;
            history.batch_losses.push(loss);
            let told = observer.on_batch(&report, network)?;
            Ok(if stop.is_asked() { ControlFlow::Break(()) } else { told })
        };
        let velocities = stepper.named_tensors();
        by_hand::epoch(trainer, network, &velocities, &order, &rates, threads, &mut listen)
    }

    /// One update of the weights; returns the loss before it.
    fn step(
        &mut self,
        images: &Tensor,
        labels: &Tensor,
        dropout: &mut Random,
        report: &BatchReport,
    ) -> Result<f64> {
        let mut hidden = self.network.hidden(images)?; // [batch, hidden]
        if self.config.dropout > 0.0 {
            hidden = drop_out(&hidden, self.config.dropout, dropout)?;
        }
        let log_probabilities = self.network.output(&hidden)?; // [batch, 10]
        let loss =
            log_probabilities.f_nll_loss(labels, None::<Tensor>, Reduction::Mean, NO_LABEL)?;
        let value = loss.f_double_value(&[])?;
        check_loss(value, report, self.config)?;
        self.stepper.zero_grad();
        loss.f_backward()?;
        self.stepper.step(report.learning_rate)?;
        Ok(value)
    }

    /// Notes in the network what it was trained with, for the file it is saved to.
    fn describe(&mut self, last: &EpochReport, trained_on: &str) {
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
}

/// The loss became NaN or infinite, mostly because the steps were too large.
#[derive(Debug)]
pub(crate) struct Diverged(String);

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Diverged {}

/// What is known of a batch, `index` from 0 within its epoch, before it is computed.
fn planned(config: &TrainConfig, images: usize, epoch: usize, index: usize) -> BatchReport {
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

/// Ends a training whose loss became NaN or infinite.
fn check_loss(loss: f64, report: &BatchReport, config: &TrainConfig) -> Result<()> {
    let BatchReport { epoch, batch, step, .. } = report;
    let reason = match step {
        _ if loss.is_finite() => return Ok(()),
        1 => format!(
            "the loss is {loss} before the first step: the images or the network's weights \
             contain NaN or infinity"
        ),
        _ => format!(
            "the loss became {loss} in epoch {epoch}, batch {batch}: the steps are too large. \
             Make a new network and lower learning_rate (it is {})",
            config.learning_rate
        ),
    };
    Err(Diverged(reason).into())
}

/// Checks, before anything is changed, that every step of the training can be done.
fn check_fit(network: &Network, data: &Mnist, config: &TrainConfig) -> Result<()> {
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
    sizes.check_memory("train: a network", 6)?;
    let (lowest, highest) = data.train.labels.f_aminmax(None, false)?;
    let (lowest, highest) = (lowest.f_int64_value(&[])?, highest.f_int64_value(&[])?);
    ensure!(
        lowest >= 0 && highest < DIGITS,
        "train: labels from {lowest} to {highest}, expected digits from 0 to 9"
    );
    Ok(())
}
