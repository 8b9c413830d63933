//! Training: the settings ([`TrainConfig`] with [`Optimizer`] and [`Schedule`]), the loop
//! ([`train`]), what it reports and returns, and the file from which it can continue.

mod by_hand;
mod checkpoint;
mod config;
mod dropout;
mod optimizer;
mod report;
mod run;
mod schedule;
mod stop;
mod threads;

pub use checkpoint::Checkpoint;
pub use config::{GradientMethod, TrainConfig};
pub use optimizer::Optimizer;
pub use report::{BatchReport, EpochReport, History, Lines, Observer, Reads, Stopped};
pub(crate) use run::Diverged;
pub use run::train;
pub use schedule::Schedule;
pub(crate) use stop::Stop;
pub(crate) use threads::Threads;
