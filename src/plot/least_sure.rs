//! Where the network hesitates: the images of the lowest winning probability.

use anyhow::{Context, Result, ensure};

use super::Figure;
use super::digits::digits_with_captions;
use super::guess::{a_digit, sure};
use crate::data::Split;
use crate::evaluate::{Evaluation, Prediction};

/// The `count` images that the network was least sure of, or all if there are fewer: each
/// with what it shows and the network's two best guesses.
///
/// # Errors
/// `count` is 0 or more than 100, or `split` isn't what `evaluation` tested.
pub fn least_sure(split: &Split, evaluation: &Evaluation, count: usize) -> Result<Figure> {
    ensure!(
        split.len() == evaluation.labels.len(),
        "least_sure: {} images here, but {} were tested: give the images that were tested",
        split.len(),
        evaluation.labels.len()
    );
    let found = evaluation.least_sure(count);
    let mut captions = Vec::with_capacity(found.len());
    for guess in &found {
        let (label, Prediction { index, truth, .. }) = (split.label(guess.index)?, guess);
        ensure!(
            label == *truth,
            "least_sure: image {index} is a {label} here, but was tested as {truth}: give the \
             images that were tested"
        );
        captions.push(format!(
            "image {index}: {}\n{} with {}\n{} with {}",
            a_digit(*truth),
            guess.prediction,
            sure(guess.probability),
            guess.second,
            sure(guess.second_probability)
        ));
    }
    let indices: Vec<usize> = found.iter().map(|guess| guess.index).collect();
    digits_with_captions(split, &indices, &captions).context("least_sure")
}
