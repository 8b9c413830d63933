//! The weights of some hidden neurons, as the step wants them in memory.

use std::ops::{Deref, DerefMut, Range};

use crate::network::{OUTPUTS, Sizes, Weights};

/// Floats in a cache line, which is also the widest vector there is.
const LINE: usize = 16;

/// Numbers aligned to 64 bytes: a vector that lies across two cache lines costs twice as much
/// to load.
#[derive(Debug)]
pub(crate) struct Aligned {
    numbers: Vec<f32>,
    start: usize,
    length: usize,
}

impl Aligned {
    fn zeros(length: usize) -> Self {
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

/// Weights and their velocities.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) weights: Aligned,
    pub(crate) velocities: Aligned,
}

/// Which of a [`Pair`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Weights,
    Velocities,
}

impl Pair {
    fn zeros(length: usize) -> Self {
        Self { weights: Aligned::zeros(length), velocities: Aligned::zeros(length) }
    }

    fn numbers(&mut self, kind: Kind) -> &mut [f32] {
        match kind {
            Kind::Weights => &mut self.weights,
            Kind::Velocities => &mut self.velocities,
        }
    }
}

/// Some neighbouring hidden neurons with everything that belongs to them. No two tiles share
/// a number that is written, so each can be worked on by a thread of its own.
///
/// Rows are `width` long, the number of neurons; where the hidden layer ends before, the rest
/// is 0 and stays 0.
#[derive(Debug)]
pub(crate) struct Tile {
    sizes: Sizes,
    /// The hidden neurons that are really there, at most `width`.
    neurons: Range<usize>,
    pub(crate) width: usize,
    /// From the inputs: `[inputs, width]`.
    pub(crate) weights: Pair,
    /// `[width]`
    pub(crate) biases: Pair,
    /// To the outputs: `[OUTPUTS, width]`.
    pub(crate) outputs: Pair,
    /// Activations of the batch at hand, `[batch, width]`.
    pub(crate) hidden: Aligned,
    /// Derivatives of the loss by the sums before the LeakyReLU, `[batch, width]`.
    pub(crate) deltas: Aligned,
}

impl Tile {
    /// Tiles for the hidden layer with room for `batch` images, all numbers 0.
    pub(crate) fn for_layer(sizes: Sizes, width: usize, batch: usize) -> Vec<Self> {
        let tiles = (0..sizes.hidden).step_by(width).map(|first| Self {
            sizes,
            neurons: first..sizes.hidden.min(first + width),
            width,
            weights: Pair::zeros(sizes.inputs * width),
            biases: Pair::zeros(width),
            outputs: Pair::zeros(OUTPUTS * width),
            hidden: Aligned::zeros(batch * width),
            deltas: Aligned::zeros(batch * width),
        });
        tiles.collect()
    }

    /// Copies this tile's part of a network's numbers in.
    pub(crate) fn read(&mut self, kind: Kind, source: &Weights) {
        let (Sizes { inputs, hidden }, neurons) = (self.sizes, self.neurons.clone());
        // A cache line of each neuron at a time.
        let blocks = self.weights.numbers(kind).chunks_mut(LINE * self.width);
        for (block, rows) in blocks.enumerate() {
            for (place, neuron) in neurons.clone().enumerate() {
                let source = &source.hidden_weights[neuron * inputs + block * LINE..];
                for (row, number) in rows.chunks_exact_mut(self.width).zip(source) {
                    row[place] = *number;
                }
            }
        }
        let biases = &mut self.biases.numbers(kind)[..neurons.len()];
        biases.copy_from_slice(&source.hidden_biases[neurons.clone()]);
        let rows = self.outputs.numbers(kind).chunks_exact_mut(self.width);
        for (row, source) in rows.zip(source.output_weights.chunks_exact(hidden)) {
            row[..neurons.len()].copy_from_slice(&source[neurons.clone()]);
        }
    }

    /// Copies this tile's part of a network's numbers out again.
    pub(crate) fn write(&mut self, kind: Kind, target: &mut Weights) {
        let (Sizes { inputs, hidden }, neurons) = (self.sizes, self.neurons.clone());
        let blocks = self.weights.numbers(kind).chunks(LINE * self.width);
        for (block, rows) in blocks.enumerate() {
            for (place, neuron) in neurons.clone().enumerate() {
                let target = &mut target.hidden_weights[neuron * inputs + block * LINE..];
                for (row, number) in rows.chunks_exact(self.width).zip(target) {
                    *number = row[place];
                }
            }
        }
        let biases = &self.biases.numbers(kind)[..neurons.len()];
        target.hidden_biases[neurons.clone()].copy_from_slice(biases);
        let rows = self.outputs.numbers(kind).chunks_exact(self.width);
        for (row, target) in rows.zip(target.output_weights.chunks_exact_mut(hidden)) {
            target[neurons.clone()].copy_from_slice(&row[..neurons.len()]);
        }
    }
}
