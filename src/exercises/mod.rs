//! Checks of the course's exercises: a reader's function is called with inputs, and what it gives
//! is compared with what an independent program computed.
//!
//! A sheet of exercises belongs to each notebook (`exercises/`). A cell of it says, for example,
//! `check::neuron(neuron)?`, and shows that the answer is right, or fails with one sentence: for
//! which input, what came, what was expected, and why. A usual mistake is told by its name. No
//! sentence says how the function is to be written.
//!
//! | file | holds |
//! | --- | --- |
//! | `tensors.rs`, `data.rs`, `network.rs`, … | the checks of one sheet each |
//! | `reference/*.json` | inputs and expected values, computed by `tests/reference/exercises_*.py` |
//! | `reader.rs` | calls a reader's function: it may panic, never end, or give nonsense |
//! | `numbers.rs` | what a function gave, as a shape and numbers, and in words |
//!
//! # A new exercise
//!
//! 1. Compute cases in `tests/reference/exercises_….py` and store them (its head says how).
//! 2. Write the check in the sheet's file, with the mistakes that readers make, and test there that
//!    a right answer passes and that at least three wrong ones fail, each with its sentence.
//! 3. Add the exercise to `exercises/solutions/`, and make the sheet with `cargo xtask exercises`.

mod convolution;
mod data;
mod improvements;
mod logging;
mod network;
mod numbers;
mod predictions;
mod reader;
mod reference;
mod saving;
mod speed;
mod tensors;
mod testing;
mod training;

pub use reader::Right;

pub mod check {
    //! One check for each exercise, in the order of the sheets.
    //!
    //! Each takes the reader's function and returns what to say when it is right. The error of a
    //! wrong one says for which input, what came, what was expected, and why.
    pub use super::convolution::*;
    pub use super::data::*;
    pub use super::improvements::*;
    pub use super::logging::*;
    pub use super::network::*;
    pub use super::predictions::*;
    pub use super::saving::*;
    pub use super::speed::*;
    pub use super::tensors::*;
    pub use super::testing::*;
    pub use super::training::*;
}
