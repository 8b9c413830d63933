//! The training step with its gradients written by hand, for gradient descent.
//!
//! It computes what autograd computes, but knows the network. For a batch of `n` images x with
//! the hidden sums s, activations a, output sums z and p = softmax(z):
//!
//! ```text
//! forward    s = W1 x + b1      a = leaky(s)      z = W2 a + b2      loss = mean of -ln p[label]
//! backward   ez = (p - one_hot(label)) / n        derivative of the loss by z
//!            es = (W2^T ez) * leaky'(s)           by s
//! gradients  dW2 = sum of ez a^T    db2 = sum of ez    dW1 = sum of es x^T    db1 = sum of es
//! ```
//!
//! Four things make it fast.
//!
//! * Four fifths of MNIST's pixels are 0 ([`lit`]). A dark pixel adds nothing to a sum, and the
//!   weights from a pixel that is dark in a whole batch have the gradient 0. Their velocity still
//!   moves them; that is made up for when the pixel is lit again, in one go ([`idle`]).
//! * W1 is stored with the neurons of one pixel side by side, in tiles of so many neurons as
//!   there are registers for ([`tile`], [`kernel`]). Gradients stay in registers: a row of
//!   weights is read once, to be updated.
//! * The update after one batch and the next batch's forward pass go together through the
//!   weights, block of pixels after block of pixels, so that the row that was just updated is
//!   still in the nearest cache.
//! * Tiles have no number in common, so threads need to meet only once a batch, for z
//!   ([`team`]).

mod aligned;
mod columns;
mod idle;
mod kernel;
mod lit;
mod meeting;
mod output;
mod team;
mod tile;

use std::ops::ControlFlow;

use anyhow::{Result, ensure};
use fearless_simd::{Level, dispatch};
use tch::{Kind, Tensor};

use super::{Optimizer, Stepper, TrainConfig};
use crate::data::Split;
use crate::data::random::Random;
use crate::model::{DIGITS, Network};
use idle::Rule;
use lit::Lit;
use output::Output;
use team::Plan;
use tile::Tile;

/// The network's outputs.
const OUTPUTS: usize = DIGITS as usize;

/// Images of a batch up to which this step is the better one: what the larger ones keep for
/// each tile no longer stays in the caches.
const LARGEST_BATCH: usize = 1024;

/// Why these settings cannot be trained with here, or `None`.
pub(super) fn obstacle(config: &TrainConfig, network: &Network) -> Option<String> {
    if !matches!(config.optimizer, Optimizer::Sgd | Optimizer::Nesterov) {
        return Some(format!(
            "the optimizer is {}, and only sgd and nesterov are",
            config.optimizer
        ));
    }
    if config.dropout > 0.0 {
        return Some(format!("dropout is {}, and its draws are not", config.dropout));
    }
    if network.sizes().inputs > Lit::MOST_INPUTS as i64 {
        let (inputs, most) = (network.sizes().inputs, Lit::MOST_INPUTS);
        return Some(format!("the network has {inputs} inputs, and {most} are the most that are"));
    }
    None
}

/// Whether it is also the faster way.
pub(super) fn pays(config: &TrainConfig) -> bool {
    config.batch_size <= LARGEST_BATCH
}

/// A training by this step: the images and the room it needs.
#[derive(Debug)]
pub(super) struct ByHand {
    level: Level,
    lit: Lit,
    labels: Vec<u8>,
    rule: Rule,
    batch_size: usize,
    tiles: Vec<Tile>,
}

/// Weights and velocities as tensors, each in the order `0.weight`, `0.bias`, `2.weight`,
/// `2.bias`; no velocities without momentum.
struct Parameters {
    weights: Vec<Tensor>,
    velocities: Vec<Tensor>,
}

impl Parameters {
    fn of(network: &Network, stepper: &Stepper) -> Self {
        let tensors = |named: Vec<(String, Tensor)>| {
            named.into_iter().map(|(_, tensor)| tensor.detach()).collect()
        };
        Self {
            weights: tensors(network.named_tensors()),
            velocities: tensors(stepper.named_tensors()),
        }
    }

    /// 0 with the weights, 1 with the velocities if there are any.
    fn kinds(&self) -> impl Iterator<Item = (usize, &[Tensor])> {
        let kinds = [&self.weights[..], &self.velocities[..]];
        kinds.into_iter().enumerate().filter(|(_, tensors)| !tensors.is_empty())
    }
}

/// One epoch to train.
pub(super) struct Epoch<'a> {
    /// What the images' order is drawn from.
    pub(super) seed: u64,
    /// Learning rate of each batch.
    pub(super) rates: &'a [f64],
    /// Threads to compute with, at most.
    pub(super) threads: usize,
}

impl ByHand {
    /// Makes ready for these images and settings, which have no [`obstacle`].
    pub(super) fn new(network: &Network, images: &Split, config: &TrainConfig) -> Result<Self> {
        ensure!(
            images.images.kind() == Kind::Float,
            "train: images of kind {:?}, expected Float: convert with `.to_kind(Kind::Float)`",
            images.images.kind()
        );
        let level = Level::new();
        let lit = Lit::new(&images.images)?;
        let labels = Vec::<i64>::try_from(&images.labels)?;
        let batch_size = config.batch_size.min(labels.len());
        let width = dispatch!(level, simd => kernel::vectors(simd) * kernel::LANES);
        let hidden = usize::try_from(network.sizes().hidden)?;
        Ok(Self {
            level,
            labels: labels.iter().map(|&label| label as u8).collect(),
            rule: Rule {
                momentum: config.momentum,
                decay: config.weight_decay,
                nesterov: config.optimizer == Optimizer::Nesterov,
            },
            batch_size,
            tiles: Tile::for_layer(lit.inputs(), hidden, width, batch_size),
            lit,
        })
    }

    /// Trains for one epoch; the listener is told of each batch (from 0) and its loss, also of
    /// one that is no number, which ends the epoch before its update.
    ///
    /// # Errors
    /// What the listener returns, or if a thread cannot be started; the network holds what was
    /// learnt up to there.
    pub(super) fn epoch(
        &mut self,
        network: &Network,
        stepper: &Stepper,
        epoch: &Epoch<'_>,
        listener: team::Listener<'_>,
    ) -> Result<ControlFlow<()>> {
        let parameters = Parameters::of(network, stepper);
        for tile in &mut self.tiles {
            tile.read(&parameters)?;
        }
        let mut output = Output::read(&parameters)?;
        let order = Random::new(epoch.seed).permutation(self.labels.len());
        let plan = Plan {
            lit: &self.lit,
            labels: &self.labels,
            order: &order,
            batch_size: self.batch_size,
            rule: self.rule,
            rates: epoch.rates,
            level: self.level,
        };
        let flow = team::epoch(&plan, &mut self.tiles, &mut output, epoch.threads, listener);
        for tile in &mut self.tiles {
            tile.write(&parameters)?;
        }
        output.write(&parameters)?;
        flow
    }
}
