//! The settings of a training.

use std::path::PathBuf;

use anyhow::{Error, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};

use super::optimizer::{Optimizer, Stepper};
use super::schedule::Schedule;
use crate::model::Network;

/// More threads than this do not help; some ten thousand make libtorch end the process.
pub(super) const MOST_THREADS: usize = 1024;

/// How the gradients of a batch are computed. Both ways come to the same weights but for
/// rounding: to some 0.00001 after 100 steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradientMethod {
    /// By hand where that is possible and pays, else by autograd: with gradient descent
    /// ([`Optimizer::Sgd`], [`Optimizer::Nesterov`]) without dropout, in batches of up to 1,024
    /// images, and if the observer does not [read](super::Observer::reads) the network in the
    /// midst of an epoch.
    #[default]
    Auto,
    /// By libtorch's autograd.
    Autograd,
    /// By formulas written for this network, in plain Rust, several times as fast; it is an error
    /// where they don't hold.
    ByHand,
}

/// The settings of a training; the defaults are the course's.
///
/// As JSON, every field may be left out, and an unknown one is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// How often every training image is used.
    pub epochs: usize,
    /// Images between two updates of the weights.
    pub batch_size: usize,
    /// The rule that turns gradients into steps.
    pub optimizer: Optimizer,
    /// Step size of gradient descent; the schedule multiplies it.
    pub learning_rate: f64,
    /// How the learning rate changes during the training.
    pub schedule: Schedule,
    /// Momentum coefficient, [0, 1), of [`Optimizer::Sgd`] and [`Optimizer::Nesterov`]; the
    /// others have no use for it.
    pub momentum: f64,
    /// Pulls every weight towards 0: added to its gradient as this times the weight, with
    /// [`Optimizer::AdamW`] taken off the weight itself.
    pub weight_decay: f64,
    /// Dropout probability of the hidden neurons, [0, 1).
    pub dropout: f64,
    /// Where the order of the images comes from. The network has its own seed.
    pub seed: u64,
    /// How gradients are computed; files of an earlier version call this `step`.
    #[serde(alias = "step")]
    pub gradients: GradientMethod,
    /// Threads to compute with. `None` takes `MNIST_TUTORIAL_THREADS` if that variable is set,
    /// else as many as pay and have a core to themselves, looked at anew before every epoch.
    ///
    /// With gradients [by hand](GradientMethod::ByHand) their number changes no result;
    /// autograd's results depend on it in the last bits.
    pub threads: Option<usize>,
    /// Whether to measure the accuracy on the test images after each epoch.
    pub test_every_epoch: bool,
    /// A file to write after each epoch, from which the training can continue
    /// ([`Checkpoint`](super::Checkpoint)).
    pub checkpoint: Option<PathBuf>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 18,
            batch_size: 30,
            optimizer: Optimizer::Sgd,
            learning_rate: 0.003,
            schedule: Schedule::Constant,
            momentum: 0.9,
            weight_decay: 0.0,
            dropout: 0.0,
            seed: 0,
            gradients: GradientMethod::Auto,
            threads: None,
            test_every_epoch: false,
            checkpoint: None,
        }
    }
}

impl TrainConfig {
    /// Settings that reach 98 % on the test images soonest: 5 epochs with a learning rate that
    /// rises to 0.1 and falls again, in batches of 50.
    ///
    /// They were chosen on 5,000 training images kept apart; notebook 9 tells how, and
    /// `cargo xtask bench` measures them over 20 seeds.
    pub fn fast() -> Self {
        Self {
            epochs: 5,
            batch_size: 50,
            learning_rate: 0.1,
            schedule: Schedule::OneCycle,
            ..Self::default()
        }
    }

    /// Checks that training can work with these settings.
    ///
    /// # Errors
    /// Names the first setting that is wrong, its value and what was expected.
    pub fn check(&self) -> Result<()> {
        ensure!(self.epochs >= 1, "TrainConfig: epochs is 0, expected 1 or more");
        ensure!(self.batch_size >= 1, "TrainConfig: batch_size is 0, expected 1 or more");
        ensure!(
            self.learning_rate > 0.0 && self.learning_rate <= f64::from(f32::MAX),
            "TrainConfig: learning_rate is {}, expected a number above 0, such as 0.003",
            self.learning_rate
        );
        for (name, value) in [("momentum", self.momentum), ("dropout", self.dropout)] {
            ensure!(
                (0.0..1.0).contains(&value),
                "TrainConfig: {name} is {value}, expected a number from 0 up to, not including, 1"
            );
        }
        ensure!(
            self.optimizer != Optimizer::Nesterov || self.momentum > 0.0,
            "TrainConfig: optimizer is Nesterov and momentum 0, expected a momentum above 0, \
             such as 0.9"
        );
        ensure!(
            self.weight_decay >= 0.0 && self.weight_decay <= f64::from(f32::MAX),
            "TrainConfig: weight_decay is {}, expected 0 or a small number above, such as 0.0001",
            self.weight_decay
        );
        self.schedule.check()?;
        ensure!(
            self.threads.is_none_or(|threads| (1..=MOST_THREADS).contains(&threads)),
            "TrainConfig: threads is {}, expected a number from 1 to {MOST_THREADS}",
            self.threads.unwrap_or_default()
        );
        match (self.gradients, self.check_by_hand()) {
            (GradientMethod::ByHand, Err(obstacle)) => Err(impossible_by_hand(&obstacle)),
            _ => Ok(()),
        }
    }

    /// Says why no network can be trained by hand with these settings, if so.
    pub(super) fn check_by_hand(&self) -> Result<(), String> {
        let Self { optimizer, dropout, .. } = self;
        match optimizer {
            Optimizer::Sgd | Optimizer::Nesterov if *dropout == 0.0 => Ok(()),
            Optimizer::Sgd | Optimizer::Nesterov => {
                Err(format!("dropout is {dropout}, and only 0 works by hand"))
            }
            _ => {
                Err(format!("the optimizer is {optimizer}, and only sgd and nesterov work by hand"))
            }
        }
    }

    /// The settings as JSON, without the checkpoint's path.
    ///
    /// # Errors
    /// If a setting is NaN or infinite.
    pub(crate) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(&Self { checkpoint: None, ..self.clone() })?)
    }

    /// The optimiser of these settings, at its beginning.
    pub(super) fn stepper(&self, network: &Network) -> Stepper {
        Stepper::new(network, self.optimizer, self.momentum, self.weight_decay)
    }

    /// Batches of an epoch over so many images, a smaller last one included.
    pub(crate) fn batches(&self, images: usize) -> usize {
        images.div_ceil(self.batch_size)
    }

    /// The seed that shuffles `epoch` (from 1): another one for each epoch and each
    /// training seed.
    pub fn shuffle_seed(&self, epoch: usize) -> u64 {
        self.seed.wrapping_mul(1_000_003).wrapping_add(epoch as u64)
    }
}

/// The error where gradients by hand are asked for and there is an obstacle.
pub(super) fn impossible_by_hand(obstacle: &str) -> Error {
    anyhow!("TrainConfig: gradients is ByHand, but {obstacle}; expected Auto or Autograd")
}
