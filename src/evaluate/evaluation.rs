//! How a network did, image by image.

use std::cmp::Reverse;
use std::fmt;

use anyhow::{Result, ensure};

use crate::model::DIGITS;
use crate::table::{Align, Table};
use mnist_files::thousands::thousands;

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

/// What the network said about one image, right or wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Which image of the set.
    pub index: usize,
    /// The digit it shows.
    pub truth: u8,
    /// The digit the network takes it for.
    pub prediction: u8,
    /// How sure the network is of its prediction, 0..1.
    pub probability: f64,
    /// The digit it holds the second most probable.
    pub second: u8,
    /// How sure the network is of that, 0..1.
    pub second_probability: f64,
}

/// A kind of mistake: images of one digit that were taken for another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfusedPair {
    /// The digit that the images show.
    pub truth: u8,
    /// The digit that the network took them for.
    pub prediction: u8,
    /// How many images.
    pub count: u64,
    /// Their share of all images of `truth`, 0..1.
    pub share: f64,
}

/// How a network did on a set of labelled images.
#[derive(Clone, Default, PartialEq)]
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
        std::array::from_fn(|digit| {
            let images = images_of(&self.confusion[digit]);
            (images > 0.0).then(|| self.confusion[digit][digit] as f64 / images)
        })
    }

    /// Every kind of mistake that occurred, the most frequent first; those as frequent in the
    /// order of their digits.
    pub fn confused_pairs(&self) -> Vec<ConfusedPair> {
        let mut pairs = Vec::new();
        for (truth, row) in (0..).zip(&self.confusion) {
            for (prediction, &count) in (0..).zip(row) {
                if truth != prediction && count > 0 {
                    let share = count as f64 / images_of(row);
                    pairs.push(ConfusedPair { truth, prediction, count, share });
                }
            }
        }
        pairs.sort_by_key(|pair| Reverse(pair.count));
        pairs
    }

    /// The `count` most frequent kinds of mistakes as a table, or all if there are fewer.
    ///
    /// # Errors
    /// None for what [`evaluate`](super::evaluate()) returns.
    pub fn confused_pairs_table(&self, count: usize) -> Result<Table> {
        let columns = [
            ("truth", Align::Right),
            ("taken for", Align::Right),
            ("images", Align::Right),
            ("share of the truth", Align::Right),
        ];
        let pairs = self.confused_pairs();
        let rows = pairs.iter().take(count).map(|pair| {
            [
                pair.truth.to_string(),
                pair.prediction.to_string(),
                thousands(pair.count),
                format!("{:.2} %", pair.share * 100.0),
            ]
        });
        Table::new(&columns, rows)
    }

    /// The `count` images whose winning probability is the lowest, the least sure first, or
    /// all if there are fewer.
    pub fn least_sure(&self, count: usize) -> Vec<Prediction> {
        let mut found: Vec<Prediction> = self.predictions().collect();
        found.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        found.truncate(count);
        found
    }

    /// Every image in its order.
    pub(super) fn predictions(&self) -> impl Iterator<Item = Prediction> {
        let each = self.labels.iter().zip(&self.predictions).zip(&self.probabilities);
        each.enumerate().map(|(index, ((&truth, &prediction), shares))| {
            let of = |digit: u8| shares.get(usize::from(digit)).copied().map_or(0.0, f64::from);
            // The first of equals, as everywhere: `max_by` alone returns the last.
            let others = (0..10).rev().filter(|digit| *digit != prediction);
            let second = others.max_by(|a, b| of(*a).total_cmp(&of(*b))).unwrap_or(prediction);
            Prediction {
                index,
                truth,
                prediction,
                probability: of(prediction),
                second,
                second_probability: of(second),
            }
        })
    }

    /// Counts one batch: the log-probabilities of each image, and their labels.
    pub(super) fn add(&mut self, log_probabilities: &[[f32; 10]], labels: &[i64]) -> Result<()> {
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

/// The images in one row of a confusion matrix; as floats, whose sum cannot overflow.
fn images_of(row: &[u64; 10]) -> f64 {
    row.iter().map(|count| *count as f64).sum()
}

/// The place of the largest number, the first of several.
fn largest(numbers: &[f32; 10]) -> usize {
    (1..numbers.len()).fold(0, |best, at| if numbers[at] > numbers[best] { at } else { best })
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
