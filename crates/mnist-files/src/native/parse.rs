//! Hands checked bytes to the `mnist` crate's parser.
//!
//! That parser reads unpacked files of one folder, wants the full 60,000 + 10,000 and panics on
//! anything else. So it gets exactly what was checked, in a short-lived folder of its own:
//! the user's folder may be read-only, its name need not be text, and nothing can change in between.

use super::place::Found;
use crate::files::{MNIST, TEST_COUNT, TRAIN_COUNT};
use anyhow::{Context, Result, anyhow};
use mnist::MnistBuilder;
use std::path::Path;

/// Images, 784 bytes each, and their labels, a byte each.
#[derive(Debug)]
pub struct Half {
    /// Image after image, row after row: 0 background, 255 full ink.
    pub pixels: Vec<u8>,
    /// 0 to 9.
    pub labels: Vec<u8>,
}

impl Found {
    /// The 60,000 images to train with and the 10,000 to test with, by way of a folder made in
    /// `temporary` and removed.
    ///
    /// # Errors
    /// If that folder cannot be made or written, for want of space, say.
    pub fn parse(self, temporary: &Path) -> Result<[Half; 2]> {
        let unwritable = |error: std::io::Error| {
            anyhow!(
                "{}: it cannot be written ({error}); expected a folder with 55 MB of free space for \
                 unpacked files; make space there, or set TMPDIR to another folder",
                temporary.display()
            )
        };
        let prefix = "mnist_tutorial-";
        let folder =
            tempfile::Builder::new().prefix(prefix).tempdir_in(temporary).map_err(unwritable)?;
        // The parser looks for MNIST's names, whatever the data set.
        for (file, bytes) in MNIST.files.iter().zip(self.files) {
            std::fs::write(folder.path().join(file.name), bytes).map_err(unwritable)?;
        }
        let path = folder.path().to_str().with_context(|| {
            format!(
                "{}: a name that is not UTF-8; expected a folder for temporary files whose name is; \
                 set TMPDIR to another folder",
                temporary.display()
            )
        })?;
        let parsed = MnistBuilder::new()
            .base_path(path)
            .label_format_digit()
            .training_set_length(TRAIN_COUNT as u32)
            .validation_set_length(0)
            .test_set_length(TEST_COUNT as u32)
            .finalize();
        let train = Half { pixels: parsed.trn_img, labels: parsed.trn_lbl };
        Ok([train, Half { pixels: parsed.tst_img, labels: parsed.tst_lbl }])
    }
}
