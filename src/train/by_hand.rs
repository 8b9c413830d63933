//! Whether a training's gradients are computed by hand.

use anyhow::Result;

use super::config::impossible_by_hand;
use super::{Observer, Optimizer, Reads, Step, TrainConfig};
use crate::by_hand::{ByHand, MOST_INPUTS, Rule};
use crate::data::Split;
use crate::model::Network;

/// Images of a batch up to which gradients by hand are the faster way: what larger ones keep
/// for each neuron no longer stays in the caches.
const LARGEST_BATCH: usize = 1024;

/// The step by hand for this training, or `None` where autograd is to do it.
///
/// # Errors
/// If it was asked for and is impossible, naming why.
pub(super) fn choose(
    network: &Network,
    images: &Split,
    config: &TrainConfig,
    observer: &dyn Observer,
) -> Result<Option<ByHand>> {
    match (config.step, obstacle(network, config, observer)) {
        (Step::ByHand, Some(obstacle)) => return Err(impossible_by_hand(&obstacle)),
        (Step::ByHand, None) => {}
        (Step::Auto, None) if config.batch_size <= LARGEST_BATCH => {}
        _ => return Ok(None),
    }
    let rule = Rule {
        momentum: config.momentum,
        decay: config.weight_decay,
        nesterov: config.optimizer == Optimizer::Nesterov,
    };
    ByHand::new(network, images, rule, config.batch_size).map(Some)
}

/// Why this cannot be trained by hand, or `None`.
fn obstacle(network: &Network, config: &TrainConfig, observer: &dyn Observer) -> Option<String> {
    if let Some(obstacle) = config.not_by_hand() {
        return Some(obstacle);
    }
    let inputs = network.sizes().inputs;
    if inputs > MOST_INPUTS {
        return Some(format!(
            "the network has {inputs} inputs, and {MOST_INPUTS} are the most there"
        ));
    }
    (observer.reads() == Reads::Network)
        .then(|| "the observer reads the network in the midst of an epoch".to_owned())
}
