//! Weights out and in, checked and atomic.
//!
//! The file is in the safetensors form, under the names `torch.nn.Sequential` uses.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use tch::Tensor;

use crate::model::{Network, Sizes};
use crate::whole_file;

impl Network {
    /// Writes weights and biases to `path`, through a temporary file beside it: a
    /// reader finds the old file or the new one, never a part.
    ///
    /// # Errors
    /// If the folder cannot be made or the file cannot be written, naming it.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let folder = whole_file::folder_of(path);
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
        let tensors = self.named_tensors();
        whole_file::write(path, |file| Ok(Tensor::write_safetensors(&tensors, file.path())?))
            .with_context(|| {
                let folder = folder.display();
                format!(
                    "{}: cannot write the weights; check that {folder} is writable and has \
                     space left",
                    path.display()
                )
            })
    }

    /// Reads a network that [`Network::save`], or Python's safetensors, wrote; its
    /// sizes are those of the weights in the file.
    ///
    /// # Errors
    /// If there is no such file, if it is not in the safetensors form, or if its tensors
    /// are not those of a network of this family, naming file and tensor.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        ensure!(
            path.is_file(),
            "{}: there is no such file; train a network and store it with `network.save(…)`",
            path.display()
        );
        let tensors = Tensor::read_safetensors(path).with_context(|| {
            format!("{}: not a whole file in the safetensors form", path.display())
        })?;
        Self::from_tensors(&tensors).with_context(|| {
            format!("{}: not a network of two linear layers named 0 and 2", path.display())
        })
    }

    fn from_tensors(tensors: &[(String, Tensor)]) -> Result<Self> {
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

/// Rows and columns of the tensor called `name`.
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
