//! Trainings whose gradients are computed by hand, by [`sparse_step`].

use std::ops::ControlFlow;

use anyhow::{Result, ensure};
use sparse_step::{MAX_INPUTS, Parameters, Rule, Sizes, Trainer, Weights};
use tch::{Kind, Tensor};

use super::config::impossible_by_hand;
use super::{GradientMethod, Observer, Optimizer, Reads, TrainConfig};
use crate::data::Split;
use crate::model::Network;
use crate::sparse;

/// Images of a batch up to which gradients by hand are the faster way: what larger ones keep
/// for each neuron no longer stays in the caches.
const LARGEST_BATCH: usize = 1024;

/// A training by hand, and room for what it changes.
pub(super) struct ByHand {
    trainer: Trainer,
    parameters: Parameters,
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
    let sizes = match (config.gradients, check(network, config, observer)) {
        (GradientMethod::ByHand, Err(obstacle)) => return Err(impossible_by_hand(&obstacle)),
        (GradientMethod::ByHand, Ok(sizes)) => sizes,
        (GradientMethod::Auto, Ok(sizes)) if config.batch_size <= LARGEST_BATCH => sizes,
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
    Ok(Some(ByHand { trainer, parameters: Parameters::new(Weights::zeros(sizes)) }))
}

/// The network's sizes, or why this cannot be trained by hand.
fn check(
    network: &Network,
    config: &TrainConfig,
    observer: &dyn Observer,
) -> Result<Sizes, String> {
    config.check_by_hand()?;
    if observer.reads() == Reads::Network {
        return Err("the observer reads the network in the midst of an epoch".to_owned());
    }
    let inputs = network.sizes().inputs;
    sparse::sizes(network.sizes()).ok_or_else(|| {
        format!("the network has {inputs} inputs, and {MAX_INPUTS} are the most there")
    })
}

/// Trains `network` for one epoch, its images in an `order` and with a learning rate for each
/// batch; velocities are in the order of its weights, or none without momentum. The listener is
/// told of each batch (from 0) and its loss, also of one that is NaN or infinite, which ends the
/// epoch before its update.
///
/// # Errors
/// What the listener returns, or if a thread cannot be started; the network holds what was
/// learnt up to there.
pub(super) fn epoch(
    ByHand { trainer, parameters }: &mut ByHand,
    network: &Network,
    velocities: &[(String, Tensor)],
    order: &[usize],
    rates: &[f64],
    threads: usize,
    listener: &mut dyn FnMut(usize, f64) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<()>> {
    let tensors = network.named_tensors();
    sparse::copy_in(&tensors, &mut parameters.weights)?;
    sparse::copy_in(velocities, &mut parameters.velocities)?;
    let mut failed = Ok(());
    let flow = trainer.epoch(parameters, order, rates, threads, &mut |index, loss| {
        listener(index, loss).unwrap_or_else(|error| {
            failed = Err(error);
            ControlFlow::Break(())
        })
    });
    sparse::copy_back(&parameters.weights, &tensors)?;
    sparse::copy_back(&parameters.velocities, velocities)?;
    failed?;
    Ok(flow?)
}
