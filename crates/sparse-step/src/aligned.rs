//! Numbers that begin at the start of a cache line.

use std::ops::{Deref, DerefMut};

/// Floats in a cache line, which is also the widest vector there is.
const LINE: usize = 16;

/// Zeros to begin with, aligned to 64 bytes: a vector that lies across two cache lines costs
/// twice as much to load.
#[derive(Debug)]
pub(super) struct Aligned {
    numbers: Vec<f32>,
    start: usize,
    length: usize,
}

impl Aligned {
    /// `length` zeros.
    pub(super) fn zeros(length: usize) -> Self {
        let numbers = vec![0.0; length + LINE];
        let start = numbers.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Self { numbers, start, length }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[self.start..self.start + self.length]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.start..self.start + self.length]
    }
}
