//! A network's own file.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use tch::Tensor;

use super::file::{read, write};
use crate::model::{Network, Sizes};

impl Network {
    /// Writes weights and biases to `path`, with the network's notes and this crate's version
    /// as metadata, through a temporary file beside it: a reader finds the old file or the new
    /// one, never a part, and also after a power cut.
    ///
    /// # Errors
    /// If a weight is no number, or if the folder cannot be made or the file cannot be
    /// written, naming it.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &self.named_tensors(), self.notes())
    }

    /// Reads a network that [`Network::save`], or Python's safetensors, wrote; its
    /// sizes are those of the weights in the file.
    ///
    /// # Errors
    /// If there is no such file, if it is not in the safetensors form, or if its tensors
    /// are not those of a network of this family, naming file and tensor.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = read(path)?;
        let mut network = Self::from_tensors(&file.tensors).with_context(|| {
            if file.tensors.iter().any(|(name, _)| name.starts_with("history.")) {
                let load = format!("Checkpoint::load({path:?})?.network");
                return format!("{}: a stored training; use `{load}`", path.display());
            }
            format!("{}: not a network of two linear layers named 0 and 2", path.display())
        })?;
        for (name, value) in file.notes {
            network.note(&name, Some(value));
        }
        Ok(network)
    }

    /// A network of the sizes that these weights have.
    pub(crate) fn from_tensors(tensors: &[(String, Tensor)]) -> Result<Self> {
        let (hidden, inputs) = matrix(tensors, "0.weight")?;
        let (outputs, hidden_again) = matrix(tensors, "2.weight")?;
        ensure!(
            hidden_again == hidden,
            "tensor `2.weight` has {hidden_again} columns, expected {hidden}, as many as \
             `0.weight` has rows"
        );
        let mut network = Self::with_sizes(Sizes { inputs, hidden, outputs }, 0)?;
        network.copy_from(tensors)?;
        Ok(network)
    }
}

/// Rows and columns of a tensor that must be a matrix.
fn matrix(tensors: &[(String, Tensor)], name: &str) -> Result<(i64, i64)> {
    let (_, tensor) = tensors
        .iter()
        .find(|(known, _)| known == name)
        .with_context(|| format!("tensor `{name}` is missing"))?;
    match tensor.size()[..] {
        [rows, columns] if rows > 0 && columns > 0 => Ok((rows, columns)),
        ref shape => bail!("tensor `{name}` has shape {shape:?}, expected a matrix"),
    }
}
