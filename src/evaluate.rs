//! Testing: accuracy, confusion matrix, accuracy per digit, worst mistakes, calibration.

mod calibration;
mod pairs;
mod predictions;

use std::fmt;

use anyhow::{Context, Result, ensure};
use tch::Tensor;

use crate::by_hand::Forward;
use crate::data::Split;
use crate::model::{DIGITS, Network};

pub use calibration::{Calibration, CalibrationBin};
pub use pairs::ConfusedPair;
pub use predictions::Prediction;

/// Images that go through the network together when testing: enough to keep the
/// processor busy, few enough (4 MB) to stay in its cache.
const TEST_BATCH: usize = 1000;

/// An image the network got wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mistake {
    /// Which image of the set.
    pub index: usize,
    /// The digit it shows.
    pub truth: u8,
    /// The digit the network took it for.
    pub prediction: u8,
    /// How sure the network was of its prediction, 0..1.
    pub probability: f64,
}

/// How a network did on a set of labelled images.
#[derive(Clone, PartialEq)]
pub struct Evaluation {
    /// Images tested.
    pub tested: usize,
    /// Images classified correctly.
    pub correct: usize,
    /// Mean negative log-likelihood of the true digits, in nats.
    pub loss: f64,
    /// `confusion[truth][prediction]`: how many images of `truth` were taken for `prediction`.
    pub confusion: [[u64; 10]; 10],
    /// Every wrong prediction, the surest first.
    pub mistakes: Vec<Mistake>,
    /// The probability of each digit, 0..1, for every image in its order.
    pub probabilities: Vec<[f32; 10]>,
    /// The digit the network took every image for, in their order.
    pub predictions: Vec<u8>,
    /// The digit every image shows, in their order.
    pub labels: Vec<u8>,
}

impl Evaluation {
    /// Share of the images classified correctly, 0..1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.tested as f64
    }

    /// Share of each digit's images classified correctly, 0..1; `None` for a digit
    /// of which there was no image.
    pub fn digit_accuracy(&self) -> [Option<f64>; 10] {
        digit_accuracy(&self.confusion)
    }
}

/// The diagonal's share of each row of `confusion[truth][prediction]`, 0..1; `None` for a row
/// of zeros.
pub(crate) fn digit_accuracy(confusion: &[[u64; 10]; 10]) -> [Option<f64>; 10] {
    std::array::from_fn(|digit| {
        // As floats, whose sum cannot overflow.
        let images: f64 = confusion[digit].iter().map(|count| *count as f64).sum();
        (images > 0.0).then(|| confusion[digit][digit] as f64 / images)
    })
}

/// Without the numbers of every single image, which would fill a notebook.
impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("tested", &self.tested)
            .field("correct", &self.correct)
            .field("loss", &self.loss)
            .field("confusion", &self.confusion)
            .field("mistakes", &self.mistakes)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Number Of Images Tested = {}", self.tested)?;
        write!(f, "Model Accuracy = {:.4}", self.accuracy())
    }
}

/// Runs every image of `split` through `network`, in batches of 1,000.
///
/// # Errors
/// If there are no images, if the split's tensors are not as long as it, or if the network does
/// not take 784 pixels and give 10 classes.
pub fn evaluate(network: &Network, split: &Split) -> Result<Evaluation> {
    ensure!(!split.is_empty(), "evaluate: there are no images to test");
    split.check().context("evaluate")?;
    let outputs = network.sizes().outputs;
    ensure!(
        outputs == DIGITS,
        "evaluate: the network has {outputs} outputs, expected {DIGITS}, one for each digit"
    );
    let mut evaluation = Evaluation {
        tested: 0,
        correct: 0,
        loss: 0.0,
        confusion: [[0; 10]; 10],
        mistakes: Vec::new(),
        probabilities: Vec::with_capacity(split.len()),
        predictions: Vec::with_capacity(split.len()),
        labels: Vec::with_capacity(split.len()),
    };
    let mut forward = Forward::new(network)?;
    for (images, labels) in split.batches(TEST_BATCH) {
        let log_probabilities = match &mut forward {
            Some(forward) if forward.takes(&images) => forward.log_probabilities(&images)?,
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

/// The place of the largest number, the first of several.
fn largest(numbers: &[f32; 10]) -> usize {
    (1..numbers.len()).fold(0, |best, at| if numbers[at] > numbers[best] { at } else { best })
}

impl Evaluation {
    /// Counts one batch: the log-probabilities of each image, and their labels.
    fn add(&mut self, log_probabilities: &[[f32; 10]], labels: &[i64]) -> Result<()> {
        for (row, &truth) in log_probabilities.iter().zip(labels) {
            ensure!(
                (0..DIGITS).contains(&truth),
                "evaluate: image {} has the label {truth}, expected a digit from 0 to 9",
                self.tested
            );
            let (truth, prediction) = (truth as usize, largest(row));
            self.loss -= f64::from(row[truth]);
            self.probabilities.push(row.map(f32::exp));
            self.confusion[truth][prediction] += 1;
            if truth == prediction {
                self.correct += 1;
            } else {
                self.mistakes.push(Mistake {
                    index: self.tested,
                    truth: truth as u8,
                    prediction: prediction as u8,
                    probability: f64::from(row[prediction]).exp(),
                });
            }
            self.predictions.push(prediction as u8);
            self.labels.push(truth as u8);
            self.tested += 1;
        }
        Ok(())
    }
}
