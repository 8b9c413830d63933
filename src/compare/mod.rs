//! Comparing trainings: a table of settings, each tried with several seeds, accuracy against
//! seconds.
//!
//! One [`Configuration`] is one training on one thread, and says and takes everything as JSON,
//! so that it can be a process of its own anywhere; [`compare`] runs a table of them on the
//! cores of this machine.

mod comparison;
mod configuration;
mod outcome;
mod pool;

pub use comparison::{Comparison, Row, Summary};
pub use configuration::{COURSE_EPOCHS, Configuration, course_table};
pub use outcome::Outcome;
pub use pool::{CompareOptions, compare, compare_with, compared};

pub use crate::plot::{TimeAccuracy, frontier};
