//! Learn deep learning in Rust: MNIST with `tch`, from the first pixel to a trained network.
//!
//! The modules depend one way: [`data`] knows nothing of the others, [`model`] only how many
//! pixels and digits there are; [`train`], [`evaluate`] and [`checkpoint`] build on them,
//! [`plot`] draws what those return, [`table`] puts it in columns, and [`notebook`] shows it in
//! a cell.

pub mod data;

#[cfg(feature = "torch")]
pub mod checkpoint;
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
pub mod train;

mod thousands;
#[cfg(feature = "torch")]
mod whole_file;

#[cfg(feature = "torch")]
pub mod prelude {
    //! The course's names, and `tch` itself, for one `use` line.
    pub use crate::data::{Mnist, Source, Split};
    pub use crate::evaluate::{
        Calibration, CalibrationBin, ConfusedPair, Evaluation, Mistake, Prediction, evaluate,
    };
    pub use crate::model::{Network, Sizes};
    pub use crate::plot::{self, Figure, TimeAccuracy};
    pub use crate::table::{Align, Table};
    pub use crate::train::{
        BatchReport, EpochReport, History, Lines, Observer, TrainConfig, train,
    };
    pub use anyhow::Result;
    pub use tch::{self, Device, Kind, Tensor};
}

/// Has the program of the README compiled by `cargo test`.
#[cfg(all(doctest, feature = "torch"))]
#[doc = include_str!("../README.md")]
struct Readme;
