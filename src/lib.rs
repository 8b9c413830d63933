//! Learn deep learning in Rust: MNIST with `tch`, from the first pixel to a trained network.
//!
//! The modules depend one way, in the order of the course: [`data`], [`model`], [`weights`],
//! [`evaluate`], [`train`], and [`plot`] and [`table`] for what those return. What surrounds them
//! is known by none of these: [`compare`] sets trainings side by side, [`tensorboard`] logs them,
//! [`notebook`] shows it all in a cell, and [`exercises`] checks what a reader wrote.

pub mod compare;
pub mod data;
pub mod evaluate;
pub mod exercises;
pub mod model;
pub mod notebook;
pub mod plot;
pub mod table;
pub mod tensorboard;
pub mod train;
pub mod weights;

mod sparse;
mod status_line;
mod whole_file;

pub mod prelude {
    //! The course's names, and `tch` itself, for one `use` line.
    pub use crate::compare::{
        CompareOptions, Comparison, Configuration, TimeAccuracy, compare, course_table,
    };
    pub use crate::data::{Drawing, Mnist, Split};
    pub use crate::evaluate::{Evaluation, Mistake, Prediction, evaluate};
    pub use crate::model::{Network, Sizes};
    pub use crate::notebook::{Live, drawing_pad, live, show};
    pub use crate::plot::{self, Figure};
    pub use crate::table::{Align, Table};
    pub use crate::tensorboard;
    pub use crate::train::{
        BatchReport, Checkpoint, EpochReport, GradientMethod, History, Lines, Observer, Optimizer,
        Reads, Schedule, TrainConfig, train,
    };
    pub use anyhow::Result;
    pub use tch::{self, Device, Kind, Tensor};
}

/// Has the program of the README compiled by `cargo test`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
