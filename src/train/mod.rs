//! Training: settings, the loop, what it reports and what it returns, and how it goes on from
//! where it was stopped.

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

use anyhow::Result;

pub use checkpoint::Checkpoint;
pub use config::{GradientMethod, TrainConfig};
pub use optimizer::Optimizer;
pub use report::{BatchReport, EpochReport, History, Lines, Observer, Reads, Stopped};
pub use schedule::Schedule;
pub(crate) use stop::Stop;
pub(crate) use threads::Threads;

use crate::data::Mnist;
use crate::model::Network;
use optimizer::Stepper;
pub(crate) use run::Diverged;
use run::{Run, check_fit};

/// Trains `network` on `data.train` by mini-batch gradient descent.
///
/// The same settings, seeds and number of threads give the same weights, bit for bit; with
/// gradients by hand ([`GradientMethod::ByHand`]) the number of threads does not matter.
///
/// A file that the variable `MNIST_TUTORIAL_STOP` names ends the training after the batch in which
/// it appears, as `Break` from the observer does: what was learned stays, [`History::stopped`]
/// tells where it was, and the file is removed. One that is there from before is removed, too. In
/// the course's notebook kernel the ■ button makes that file.
///
/// # Errors
/// If a setting is out of range ([`TrainConfig::check`]), if gradients by hand are asked for
/// where they are impossible, if the network does not fit the images, the tensors of
/// `data.train` are not as long as it, a label is no digit or the checkpoint's folder cannot be
/// written to, all before a weight is changed; if a file that asks to stop cannot be removed; if
/// the loss stops being a number; if a checkpoint cannot be written; or what the observer returns.
///
/// # Examples
/// ```no_run
/// use mnist_tutorial::prelude::*;
/// # fn main() -> Result<()> {
/// let data = Mnist::load()?;
/// let mut network = Network::new(0)?;
/// let history = train(&mut network, &data, &TrainConfig::default(), &mut Lines)?;
/// println!("{:.1} s", history.seconds());
/// # Ok(())
/// # }
/// ```
pub fn train(
    network: &mut Network,
    data: &Mnist,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<History> {
    config.check()?;
    check_fit(network, data, config)?;
    if let Some(path) = &config.checkpoint {
        crate::whole_file::check(path)?;
    }
    let stepper = Stepper::new(network, config);
    stop::stoppable(observer, config, 0, |observer| {
        Run { network, data, config, observer, stepper, history: History::default() }.complete()
    })
}
