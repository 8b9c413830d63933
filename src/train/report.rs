//! What a training reports while it runs, and what it returns.

use std::fmt;
use std::ops::ControlFlow;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::model::Network;
use mnist_files::thousands::thousands;

/// The report of one batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchReport {
    /// Number of the batch within the whole training, from 1.
    pub step: usize,
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
    /// Learning rate of the update.
    pub learning_rate: f64,
}

/// The result of one epoch of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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

/// What an [`Observer`] looks at after each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Only the report. In the midst of an epoch the network it is given may be that of the
    /// epoch's beginning, and gradients may be those of an earlier training or none, which
    /// leaves the training free to compute in the fastest way.
    Report,
    /// The network's weights or gradients too.
    Network,
}

/// Follows a training. `Break` ends it after the current batch or epoch; what was
/// learned up to there stays in the network.
///
/// Two observers as a pair `(first, second)` are one: both are told everything.
pub trait Observer {
    /// Called after each batch, with the network as it is then; its weights still hold the
    /// gradients of this batch. (Unless [`reads`](Self::reads) says that neither is looked at.)
    ///
    /// # Errors
    /// An error ends the training and is what it returns.
    fn on_batch(&mut self, _report: &BatchReport, _network: &Network) -> Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }

    /// What [`on_batch`](Self::on_batch) looks at; asked once, before the first batch.
    ///
    /// An observer that has no use for the network there should say [`Reads::Report`]: with
    /// [`Reads::Network`], what this returns unless it is written anew, the training takes the
    /// slower way over autograd.
    fn reads(&self) -> Reads {
        Reads::Network
    }

    /// Called after each epoch, with the network as it is then.
    ///
    /// # Errors
    /// An error ends the training and is what it returns.
    fn on_epoch(&mut self, _report: &EpochReport, _network: &Network) -> Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }

    /// Called once, when the training is over: with what it returns.
    fn on_end(&mut self, _ended: Result<&History, &anyhow::Error>) {}
}

/// Observes nothing.
impl Observer for () {
    fn reads(&self) -> Reads {
        Reads::Report
    }
}

impl<O: Observer + ?Sized> Observer for &mut O {
    fn on_batch(&mut self, report: &BatchReport, network: &Network) -> Result<ControlFlow<()>> {
        (**self).on_batch(report, network)
    }

    fn reads(&self) -> Reads {
        (**self).reads()
    }

    fn on_epoch(&mut self, report: &EpochReport, network: &Network) -> Result<ControlFlow<()>> {
        (**self).on_epoch(report, network)
    }

    fn on_end(&mut self, ended: Result<&History, &anyhow::Error>) {
        (**self).on_end(ended);
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn on_batch(&mut self, report: &BatchReport, network: &Network) -> Result<ControlFlow<()>> {
        let first = self.0.on_batch(report, network)?;
        let second = self.1.on_batch(report, network)?;
        Ok(if first.is_break() { first } else { second })
    }

    fn reads(&self) -> Reads {
        if self.0.reads() == Reads::Network { Reads::Network } else { self.1.reads() }
    }

    fn on_epoch(&mut self, report: &EpochReport, network: &Network) -> Result<ControlFlow<()>> {
        let first = self.0.on_epoch(report, network)?;
        let second = self.1.on_epoch(report, network)?;
        Ok(if first.is_break() { first } else { second })
    }

    fn on_end(&mut self, ended: Result<&History, &anyhow::Error>) {
        self.0.on_end(ended);
        self.1.on_end(ended);
    }
}

/// Prints one line an epoch: `Epoch 1 - Training loss: 0.5101`, and one more where the training
/// was stopped early, if it was.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lines;

impl Observer for Lines {
    fn reads(&self) -> Reads {
        Reads::Report
    }

    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        println!("{report}");
        Ok(ControlFlow::Continue(()))
    }

    fn on_end(&mut self, ended: Result<&History, &anyhow::Error>) {
        if let Ok(History { stopped: Some(stopped), .. }) = ended {
            println!("{stopped}");
        }
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
    /// One report for each epoch; the last one is cut short if the training was
    /// stopped in it.
    pub epochs: Vec<EpochReport>,
    /// Loss of every batch in the order of training, in nats.
    pub batch_losses: Vec<f64>,
    /// Where the training ended, if that was before its last batch.
    pub stopped: Option<Stopped>,
}

/// The last batch of a training that ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// How many epochs there were to be.
    pub epochs: usize,
    /// Number of the batch within its epoch, from 1.
    pub batch: usize,
    /// How many batches an epoch has.
    pub batches: usize,
}

impl Stopped {
    /// Where a training of so many batches an epoch ended after its first `steps`; `None` if
    /// these were all of its `epochs`.
    pub(super) fn after(steps: usize, batches: usize, epochs: usize) -> Option<Self> {
        let (epoch, batch) = (steps.div_ceil(batches), steps.saturating_sub(1) % batches + 1);
        (epoch < epochs || batch < batches).then_some(Self { epoch, epochs, batch, batches })
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, epochs, batch, batches } = *self;
        if batch == batches {
            return write!(f, "Stopped after epoch {epoch} of {epochs}");
        }
        let (batch, batches) = (thousands(batch), thousands(batches));
        write!(f, "Stopped in epoch {epoch} of {epochs}, batch {batch} of {batches}")
    }
}

impl std::error::Error for Stopped {}

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
