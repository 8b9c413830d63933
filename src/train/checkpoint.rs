//! A training that can go on: the network, what the optimiser remembers, and the history.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use tch::{Kind, Tensor};

use super::run::{Run, check_fit};
use super::{EpochReport, History, Observer, Schedule, Stepper, TrainConfig, stop};
use crate::data::Mnist;
use crate::model::Network;
use crate::weights::{self, File};
use crate::whole_file;

/// Before the names of what the optimiser remembers.
const OPTIMIZER: &str = "optimizer.";
/// The loss of every batch, `[batches]`, f64.
const BATCH_LOSSES: &str = "history.batch_losses";
/// The note with the reports of the epochs, as JSON; its presence makes a file a checkpoint.
const EPOCHS: &str = "epochs";

/// A training as it stood after an epoch, which [`Checkpoint::resume`] continues.
///
/// [`train`](super::train) writes one after each epoch to the file that
/// [`TrainConfig::checkpoint`] names. Its form is safetensors: the weights under PyTorch's
/// names, what the optimiser remembers as `optimizer.momentum_buffer.0.weight` and the like,
/// the loss of every batch as `history.batch_losses`, the rest as metadata.
#[derive(Debug)]
pub struct Checkpoint {
    /// The network after the last epoch of `history`.
    pub network: Network,
    /// The settings of the training. `epochs` may be changed before going on, if the schedule
    /// is constant or in steps: the others depend on how many there are. Its `checkpoint` is
    /// the file that was read.
    pub config: TrainConfig,
    /// What was done so far.
    pub history: History,
    memory: Vec<(String, Tensor)>,
    /// How many epochs there were to be when the file was written.
    planned: usize,
}

impl Checkpoint {
    /// Writes what can go on; a reader finds the file as it was or the new one, never a part.
    pub(super) fn write(
        path: &Path,
        network: &Network,
        stepper: &Stepper,
        history: &History,
    ) -> Result<()> {
        let mut tensors = network.named_tensors();
        let memory = stepper.named_tensors().into_iter();
        tensors.extend(memory.map(|(name, tensor)| (format!("{OPTIMIZER}{name}"), tensor)));
        let losses = Tensor::f_from_slice(&history.batch_losses)?;
        tensors.push((BATCH_LOSSES.to_owned(), losses));
        let mut notes = network.notes().clone();
        notes.insert(EPOCHS.to_owned(), serde_json::to_string(&history.epochs)?);
        weights::write(path, &tensors, &notes)
    }

    /// Reads what [`train`](super::train) wrote.
    ///
    /// # Errors
    /// If there is no such file, if it is not whole, holds weights alone, or anything in it does
    /// not fit together, naming file and finding.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = weights::read(path)?;
        let mut checkpoint = Self::from_file(file)
            .with_context(|| format!("{}: not a training to go on with", path.display()))?;
        checkpoint.config.checkpoint = Some(path.to_owned());
        Ok(checkpoint)
    }

    fn from_file(mut file: File) -> Result<Self> {
        let note = |name: &str| {
            file.notes.get(name).with_context(|| {
                format!("its metadata has no `{name}`; for weights alone use `Network::load`")
            })
        };
        let epochs: Vec<EpochReport> =
            serde_json::from_str(note(EPOCHS)?).context("its metadata `epochs`")?;
        let config: TrainConfig =
            serde_json::from_str(note("settings")?).context("its metadata `settings`")?;
        config.check()?;
        file.notes.remove(EPOCHS);
        let mut memory = Vec::new();
        let mut batch_losses = None;
        let mut own = Vec::new();
        for (name, tensor) in file.tensors {
            match name.strip_prefix(OPTIMIZER) {
                Some(name) => memory.push((name.to_owned(), tensor)),
                None if name == BATCH_LOSSES => batch_losses = Some(tensor),
                None => own.push((name, tensor)),
            }
        }
        let batch_losses =
            batch_losses.with_context(|| format!("tensor `{BATCH_LOSSES}` is missing"))?;
        ensure!(
            batch_losses.kind() == Kind::Double && batch_losses.dim() == 1,
            "tensor `{BATCH_LOSSES}` is {:?} {:?}, expected Double of one dimension",
            batch_losses.kind(),
            batch_losses.size()
        );
        let batch_losses = Vec::try_from(batch_losses)?;
        let history = History { epochs, batch_losses, stopped: None };
        check_history(&history)?;
        let mut network = Network::from_tensors(&own)?;
        for (name, value) in file.notes {
            network.note(&name, Some(value));
        }
        let planned = config.epochs;
        let checkpoint = Self { network, config, history, memory, planned };
        checkpoint.stepper()?; // complains about what the optimiser cannot take up
        Ok(checkpoint)
    }

    /// Trains on, up to `config.epochs` in all; nothing is left to do if that many are done.
    ///
    /// With the same data and number of threads, and gradients computed in the same way
    /// ([`GradientMethod::Auto`](super::GradientMethod::Auto) looks at the observer too), it
    /// comes to the same numbers, bit for bit, as a training that was never stopped. It stores
    /// itself in the same file after each epoch.
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
        if let Some(path) = &self.config.checkpoint {
            whole_file::check(path)?;
        }
        let stepper = self.stepper()?;
        let (network, config, history) = (&mut self.network, &self.config, self.history);
        let history = stop::stoppable(observer, config, done, |observer| {
            Run { network, data, config, observer, stepper, history }.complete()
        })?;
        Ok((self.network, history))
    }

    fn stepper(&self) -> Result<Stepper> {
        let mut stepper = Stepper::new(&self.network, &self.config);
        stepper.restore(self.history.batch_losses.len(), &self.memory)?;
        Ok(stepper)
    }
}

/// The epochs must be numbered from 1, without a gap.
fn check_history(history: &History) -> Result<()> {
    for (index, report) in history.epochs.iter().enumerate() {
        ensure!(
            report.epoch == index + 1,
            "its metadata `epochs` names epoch {} in place of {}",
            report.epoch,
            index + 1
        );
    }
    Ok(())
}
