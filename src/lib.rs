//! Learn deep learning in Rust: MNIST with `tch`, from the first pixel to a trained network.
//!
//! The modules depend one way: [`data`] builds on the crate `mnist-files` and knows nothing of
//! the others, [`model`] only how many pixels and digits there are; [`weights`], [`evaluate`] and [`train`] build on them,
//! [`table`] and [`plot`] show what those return, [`compare`] sets trainings side by side,
//! [`tensorboard`] logs them, and [`notebook`] puts it all into a cell.

pub mod compare;
pub mod data;
pub mod evaluate;
pub mod model;
pub mod notebook;
pub mod plot;
pub mod table;
pub mod tensorboard;
pub mod train;
pub mod weights;

mod live_line;
mod memory;
mod sparse;
mod whole_file;

use mnist_files::thousands;

pub mod prelude {
    //! The course's names, and `tch` itself, for one `use` line.
    pub use crate::compare::{CompareOptions, Comparison, Configuration, compare, course_table};
    pub use crate::data::{Drawing, Mnist, Source, Split};
    pub use crate::evaluate::{
        Calibration, CalibrationBin, ConfusedPair, Evaluation, Mistake, Prediction, evaluate,
    };
    pub use crate::model::{Network, Sizes};
    pub use crate::notebook::{Live, drawing_pad, live};
    pub use crate::plot::{self, Figure, TimeAccuracy};
    pub use crate::table::{Align, Table};
    pub use crate::tensorboard;
    pub use crate::train::{
        BatchReport, Checkpoint, EpochReport, GradientMethod, History, Lines, Observer, Optimizer,
        Reads, Schedule, Stopped, TrainConfig, train,
    };
    pub use anyhow::Result;
    pub use tch::{self, Device, Kind, Tensor};
}

/// Has the program of the README compiled by `cargo test`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
