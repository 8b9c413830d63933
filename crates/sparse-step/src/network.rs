//! The one shape of network that this crate computes, `inputs`-`hidden`-10 with a LeakyReLU
//! between, and its weights.
//!
//! The shape is wired in here and nowhere else: [`OUTPUTS`] is a constant because a row of
//! outputs is an array of that length everywhere. Other numbers of classes need another constant;
//! a second hidden layer needs passes of its own in `pass.rs` and `update.rs`.

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

impl Weights {
    /// All numbers 0.
    pub fn zeros(Sizes { inputs, hidden }: Sizes) -> Self {
        Self {
            hidden_weights: vec![0.0; hidden * inputs],
            hidden_biases: vec![0.0; hidden],
            output_weights: vec![0.0; OUTPUTS * hidden],
            output_biases: vec![0.0; OUTPUTS],
        }
    }

    /// Checks the lengths.
    pub(crate) fn check(&self, Sizes { inputs, hidden }: Sizes) -> Result<(), Error> {
        check_length("hidden_weights", self.hidden_weights.len(), hidden * inputs)?;
        check_length("hidden_biases", self.hidden_biases.len(), hidden)?;
        check_length("output_weights", self.output_weights.len(), OUTPUTS * hidden)?;
        check_length("output_biases", self.output_biases.len(), OUTPUTS)
    }
}
