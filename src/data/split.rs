//! One half of MNIST: images with their labels, as tensors and as bytes.

use super::batches::Batches;
use anyhow::{Result, ensure};
use mnist_files::files::{DIGITS, PIXELS};
use mnist_files::random::Random;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use tch::{Kind, Tensor};

/// Labelled images: the 60,000 to train with or the 10,000 to test with.
pub struct Split {
    /// `[n, 784]`, f32: a row for each image, 0 background, 1 full ink.
    pub images: Tensor,
    /// `[n]`, i64: the digit that each image shows, 0 to 9.
    pub labels: Tensor,
    bytes: Arc<Bytes>,
    /// Which of them are this split's.
    range: Range<usize>,
}

/// Images and labels as the files hold them, shared by the splits cut from them.
struct Bytes {
    pixels: Vec<u8>,
    digits: Vec<u8>,
}

impl Split {
    /// Makes a split of `n` x 784 pixels (0 to 255) and `n` digits (0 to 9).
    ///
    /// # Errors
    /// If the numbers don't match, a digit is above 9, or libtorch cannot make the tensors.
    pub fn new(pixels: Vec<u8>, digits: Vec<u8>) -> Result<Split> {
        let count = digits.len();
        ensure!(
            pixels.len() == count * PIXELS,
            "{} pixels for {count} labels; expected {PIXELS} for each",
            pixels.len()
        );
        if let Some(digit) = digits.iter().find(|&&digit| usize::from(digit) >= DIGITS) {
            anyhow::bail!("label {digit}; expected labels from 0 to 9");
        }
        let images = rows(&pixels)?;
        let labels = Tensor::f_from_slice(&digits)?.f_to_kind(Kind::Int64)?;
        Ok(Split { images, labels, bytes: Arc::new(Bytes { pixels, digits }), range: 0..count })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether the tensors, which are anybody's to change, still hold all images.
    pub(crate) fn check(&self) -> Result<()> {
        let rows = |tensor: &Tensor| tensor.size().first().copied().unwrap_or_default();
        let (images, labels) = (rows(&self.images), rows(&self.labels));
        ensure!(
            images == labels && usize::try_from(images) == Ok(self.len()),
            "{images} rows of images and {labels} labels, expected {} of each; cut a split with \
             `first` or `range`, or make one with `Split::new`",
            self.len()
        );
        Ok(())
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The 784 bytes of one image: 28 rows of 28, 0 background, 255 full ink.
    ///
    /// # Errors
    /// If there is no image of that index.
    pub fn image(&self, index: usize) -> Result<&[u8]> {
        self.check_index(index)?;
        Ok(&self.pixels()[index * PIXELS..(index + 1) * PIXELS])
    }

    /// The digit that one image shows, 0 to 9.
    ///
    /// # Errors
    /// If there is no image of that index.
    pub fn label(&self, index: usize) -> Result<u8> {
        self.check_index(index)?;
        Ok(self.digits()[index])
    }

    /// How many images there are of each digit.
    pub fn label_counts(&self) -> [usize; DIGITS] {
        let mut counts = [0; DIGITS];
        for &digit in self.digits() {
            counts[usize::from(digit)] += 1;
        }
        counts
    }

    /// The first `count` images, for a quick run; they share this split's memory.
    ///
    /// # Errors
    /// If `count` is 0 or more than there are.
    pub fn first(&self, count: usize) -> Result<Split> {
        check_count(count, self.len(), || format!("the first {count} images were asked for"))?;
        self.range(0..count)
    }

    /// The images from `range.start` up to, not including, `range.end`; they share this
    /// split's memory.
    ///
    /// # Errors
    /// If the range goes beyond the last image, or ends before it starts.
    pub fn range(&self, range: Range<usize>) -> Result<Split> {
        let Range { start, end } = range;
        ensure!(
            start <= end && end <= self.len(),
            "images {start} up to {end} were asked for; expected a range within 0 to {}",
            self.len()
        );
        let (first, count) = (start as i64, (end - start) as i64);
        Ok(Split {
            images: self.images.f_narrow(0, first, count)?,
            labels: self.labels.f_narrow(0, first, count)?,
            bytes: Arc::clone(&self.bytes),
            range: self.range.start + start..self.range.start + end,
        })
    }

    /// The bytes of these images.
    fn pixels(&self) -> &[u8] {
        &self.bytes.pixels[self.range.start * PIXELS..self.range.end * PIXELS]
    }

    /// The digits that these images show.
    fn digits(&self) -> &[u8] {
        &self.bytes.digits[self.range.clone()]
    }

    /// What tells these images from others: "60000 images, CRC-32C 12345678", taken over all
    /// pixels and then all labels.
    pub fn fingerprint(&self) -> String {
        let checksum = crc32c::crc32c_append(crc32c::crc32c(self.pixels()), self.digits());
        format!("{} images, CRC-32C {checksum:08x}", self.len())
    }

    /// One epoch in batches of `size` images, the last one shorter if they don't divide evenly;
    /// in stored order, unless [shuffled](Batches::shuffle).
    ///
    /// # Panics
    /// If `size` is 0, as [`slice::chunks`] does.
    pub fn batches(&self, size: usize) -> Batches {
        Batches::new(self.images.shallow_clone(), self.labels.shallow_clone(), size)
    }

    /// The index of an image drawn at random: the same for a seed on every machine.
    ///
    /// # Errors
    /// If there is no image.
    pub fn random_index(&self, seed: u64) -> Result<usize> {
        ensure!(!self.is_empty(), "a random image was asked for, but there are none");
        Ok(Random::new(seed).below(self.len() as u64) as usize)
    }

    /// The indices of `count` different images in random order, the same for a seed on every
    /// machine; the first is that of [`random_index`](Split::random_index).
    ///
    /// # Errors
    /// If `count` is 0 or more than there are.
    pub fn random_indices(&self, count: usize, seed: u64) -> Result<Vec<usize>> {
        check_count(count, self.len(), || format!("{count} random images were asked for"))?;
        Ok(Random::new(seed).some_of(self.len(), count))
    }

    fn check_index(&self, index: usize) -> Result<()> {
        ensure!(
            index < self.len(),
            "image {index} was asked for; expected an index below {}",
            self.len()
        );
        Ok(())
    }
}

/// Refuses a count that is not from 1 to `most`; `what` says which.
pub(super) fn check_count(count: usize, most: usize, what: impl Fn() -> String) -> Result<()> {
    ensure!((1..=most).contains(&count), "{}; expected a number from 1 to {most}", what());
    Ok(())
}

/// `[n, 784]`, f32, 0 to 1, of `n` x 784 bytes, 0 to 255.
pub(super) fn rows(pixels: &[u8]) -> Result<Tensor> {
    let rows =
        Tensor::f_from_slice(pixels)?.f_view([(pixels.len() / PIXELS) as i64, PIXELS as i64])?;
    Ok(rows.f_to_kind(Kind::Float)?.f_div_scalar_(255.0)?)
}

impl fmt::Debug for Split {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Split {{ images: {:?}, labels: {:?} }}",
            self.images.size(),
            self.labels.size()
        )
    }
}
