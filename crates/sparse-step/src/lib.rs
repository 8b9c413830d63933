//! The network in plain Rust: the training step with its gradients written by hand, for
//! gradient descent, and the forward pass.
//!
//! It computes what an automatic differentiation computes, but knows the network (its one shape
//! is fixed in `network.rs`). For a batch of `n` images x with the hidden sums s,
//! activations a, output sums z and p = softmax(z):
//!
//! ```text
//! forward    s = W1 x + b1      a = leaky(s)      z = W2 a + b2      loss = mean of -ln p[label]
//! backward   ez = (p - one_hot(label)) / n        derivative of the loss by z
//!            es = (W2^T ez) * leaky'(s)           by s
//! gradients  dW2 = sum of ez a^T    db2 = sum of ez    dW1 = sum of es x^T    db1 = sum of es
//! ```
//!
//! Four things make it fast.
//!
//! * Four fifths of MNIST's pixels are 0 (`images`). A dark pixel adds nothing to a sum, and the
//!   weights from a pixel that is dark in a whole batch have the gradient 0. Their velocity still
//!   moves them; that is made up for when the pixel is lit again, in one go (`idle`).
//! * W1 is stored with the neurons of one pixel side by side, in tiles of so many neurons as
//!   there are registers for (`tile`, `pass`, `update`). Gradients stay in registers: a row of
//!   weights is read once, to be updated.
//! * The update after one batch and the next batch's forward pass go together through the
//!   weights, block of pixels after block of pixels, so that the row that was just updated is
//!   still in the nearest cache.
//! * Tiles have no number in common, so threads wait for each other only once a batch, for z
//!   (`epoch`).
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use sparse_step::{Forward, Parameters, Rule, Sizes, SparseImages, Trainer, Weights};
//!
//! # fn main() -> Result<(), sparse_step::Error> {
//! // Two images of three pixels, and the class of each.
//! let mut images = SparseImages::new(3)?;
//! images.push_rows(&[0.0, 0.5, 0.0, 1.0, 0.0, 0.25])?;
//! let sizes = Sizes { inputs: 3, hidden: 4 };
//! let mut parameters = Parameters { weights: Weights::zeros(sizes), velocities: Weights::zeros(sizes) };
//! parameters.weights.output_weights.fill(0.1);
//! parameters.weights.hidden_weights.fill(0.1);
//!
//! let rule = Rule { momentum: 0.9, weight_decay: 0.0, nesterov: false };
//! let mut trainer = Trainer::new(4, images.clone(), vec![7, 1], rule, 1)?;
//! let mut losses = Vec::new();
//! let flow = trainer.epoch(&mut parameters, &[1, 0], &[0.1, 0.1], 1, &mut |_, loss| {
//!     losses.push(loss);
//!     ControlFlow::Continue(())
//! })?;
//! assert!(flow.is_continue() && losses.len() == 2);
//!
//! let log_probabilities = Forward::new(sizes, &parameters.weights)?.log_probabilities(&images)?;
//! assert!(log_probabilities[0][7] > log_probabilities[0][0]);
//! # Ok(())
//! # }
//! ```

mod barrier;
mod batch;
mod epoch;
mod error;
mod forward;
mod idle;
mod images;
mod network;
mod output;
mod pass;
mod rows;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
mod tile;
mod trainer;
mod update;

pub use epoch::Listener;
pub use error::Error;
pub use forward::Forward;
pub use idle::Rule;
pub use images::SparseImages;
pub use network::{LEAKY_SLOPE, MAX_INPUTS, OUTPUTS, Parameters, Sizes, Weights};
pub use trainer::Trainer;
