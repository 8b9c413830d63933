//! Training: settings, the loop, what it reports and what it returns.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tch::nn::{self, OptimizerConfig};
use tch::{Reduction, Tensor};

use crate::data::Mnist;
use crate::evaluate::evaluate;
use crate::model::{DIGITS, Network};

/// A label that libtorch's loss would leave out; its default, which no digit has.
const NO_LABEL: i64 = -100;

/// More threads than this help nobody; some ten thousand make libtorch end the process.
const MOST_THREADS: usize = 1024;

/// The settings of a training; the defaults are the course's.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainConfig {
    /// How often every training image is used.
    pub epochs: usize,
    /// Images between two updates of the weights.
    pub batch_size: usize,
    /// Step size of gradient descent.
    pub learning_rate: f64,
    /// Share of the last step that is added to the next one, 0 up to 1.
    pub momentum: f64,
    /// Where the order of the images comes from. The network has its own seed.
    pub seed: u64,
    /// Threads libtorch computes with; `None` leaves its own choice, the cores there are.
    pub threads: Option<usize>,
    /// Whether to measure the accuracy on the test images after each epoch.
    pub test_every_epoch: bool,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 18,
            batch_size: 30,
            learning_rate: 0.003,
            momentum: 0.9,
            seed: 0,
            threads: None,
            test_every_epoch: false,
        }
    }
}

impl TrainConfig {
    /// Checks that training can work with these settings.
    ///
    /// # Errors
    /// Names the first setting that is wrong, its value and what was expected.
    pub fn check(&self) -> Result<()> {
        ensure!(self.epochs >= 1, "TrainConfig: epochs is 0, expected 1 or more");
        ensure!(self.batch_size >= 1, "TrainConfig: batch_size is 0, expected 1 or more");
        ensure!(
            self.learning_rate > 0.0 && self.learning_rate <= f64::from(f32::MAX),
            "TrainConfig: learning_rate is {}, expected a number above 0, such as 0.003",
            self.learning_rate
        );
        ensure!(
            (0.0..1.0).contains(&self.momentum),
            "TrainConfig: momentum is {}, expected a number from 0 up to, not including, 1",
            self.momentum
        );
        ensure!(
            self.threads.is_none_or(|threads| (1..=MOST_THREADS).contains(&threads)),
            "TrainConfig: threads is {}, expected a number from 1 to {MOST_THREADS}",
            self.threads.unwrap_or_default()
        );
        Ok(())
    }

    /// The seed that shuffles `epoch` (from 1): another one for each epoch and each
    /// training seed.
    pub fn shuffle_seed(&self, epoch: usize) -> u64 {
        self.seed.wrapping_mul(1_000_003).wrapping_add(epoch as u64)
    }
}

/// What an observer is told after each batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchReport {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// How many epochs there will be.
    pub epochs: usize,
    /// Number of the batch within its epoch, from 1.
    pub batch: usize,
    /// How many batches an epoch has.
    pub batches: usize,
    /// Images in this batch.
    pub images: usize,
    /// Loss of this batch before the update, in nats.
    pub loss: f64,
}

/// What one epoch of training came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochReport {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Mean of the batches' losses, in nats.
    pub loss: f64,
    /// Share of the test images classified correctly, 0..1, if it was asked for.
    pub accuracy: Option<f64>,
    /// Time spent training, without testing, in seconds.
    pub seconds: f64,
}

/// Follows a training. `Break` ends it after the current batch or epoch; what was
/// learned up to there stays in the network.
pub trait Observer {
    /// Called after each batch.
    fn on_batch(&mut self, _report: &BatchReport) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Called after each epoch.
    fn on_epoch(&mut self, _report: &EpochReport) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Observes nothing.
impl Observer for () {}

/// Prints one line an epoch: `Epoch 1 - Training loss: 0.5101`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lines;

impl Observer for Lines {
    fn on_epoch(&mut self, report: &EpochReport) -> ControlFlow<()> {
        println!("{report}");
        ControlFlow::Continue(())
    }
}

impl fmt::Display for EpochReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch {} - Training loss: {:.4}", self.epoch, self.loss)?;
        match self.accuracy {
            Some(accuracy) => write!(f, ", test accuracy: {:.2} %", 100.0 * accuracy),
            None => Ok(()),
        }
    }
}

/// The course of a training, one entry an epoch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// One report for each epoch; the last one is cut short if an observer ended it.
    pub epochs: Vec<EpochReport>,
    /// Loss of every batch in the order of training, in nats.
    pub batch_losses: Vec<f64>,
}

impl History {
    /// Mean loss of each epoch, in nats.
    pub fn losses(&self) -> Vec<f64> {
        self.epochs.iter().map(|epoch| epoch.loss).collect()
    }

    /// Time spent training in all epochs, without testing, in seconds.
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().map(|epoch| epoch.seconds).sum()
    }
}

/// Trains `network` on `data.train` by mini-batch gradient descent with momentum.
///
/// The same settings, seeds and number of threads give the same weights, bit for bit.
///
/// # Errors
/// If a setting is out of range ([`TrainConfig::check`]), if the network does not fit
/// the images or a label is no digit, all before a weight is changed; or if the loss
/// stops being a number.
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
    let _threads = config.threads.map(Threads::set);
    let mut optimizer = nn::Sgd { momentum: config.momentum, ..nn::Sgd::default() }
        .build(network.variables(), config.learning_rate)
        .context("making the optimiser")?;
    let mut history = History::default();
    for epoch in 1..=config.epochs {
        let started = Instant::now();
        let first_batch = history.batch_losses.len();
        let flow =
            train_epoch(network, data, config, epoch, &mut optimizer, observer, &mut history)?;
        let losses = &history.batch_losses[first_batch..];
        let seconds = started.elapsed().as_secs_f64();
        let report = EpochReport {
            epoch,
            loss: losses.iter().sum::<f64>() / losses.len() as f64,
            accuracy: match config.test_every_epoch {
                true => Some(evaluate(network, &data.test)?.accuracy()),
                false => None,
            },
            seconds,
        };
        history.epochs.push(report);
        if observer.on_epoch(&report).is_break() || flow.is_break() {
            break;
        }
    }
    Ok(history)
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
    ensure!(
        sizes.outputs == DIGITS,
        "train: the network has {} outputs, expected {DIGITS}, one for each digit",
        sizes.outputs
    );
    let (lowest, highest) = data.train.labels.f_aminmax(None, false)?;
    let (lowest, highest) = (lowest.f_int64_value(&[])?, highest.f_int64_value(&[])?);
    ensure!(
        lowest >= 0 && highest < DIGITS,
        "train: labels from {lowest} to {highest}, expected digits from 0 to 9"
    );
    Ok(())
}

/// One pass over the training images, in an order of its own.
fn train_epoch(
    network: &Network,
    data: &Mnist,
    config: &TrainConfig,
    epoch: usize,
    optimizer: &mut nn::Optimizer,
    observer: &mut dyn Observer,
    history: &mut History,
) -> Result<ControlFlow<()>> {
    let batches = data.train.batches(config.batch_size).shuffle(config.shuffle_seed(epoch));
    let count = batches.len();
    for (index, (images, labels)) in batches.enumerate() {
        let log_probabilities = network.forward(&images)?; // [batch, 10]
        let loss =
            log_probabilities.f_nll_loss(&labels, None::<Tensor>, Reduction::Mean, NO_LABEL)?;
        let value = read_loss(&loss, epoch, index + 1, config)?;
        optimizer.backward_step(&loss);
        let report = BatchReport {
            epoch,
            epochs: config.epochs,
            batch: index + 1,
            batches: count,
            images: images.size()[0] as usize,
            loss: value,
        };
        history.batch_losses.push(report.loss);
        if observer.on_batch(&report).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The loss as a number, or an error that says why it is none.
fn read_loss(loss: &Tensor, epoch: usize, batch: usize, config: &TrainConfig) -> Result<f64> {
    let value = loss.f_double_value(&[])?;
    ensure!(
        value.is_finite(),
        "the loss became {value} in epoch {epoch}, batch {batch}: the steps are too large. \
         Make a new network and lower learning_rate (it is {})",
        config.learning_rate
    );
    Ok(value)
}

/// Sets libtorch's number of threads and puts the old one back when dropped.
struct Threads {
    before: i32,
}

impl Threads {
    fn set(threads: usize) -> Self {
        let before = tch::get_num_threads();
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        Self { before }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        tch::set_num_threads(self.before);
    }
}
