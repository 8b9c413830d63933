//! The one shape of network that this crate computes, `inputs`-`hidden`-10 with a LeakyReLU
//! between, and its weights.
//!
//! [`OUTPUTS`] is a constant because a row of outputs is an array of that length everywhere; other
//! numbers of classes need another constant here. A second hidden layer would need passes of its
//! own in `pass.rs`, `update.rs` and `tile.rs`.

use crate::error::{Error, check_length};

/// The network's outputs, one for each class.
pub const OUTPUTS: usize = 10;

/// The most inputs a network can have: a pixel's number is kept in 16 bits.
pub const MAX_INPUTS: usize = u16::MAX as usize;

/// What the LeakyReLU multiplies numbers below 0 by, PyTorch's default.
pub const LEAKY_SLOPE: f32 = 0.01;

/// How many numbers go in, and how many neurons the hidden layer has; the outputs are
/// [`OUTPUTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Pixels of an image, 1 to [`MAX_INPUTS`].
    pub inputs: usize,
    /// Hidden neurons, 1 or more.
    pub hidden: usize,
}

/// A number for each weight and bias: the weights themselves, or their velocities. Row-major, in
/// the shapes of PyTorch's `Linear` layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// `[hidden, inputs]`
    pub hidden_weights: Vec<f32>,
    /// `[hidden]`
    pub hidden_biases: Vec<f32>,
    /// `[OUTPUTS, hidden]`
    pub output_weights: Vec<f32>,
    /// `[OUTPUTS]`
    pub output_biases: Vec<f32>,
}

/// What a training step changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// The network's weights and biases.
    pub weights: Weights,
    /// The velocity of each, 0 before the first step; without momentum nothing depends on them, and
    /// they are not kept up to date.
    pub velocities: Weights,
}

impl Sizes {
    /// How long each of [`Weights::parts`] is.
    fn lengths(self) -> [usize; 4] {
        [self.hidden * self.inputs, self.hidden, OUTPUTS * self.hidden, OUTPUTS]
    }
}

impl Parameters {
    /// Before the first step: all velocities 0.
    pub fn new(weights: Weights) -> Self {
        let zeros = weights.parts().map(|numbers| vec![0.0; numbers.len()]);
        Self { weights, velocities: Weights::from_parts(zeros) }
    }
}

impl Weights {
    /// Of the parts in the order of [`Weights::parts`].
    pub fn from_parts(parts: [Vec<f32>; 4]) -> Self {
        let [hidden_weights, hidden_biases, output_weights, output_biases] = parts;
        Self { hidden_weights, hidden_biases, output_weights, output_biases }
    }

    /// All numbers 0.
    pub fn zeros(sizes: Sizes) -> Self {
        Self::from_parts(sizes.lengths().map(|length| vec![0.0; length]))
    }

    /// The parts in the order of PyTorch's `state_dict`: each layer's weights, then its biases.
    pub fn parts(&self) -> [&[f32]; 4] {
        let Self { hidden_weights, hidden_biases, output_weights, output_biases } = self;
        [hidden_weights, hidden_biases, output_weights, output_biases]
    }

    /// The same, to be changed.
    pub fn parts_mut(&mut self) -> [&mut [f32]; 4] {
        let Self { hidden_weights, hidden_biases, output_weights, output_biases } = self;
        [hidden_weights, hidden_biases, output_weights, output_biases]
    }

    /// Checks the lengths.
    pub(crate) fn check(&self, sizes: Sizes) -> Result<(), Error> {
        let names = ["hidden_weights", "hidden_biases", "output_weights", "output_biases"];
        for ((name, part), expected) in names.into_iter().zip(self.parts()).zip(sizes.lengths()) {
            check_length(name, part.len(), expected)?;
        }
        Ok(())
    }
}
