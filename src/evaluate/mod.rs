//! Testing: accuracy, confusion matrix, accuracy per digit, worst mistakes, calibration.

mod calibration;
mod evaluation;

use anyhow::{Context, Result, ensure};
use tch::Tensor;

use crate::data::Split;
use crate::model::{DIGITS, Network, Sizes};
use crate::sparse;

pub use calibration::{Calibration, CalibrationBin};
pub use evaluation::{ConfusedPair, Evaluation, Mistake, Prediction};

/// Images that go through the network together when testing: enough to keep the
/// processor busy, few enough (4 MB) to stay in its cache.
const TEST_BATCH: usize = 1000;

/// Runs every image of `split` through `network`, in batches of 1,000.
///
/// # Errors
/// If there are no images, if the split's tensors are not as long as it, or if the network does
/// not take 784 pixels and give 10 classes.
pub fn evaluate(network: &Network, split: &Split) -> Result<Evaluation> {
    ensure!(!split.is_empty(), "evaluate: there are no images to test");
    split.check().context("evaluate")?;
    let Sizes { inputs, outputs, .. } = network.sizes();
    ensure!(
        outputs == DIGITS,
        "evaluate: the network has {outputs} outputs, expected {DIGITS}, one for each digit"
    );
    let mut evaluation = Evaluation::default();
    let mut forward = sparse::forward(network)?;
    for (images, labels) in split.batches(TEST_BATCH) {
        let log_probabilities = match &mut forward {
            Some(forward) if sparse::supports(&images, inputs) => {
                forward.log_probabilities(&sparse::images(&images)?)?
            }
            _ => by_libtorch(network, &images)?,
        };
        evaluation.add(&log_probabilities, &Vec::try_from(labels)?)?;
    }
    evaluation.loss /= evaluation.tested as f64;
    evaluation.mistakes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    Ok(evaluation)
}

/// `[batch, inputs]` -> the log-probabilities of each image, for what our own forward pass
/// does not take.
fn by_libtorch(network: &Network, images: &Tensor) -> Result<Vec<[f32; 10]>> {
    let rows = tch::no_grad(|| network.forward(images))?; // [batch, 10]
    let rows = Vec::<f32>::try_from(rows.f_reshape([-1])?)?;
    Ok(rows.as_chunks().0.to_vec())
}
