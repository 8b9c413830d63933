//! Weights out and in, checked and atomic.
//!
//! The file is in the safetensors form, under the names `torch.nn.Sequential` uses.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use tch::Tensor;

use crate::model::{Network, Sizes};

impl Network {
    /// Writes weights and biases to `path`, through a temporary file beside it: a
    /// reader finds the old file or the new one, never a part.
    ///
    /// # Errors
    /// If the folder cannot be made or the file cannot be written, naming it.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
        let temporary = like_any_file(tempfile::Builder::new().prefix(".saving-"))
            .tempfile_in(folder)
            .with_context(|| format!("{}: cannot write into this folder", folder.display()))?;
        Tensor::write_safetensors(&self.named_tensors(), temporary.path())
            .and_then(|()| Ok(temporary.as_file().sync_all()?))
            .with_context(|| format!("{}: cannot write the weights", path.display()))?;
        temporary
            .persist(path)
            .with_context(|| format!("{}: cannot put the weights here", path.display()))?;
        Ok(())
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

/// Gives the file the permissions of any new file: a temporary one is its owner's alone.
fn like_any_file<'a, 'p, 's>(
    builder: &'a mut tempfile::Builder<'p, 's>,
) -> &'a mut tempfile::Builder<'p, 's> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)) // less the process's umask
    }
    #[cfg(not(unix))]
    builder
}
