//! Logs that the real TensorBoard shows: a training compared with others, batch by batch.
//!
//! A [`Run`] is a folder with one event file. Every call writes one whole record to it, without
//! a buffer and without a thread, so a process that is killed loses nothing it logged.
//! [`Logger`] is an observer of a training that logs all of it, and [`show`] starts TensorBoard for a notebook.
//!
//! # Examples
//! ```no_run
//! use mnist_tutorial::tensorboard::{self, Run};
//! # fn main() -> anyhow::Result<()> {
//! let mut run = Run::create("runs/first-try")?;
//! run.hparams(&[("learning_rate", 0.003.into()), ("optimizer", "sgd".into())], &["loss"])?;
//! run.scalar("loss", 1, 2.31)?;
//! let board = tensorboard::show("runs")?;
//! println!("{}", board.address());
//! # Ok(())
//! # }
//! ```

mod event_file;
mod hparams;
mod logger;
mod messages;
mod run;
mod server;
mod values;

pub use hparams::Setting;
pub use logger::Logger;
pub use run::Run;
pub use server::{TensorBoard, show};
