//! The training step and the forward pass of one small network, `inputs`-`hidden`-10, in plain Rust:
//! gradients written by hand, zeros in the images skipped, vector instructions, one thread or
//! several with the same bits.
//!
//! [`Trainer`] trains, [`Forward`] says what a network makes of images. The crate's `README.md` has
//! the formulas, what makes them fast, an example, and where things are.

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

/// Has the program of the README compiled by `cargo test`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
