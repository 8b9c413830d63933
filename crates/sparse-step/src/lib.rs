//! The network in plain Rust: the training step with its gradients written by hand, for
//! gradient descent, and the forward pass.
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
//!   there are registers for ([`tile`], [`kernel`], [`update`]). Gradients stay in registers: a row of
//!   weights is read once, to be updated.
//! * The update after one batch and the next batch's forward pass go together through the
//!   weights, block of pixels after block of pixels, so that the row that was just updated is
//!   still in the nearest cache.
//! * Tiles have no number in common, so threads need to meet only once a batch, for z
//!   ([`team`]).

mod aligned;
mod columns;
mod forward;
mod idle;
mod kernel;
mod lit;
mod meeting;
mod output;
mod rows;
mod team;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
mod tile;
mod update;

use std::ops::ControlFlow;

use anyhow::{Result, ensure};
use fearless_simd::{Level, dispatch};
use tch::{Kind, Tensor};

use crate::data::Split;
use crate::data::random::Random;
use crate::model::{DIGITS, Network};
pub(crate) use forward::Forward;
pub(crate) use idle::Rule;
use lit::Lit;
use output::Output;
use team::Plan;
use tile::Tile;

/// The network's outputs.
const OUTPUTS: usize = DIGITS as usize;

/// The most inputs a network can have here.
pub(crate) const MOST_INPUTS: i64 = Lit::MOST_INPUTS as i64;

/// A training by this step: the images and the room it needs.
#[derive(Debug)]
pub(crate) struct ByHand {
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
    fn of(network: &Network, velocities: Vec<(String, Tensor)>) -> Self {
        let tensors = |named: Vec<(String, Tensor)>| {
            named.into_iter().map(|(_, tensor)| tensor.detach()).collect()
        };
        Self { weights: tensors(network.named_tensors()), velocities: tensors(velocities) }
    }

    /// 0 with the weights, 1 with the velocities if there are any.
    fn kinds(&self) -> impl Iterator<Item = (usize, &[Tensor])> {
        let kinds = [&self.weights[..], &self.velocities[..]];
        kinds.into_iter().enumerate().filter(|(_, tensors)| !tensors.is_empty())
    }
}

/// One epoch to train.
pub(crate) struct Epoch<'a> {
    /// What the images' order is drawn from.
    pub(crate) seed: u64,
    /// Learning rate of each batch.
    pub(crate) rates: &'a [f64],
    /// Threads to compute with, at most.
    pub(crate) threads: usize,
}

impl ByHand {
    /// Makes ready to train networks of the sizes of `network` with these images, of as many
    /// numbers as it has inputs, at most [`MOST_INPUTS`].
    ///
    /// # Errors
    /// If the images' numbers are no floats.
    pub(crate) fn new(
        network: &Network,
        images: &Split,
        rule: Rule,
        batch_size: usize,
    ) -> Result<Self> {
        Self::with_level(Level::new(), network, images, rule, batch_size)
    }

    /// The same with vector instructions that need not be the best there are.
    fn with_level(
        level: Level,
        network: &Network,
        images: &Split,
        rule: Rule,
        batch_size: usize,
    ) -> Result<Self> {
        ensure!(
            images.images.kind() == Kind::Float,
            "train: images of kind {:?}, expected Float: convert with `.to_kind(Kind::Float)`",
            images.images.kind()
        );
        let lit = Lit::new(&images.images)?;
        let labels = Vec::<i64>::try_from(&images.labels)?;
        let batch_size = batch_size.min(labels.len());
        let width = dispatch!(level, simd => rows::vectors(simd) * rows::LANES);
        let hidden = usize::try_from(network.sizes().hidden)?;
        Ok(Self {
            level,
            labels: labels.iter().map(|&label| label as u8).collect(),
            rule,
            batch_size,
            tiles: Tile::for_layer(lit.inputs(), hidden, width, batch_size),
            lit,
        })
    }

    /// Trains `network` for one epoch, with velocities in the order of its weights, or none
    /// without momentum; the listener is told of each batch (from 0) and its loss, also of
    /// one that is no number, which ends the epoch before its update.
    ///
    /// # Errors
    /// What the listener returns, or if a thread cannot be started; the network holds what was
    /// learnt up to there.
    pub(crate) fn epoch(
        &mut self,
        network: &Network,
        velocities: Vec<(String, Tensor)>,
        epoch: &Epoch<'_>,
        listener: team::Listener<'_>,
    ) -> Result<ControlFlow<()>> {
        let parameters = Parameters::of(network, velocities);
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
