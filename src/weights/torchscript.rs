//! The network as a program that PyTorch runs without this crate.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use tch::{CModule, Device, Kind, Tensor};

use crate::model::Network;
use crate::whole_file;

impl Network {
    /// Writes weights and computation as TorchScript: `torch.jit.load(path)` in Python gives
    /// the same function, `[batch, inputs]` -> `[batch, outputs]` log-probabilities.
    ///
    /// # Errors
    /// If the file cannot be written, naming it.
    pub fn export_torchscript(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let module = self.traced().context("recording the network as TorchScript")?;
        whole_file::make_folder(path)?;
        whole_file::write(path, |file| {
            // libtorch names the archive's folder after the file, so that needs a plain name.
            let folder = tempfile::tempdir()?;
            let plain = folder.path().join("network.pt");
            module.save(&plain)?;
            Ok(file.write_all(&fs::read(&plain)?)?)
        })
        .with_context(|| format!("{}: cannot write the TorchScript", path.display()))
    }

    /// Records what `forward` does with one image. Weights become constants, which must not
    /// want gradients.
    fn traced(&self) -> Result<CModule> {
        let constant = self.without_gradients();
        let image = Tensor::f_zeros([1, self.sizes().inputs], (Kind::Float, Device::Cpu))?;
        let mut outcome = Ok(());
        let module =
            CModule::create_by_tracing("Network", "forward", &[image], &mut |inputs| match inputs
                .first()
                .map(|images| constant.forward(images))
            {
                Some(Ok(log_probabilities)) => vec![log_probabilities],
                Some(Err(error)) => {
                    outcome = Err(error);
                    Vec::new()
                }
                None => Vec::new(),
            });
        outcome?;
        Ok(module?)
    }
}
