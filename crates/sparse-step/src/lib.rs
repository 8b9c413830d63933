#![doc = include_str!("../README.md")]

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
