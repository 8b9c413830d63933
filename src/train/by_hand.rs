//! Trainings whose gradients are computed by hand, by [`sparse_step`].

use std::ops::ControlFlow;

use anyhow::{Result, ensure};
use sparse_step::{MAX_INPUTS, Rule, Trainer};
use tch::{Kind, Tensor};

use super::config::impossible_by_hand;
use super::{Observer, Optimizer, Reads, Step, TrainConfig};
use crate::data::Split;
use crate::data::random::Random;
use crate::model::Network;
use crate::sparse;

/// Images of a batch up to which gradients by hand are the faster way: what larger ones keep
/// for each neuron no longer stays in the caches.
const LARGEST_BATCH: usize = 1024;

/// A training by hand: the images, and the room its steps need.
#[derive(Debug)]
pub(super) struct ByHand {
    trainer: Trainer,
    sizes: sparse_step::Sizes,
    images: usize,
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

/// The training by hand for these settings, or `None` where autograd is to do it.
///
/// # Errors
/// If it was asked for and is impossible, naming why; or if the images are not of kind float.
pub(super) fn choose(
    network: &Network,
    split: &Split,
    config: &TrainConfig,
    observer: &dyn Observer,
) -> Result<Option<ByHand>> {
    let sizes = match (config.step, check(network, config, observer)) {
        (Step::ByHand, Err(obstacle)) => return Err(impossible_by_hand(&obstacle)),
        (Step::ByHand, Ok(sizes)) => sizes,
        (Step::Auto, Ok(sizes)) if config.batch_size <= LARGEST_BATCH => sizes,
        _ => return Ok(None),
    };
    let kind = split.images.kind();
    ensure!(
        kind == Kind::Float,
        "train: images of kind {kind:?}, expected Float: convert with `.to_kind(Kind::Float)`"
    );
    let rule = Rule {
        momentum: config.momentum,
        weight_decay: config.weight_decay,
        nesterov: config.optimizer == Optimizer::Nesterov,
    };
    let labels = Vec::<i64>::try_from(&split.labels)?;
    let labels: Vec<u8> = labels.into_iter().map(u8::try_from).collect::<Result<_, _>>()?;
    let images = sparse::images(&split.images)?;
    let trainer = Trainer::new(sizes.hidden, images, labels, rule, config.batch_size)?;
    Ok(Some(ByHand { trainer, sizes, images: split.len() }))
}

/// The network's sizes, or why this cannot be trained by hand.
fn check(
    network: &Network,
    config: &TrainConfig,
    observer: &dyn Observer,
) -> Result<sparse_step::Sizes, String> {
    if let Some(obstacle) = config.not_by_hand() {
        return Err(obstacle);
    }
    if observer.reads() == Reads::Network {
        return Err("the observer reads the network in the midst of an epoch".to_owned());
    }
    sparse::sizes(network.sizes()).ok_or_else(|| {
        let inputs = network.sizes().inputs;
        format!("the network has {inputs} inputs, and {MAX_INPUTS} are the most there")
    })
}

impl ByHand {
    /// Trains `network` for one epoch, with velocities in the order of its weights, or none
    /// without momentum; the listener is told of each batch (from 0) and its loss, also of one
    /// that is NaN or infinite, which ends the epoch before its update.
    ///
    /// # Errors
    /// What the listener returns, or if a thread cannot be started; the network holds what was
    /// learnt up to there.
    pub(super) fn epoch(
        &mut self,
        network: &Network,
        velocities: &[(String, Tensor)],
        epoch: &Epoch<'_>,
        listener: &mut dyn FnMut(usize, f64) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let tensors = network.named_tensors();
        let mut parameters = sparse::parameters(self.sizes, &tensors, velocities)?;
        let order = Random::new(epoch.seed).permutation(self.images);
        let order: Vec<usize> = order.into_iter().map(|index| index as usize).collect();
        let mut failed = Ok(());
        let mut listen = |index, loss| {
            listener(index, loss).unwrap_or_else(|error| {
                failed = Err(error);
                ControlFlow::Break(())
            })
        };
        let Epoch { rates, threads, .. } = *epoch;
        let flow = self.trainer.epoch(&mut parameters, &order, rates, threads, &mut listen);
        sparse::copy_back(&parameters.weights, &tensors)?;
        sparse::copy_back(&parameters.velocities, velocities)?;
        failed?;
        Ok(flow?)
    }
}
