//! Weights out and in, checked and atomic; and the network as a program for PyTorch.
//!
//! Files are in safetensors format, under the names `torch.nn.Sequential` uses, so that
//! PyTorch's `load_state_dict` takes them as they are, and the other way round.

mod file;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use tch::{CModule, Device, Kind, Tensor};

use crate::model::Network;
use crate::whole_file;

pub(crate) use file::{File, READER, read, write};

impl Network {
    /// Writes weights and biases to `path`, with the network's notes and this crate's version
    /// as metadata, through a temporary file beside it: a reader finds the old file or the new
    /// one, never a part, and also after a power cut.
    ///
    /// # Errors
    /// If a weight is NaN or infinite, or if the folder cannot be made or the file cannot be
    /// written, naming it.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &self.named_tensors(), self.notes())
    }

    /// Reads a network that [`Network::save`], or Python's safetensors, wrote; its
    /// sizes are those of the weights in the file.
    ///
    /// # Errors
    /// If there is no such file, if it is not in safetensors format, or if its tensors
    /// are not those of a network of this family, naming file and tensor.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = read(path)?;
        let mut network = Self::from_tensors(&file.tensors).with_context(|| {
            // Files of an earlier version have no such note, but begin names so.
            let is_training = file.tensors.iter().any(|(name, _)| name.starts_with("history."));
            let reader = file.notes.get(READER).map(String::as_str);
            let remedy = reader.or(is_training.then_some("Checkpoint::load")).map_or_else(
                || "not a network".to_owned(),
                |reader| format!("more than a network; use `{reader}({path:?})?.network`"),
            );
            format!("{}: {remedy}", path.display())
        })?;
        for (name, value) in file.notes {
            network.note(&name, Some(value));
        }
        Ok(network)
    }

    /// Writes weights and computation as TorchScript: `torch.jit.load(path)` in Python gives
    /// the same function, `[batch, inputs]` -> `[batch, outputs]` log-probabilities.
    ///
    /// # Errors
    /// If the file cannot be written, naming it.
    pub fn export_torchscript(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let module = self.traced().context("recording the network as TorchScript")?;
        whole_file::write(path, |file| {
            // libtorch names the archive's folder after the file, so that needs a plain name.
            let folder = tempfile::tempdir()?;
            let plain = folder.path().join("network.pt");
            module.save(&plain)?;
            Ok(file.write_all(&fs::read(&plain)?)?)
        })
        .with_context(|| format!("{}: cannot write the TorchScript", path.display()))
    }

    /// Records what `forward` does with one image. Weights become constants, which must be
    /// detached from autograd.
    fn traced(&self) -> Result<CModule> {
        let constant = self.without_gradients();
        let image = Tensor::f_zeros([1, self.sizes().inputs], (Kind::Float, Device::Cpu))?;
        let mut outcome = Ok(());
        let module = CModule::create_by_tracing("Network", "forward", &[image], &mut |inputs| {
            let log_probabilities = constant.forward(&inputs[0]);
            log_probabilities.map(|row| vec![row]).unwrap_or_else(|error| {
                outcome = Err(error);
                Vec::new()
            })
        });
        outcome?;
        Ok(module?)
    }
}
