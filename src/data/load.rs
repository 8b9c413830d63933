//! MNIST as tensors, in one call; and Fashion-MNIST, in another.

use super::split::{Split, check_count};
use anyhow::Result;
use mnist_files::fashion::FASHION_MNIST;
use mnist_files::{Found, Half, Place, Settings, Source, locate, read_whole};
use std::fmt;
use std::path::Path;

/// The 70,000 digits, ready for a network; or other images in their format.
pub struct Mnist {
    /// 60,000 images to train with.
    pub train: Split,
    /// 10,000 images to test with.
    pub test: Split,
    /// Where they came from.
    pub source: Source,
}

impl Mnist {
    /// Loads MNIST from `MNIST_DIR`, else from `data/`, else by download, else draws look-alike digits and says so.
    ///
    /// Progress and warnings go to stdout, line by line.
    ///
    /// # Errors
    /// If a file is damaged, `MNIST_DIR` lacks one, or a disk cannot be written; each says what to do.
    pub fn load() -> Result<Mnist> {
        Mnist::load_with(&Settings::from_environment()?, &mut |line| println!("{line}"))
    }

    /// Loads Fashion-MNIST, images of clothes whose labels 0 to 9 mean
    /// [`FASHION_CLASSES`](super::FASHION_CLASSES), from `FASHION_MNIST_DIR`, else from `data/fashion/`,
    /// else by download (31 MB).
    ///
    /// Progress goes to stdout, line by line. No look-alikes take its place.
    ///
    /// # Errors
    /// If it cannot be had, a file is damaged, or `FASHION_MNIST_DIR` lacks one; each says what to do.
    pub fn load_fashion() -> Result<Mnist> {
        Mnist::load_with(&Settings::of(&FASHION_MNIST)?, &mut |line| println!("{line}"))
    }

    /// The same, told what to look for and where instead of reading the environment; `say` gets a line at a time.
    ///
    /// # Errors
    /// As [`load`](Mnist::load) or [`load_fashion`](Mnist::load_fashion).
    pub fn load_with(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Mnist> {
        Mnist::of(locate(settings, say)?, &settings.temporary)
    }

    /// Loads the four files of one folder, packed or not; downloads nothing.
    ///
    /// Their format is checked, and their checksums where a `SHA256SUMS` lies beside them.
    ///
    /// # Errors
    /// If a file is missing or damaged.
    pub fn load_from(folder: &Path) -> Result<Mnist> {
        Mnist::of(read_whole(folder, Place::Given)?, &std::env::temp_dir())
    }

    /// Keeps the last `count` training images apart: the result trains on the others and
    /// tests on those, and the real test images stay unseen while settings are chosen.
    ///
    /// # Errors
    /// If `count` is 0, or leaves nothing to train with.
    pub fn hold_out(&self, count: usize) -> Result<Mnist> {
        let all = self.train.len();
        check_count(count, all.saturating_sub(1), || {
            format!("{count} training images were to be held out")
        })?;
        Ok(Mnist {
            train: self.train.range(0..all - count)?,
            test: self.train.range(all - count..all)?,
            source: self.source.clone(),
        })
    }

    /// The same images, for another thread; the memory is shared.
    ///
    /// # Errors
    /// If libtorch cannot make the tensors.
    pub(crate) fn share(&self) -> Result<Mnist> {
        Ok(Mnist {
            train: self.train.range(0..self.train.len())?,
            test: self.test.range(0..self.test.len())?,
            source: self.source.clone(),
        })
    }

    /// Turns checked files into tensors.
    fn of(found: Found, temporary: &Path) -> Result<Mnist> {
        let source = found.source.clone();
        let [train, test] =
            found.parse(temporary)?.map(|Half { pixels, labels }| Split::new(pixels, labels));
        Ok(Mnist { train: train?, test: test?, source })
    }
}

impl fmt::Debug for Mnist {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mnist { train, test, source } = self;
        write!(out, "Mnist {{ train: {}, test: {}, source: {source} }}", train.len(), test.len())
    }
}
