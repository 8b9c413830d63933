//! The file from which a training can continue: the network, the optimiser's state, the history.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use tch::Tensor;

use super::config::TrainConfig;
use super::optimizer::Stepper;
use super::report::{EpochReport, History};
use crate::model::Network;
use crate::weights::{self, File, READER};

/// Before the names of the optimiser's tensors.
const OPTIMIZER: &str = "optimizer.";
/// The loss of every batch, `[batches]`, f64.
const BATCH_LOSSES: &str = "history.batch_losses";
/// The note with the reports of the epochs, as JSON; its presence makes a file a checkpoint.
const EPOCHS: &str = "epochs";

/// A training as it stood after an epoch, which [`Checkpoint::resume`] continues.
///
/// [`train`](super::train) writes one after each epoch to the file that
/// [`TrainConfig::checkpoint`] names. Its format is safetensors: the weights under PyTorch's
/// names, the optimiser's state as `optimizer.momentum_buffer.0.weight` and the like, the loss
/// of every batch as `history.batch_losses`, the rest as metadata.
#[derive(Debug)]
pub struct Checkpoint {
    /// The network after the last epoch of `history`.
    pub network: Network,
    /// The settings of the training. `epochs` may be changed before continuing, if the schedule
    /// is constant or in steps: the others depend on how many there are. Its `checkpoint` is
    /// the file that was read.
    pub config: TrainConfig,
    /// What was done so far.
    pub history: History,
    /// The optimiser's state.
    state: Vec<(String, Tensor)>,
    /// How many epochs there were to be when the file was written.
    pub(super) planned: usize,
}

impl Checkpoint {
    /// Writes a training; a reader finds the file as it was or the new one, never a part.
    pub(super) fn write(
        path: &Path,
        network: &Network,
        stepper: &Stepper,
        history: &History,
    ) -> Result<()> {
        let mut tensors = network.named_tensors();
        let state = stepper.named_tensors().into_iter();
        tensors.extend(state.map(|(name, tensor)| (format!("{OPTIMIZER}{name}"), tensor)));
        let losses = Tensor::f_from_slice(&history.batch_losses)?;
        tensors.push((BATCH_LOSSES.to_owned(), losses));
        let mut notes = network.notes().clone();
        notes.insert(EPOCHS.to_owned(), serde_json::to_string(&history.epochs)?);
        notes.insert(READER.to_owned(), "Checkpoint::load".to_owned());
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
            .with_context(|| format!("{}: not a training that can be continued", path.display()))?;
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
        file.notes.remove(READER);
        let mut state = Vec::new();
        let mut batch_losses = None;
        let mut own = Vec::new();
        for (name, tensor) in file.tensors {
            match name.strip_prefix(OPTIMIZER) {
                Some(name) => state.push((name.to_owned(), tensor)),
                None if name == BATCH_LOSSES => batch_losses = Some(tensor),
                None => own.push((name, tensor)),
            }
        }
        let batch_losses =
            batch_losses.with_context(|| format!("tensor `{BATCH_LOSSES}` is missing"))?;
        let batch_losses = Vec::try_from(batch_losses)
            .with_context(|| format!("tensor `{BATCH_LOSSES}`, expected one dimension"))?;
        let history = History { epochs, batch_losses, stopped: None };
        for (expected, EpochReport { epoch, .. }) in (1..).zip(&history.epochs) {
            ensure!(
                *epoch == expected,
                "its metadata `epochs` names epoch {epoch} in place of {expected}"
            );
        }
        let mut network = Network::from_tensors(&own)?;
        for (name, value) in file.notes {
            network.note(&name, Some(value));
        }
        let planned = config.epochs;
        let checkpoint = Self { network, config, history, state, planned };
        checkpoint.stepper()?; // checks that the state fits
        Ok(checkpoint)
    }

    /// The optimiser as it was when the file was written.
    pub(super) fn stepper(&self) -> Result<Stepper> {
        let mut stepper = self.config.stepper(&self.network);
        stepper.restore(self.history.batch_losses.len(), &self.state)?;
        Ok(stepper)
    }
}
