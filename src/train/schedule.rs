//! How the learning rate changes while a network is trained.

use std::f64::consts::PI;
use std::fmt;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// What the learning rate is multiplied with, from the first step to the last.
///
/// The formulas are those of PyTorch's `torch.optim.lr_scheduler`, taken once a step.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Always 1.
    #[default]
    Constant,
    /// Multiplied with `factor` once more after each `every` epochs (`StepLR`).
    Step {
        /// Epochs between two changes.
        every: usize,
        /// What each change multiplies the learning rate with, above 0 up to 1.
        factor: f64,
    },
    /// Falls from 1 to 0 as half a cosine (`CosineAnnealingLR`; Loshchilov and Hutter,
    /// "SGDR", 2017).
    Cosine,
    /// Rises from 1/25 to 1 in the first 30 % of the steps, then falls to 1/250,000, both
    /// as half a cosine (`OneCycleLR` without its change of momentum; Smith and Topin,
    /// "Super-Convergence", 2018).
    OneCycle,
}

/// One cycle: how much lower than its top the learning rate begins.
const START: f64 = 1.0 / 25.0;
/// One cycle: how much lower than its beginning it ends.
const END: f64 = 1.0 / 10_000.0;
/// One cycle: fraction of the steps in which it rises.
const RISING: f64 = 0.3;

impl Schedule {
    /// What the learning rate is multiplied with at `step` (from 0) of `steps` in all, of
    /// which an epoch has `epoch_steps`.
    pub fn factor(self, step: usize, steps: usize, epoch_steps: usize) -> f64 {
        let done = step as f64;
        match self {
            Schedule::Constant => 1.0,
            Schedule::Step { every, factor } => {
                let changes = step / epoch_steps.max(1) / every.max(1);
                factor.powf(changes as f64)
            }
            Schedule::Cosine => half_cosine(1.0, 0.0, done / steps.max(1) as f64),
            Schedule::OneCycle => {
                let last = steps.saturating_sub(1) as f64;
                let top = RISING * steps as f64 - 1.0;
                if done <= top {
                    half_cosine(START, 1.0, done / top)
                } else {
                    half_cosine(1.0, START * END, (done - top) / (last - top))
                }
            }
        }
    }

    pub(super) fn check(self) -> Result<()> {
        let Schedule::Step { every, factor } = self else { return Ok(()) };
        ensure!(every >= 1, "TrainConfig: schedule changes every 0 epochs, expected 1 or more");
        ensure!(
            factor > 0.0 && factor <= 1.0,
            "TrainConfig: schedule has a factor of {factor}, expected above 0 up to 1, such as 0.5"
        );
        Ok(())
    }
}

/// From `start` to `end` as half a cosine; `share` 0..1 of the way.
fn half_cosine(start: f64, end: f64, share: f64) -> f64 {
    let share = if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) };
    end + (start - end) * (1.0 + (PI * share).cos()) / 2.0
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Constant => f.write_str("constant"),
            Schedule::Step { every, factor } => write!(f, "x {factor} every {every} epochs"),
            Schedule::Cosine => f.write_str("cosine"),
            Schedule::OneCycle => f.write_str("one cycle"),
        }
    }
}
