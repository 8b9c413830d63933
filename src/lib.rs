//! Learn deep learning in Rust: MNIST with `tch`, from the first pixel to a trained network.
//!
//! The modules depend one way: [`data`] knows nothing of the others, [`model`] only how many
//! pixels and digits there are; [`weights`], [`evaluate`] and [`train`] build on them,
//! [`table`] and [`plot`] show what those return, [`compare`] sets trainings side by side,
//! [`tensorboard`] logs them, and [`notebook`] puts it all into a cell.

pub mod data;

#[cfg(feature = "torch")]
pub mod compare;

#[cfg(feature = "torch")]
pub mod evaluate;
#[cfg(feature = "torch")]
pub mod model;
#[cfg(feature = "torch")]
pub mod notebook;
#[cfg(feature = "torch")]
pub mod plot;
#[cfg(feature = "torch")]
pub mod table;
#[cfg(feature = "torch")]
pub mod tensorboard;
#[cfg(feature = "torch")]
pub mod train;
#[cfg(feature = "torch")]
pub mod weights;

#[cfg(feature = "torch")]
mod by_hand;
#[cfg(feature = "torch")]
mod live_line;
#[cfg(feature = "torch")]
mod memory;
mod thousands;
#[cfg(feature = "torch")]
mod whole_file;

#[cfg(feature = "torch")]
pub mod prelude {
    //! The course's names, and `tch` itself, for one `use` line.
    pub use crate::compare::{
        CompareOptions, Comparison, Configuration, TimeAccuracy, compare, course_table,
    };
    pub use crate::data::{Drawing, Mnist, Source, Split};
    pub use crate::evaluate::{
        Calibration, CalibrationBin, ConfusedPair, Evaluation, Mistake, Prediction, evaluate,
    };
    pub use crate::model::{Network, Sizes};
    pub use crate::notebook::{Live, drawing_pad, live};
    pub use crate::plot::{self, Figure};
    pub use crate::table::{Align, Table};
    pub use crate::tensorboard;
    pub use crate::train::{
        BatchReport, Checkpoint, EpochReport, History, Lines, Observer, Optimizer, Reads, Schedule,
        Step, Stopped, TrainConfig, train,
    };
    pub use anyhow::Result;
    pub use tch::{self, Device, Kind, Tensor};
}

/// Has the program of the README compiled by `cargo test`.
#[cfg(all(doctest, feature = "torch"))]
#[doc = include_str!("../README.md")]
struct Readme;
