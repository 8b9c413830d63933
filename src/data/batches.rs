//! One epoch of training, batch by batch.

use super::random::Random;
use std::fmt;
use tch::Tensor;

/// An iterator over the batches of one epoch: `(images [b, 784], labels [b])`.
///
/// It owns what it needs (sharing the split's memory), so a notebook may keep it in a variable.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// let data = mnist_tutorial::data::Mnist::load()?;
/// for (images, labels) in data.train.batches(30).shuffle(7) {
///     assert_eq!(images.size()[0], labels.size()[0]);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Batches {
    images: Tensor,
    labels: Tensor,
    size: usize,
    next: usize,
    count: usize,
}

impl Batches {
    /// Batches of `size` over the rows of both tensors, in order.
    pub(crate) fn new(images: Tensor, labels: Tensor, size: usize) -> Batches {
        assert!(size > 0, "batch size must be at least 1");
        let count = labels.size().first().map_or(0, |&count| count as usize);
        Batches {
            images,
            labels,
            size,
            next: 0,
            count,
        }
    }

    /// Puts the pictures that are still to come in random order: the same for the same seed, everywhere.
    ///
    /// It copies them once, in the new order; batches are then views of that copy.
    /// libtorch's own random numbers are left alone.
    pub fn shuffle(self, seed: u64) -> Batches {
        let (next, rest) = (self.next as i64, self.count - self.next);
        let order = Tensor::from_slice(&Random::new(seed).permutation(rest))
            .to_device(self.images.device());
        let images = self
            .images
            .narrow(0, next, rest as i64)
            .index_select(0, &order);
        let labels = self
            .labels
            .narrow(0, next, rest as i64)
            .index_select(0, &order);
        Batches {
            images,
            labels,
            size: self.size,
            next: 0,
            count: rest,
        }
    }
}

impl Iterator for Batches {
    /// Images `[b, 784]` and labels `[b]`.
    type Item = (Tensor, Tensor);

    fn next(&mut self) -> Option<(Tensor, Tensor)> {
        let length = self.size.min(self.count - self.next);
        if length == 0 {
            return None;
        }
        let (start, rows) = (self.next as i64, length as i64);
        self.next += length;
        Some((
            self.images.narrow(0, start, rows),
            self.labels.narrow(0, start, rows),
        ))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.count - self.next).div_ceil(self.size);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Batches {}

impl fmt::Debug for Batches {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Batches {{ of: {}, left: {} }}", self.size, self.len())
    }
}
