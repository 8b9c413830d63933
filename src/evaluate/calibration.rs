//! Whether the network is right as often as it says it is.

use anyhow::{Result, ensure};

use super::evaluation::Evaluation;

/// Most bins: with more, each would hold an image or none of the 10,000 tested.
const MOST_BINS: usize = 1000;

/// Images whose winning probability is above `low` and at most `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Lower end of the bin, 0..1, which belongs to the bin below.
    pub low: f64,
    /// Upper end of the bin, 0..1.
    pub high: f64,
    /// How many images.
    pub count: usize,
    /// Mean of their winning probabilities, 0..1; `None` without images.
    pub confidence: Option<f64>,
    /// Share of them classified correctly, 0..1; `None` without images.
    pub accuracy: Option<f64>,
}

/// How sure the network was, compared with how often it was right.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Bins of equal width from 0 to 1.
    pub bins: Vec<CalibrationBin>,
    /// Expected calibration error, 0..1: the mean over all images of the difference
    /// between accuracy and confidence of their bin.
    pub expected_error: f64,
}

impl Evaluation {
    /// Compares confidence and accuracy in `bins` bins of equal width.
    ///
    /// The expected calibration error is the sum over the bins of `count / tested *
    /// |accuracy - confidence|`. Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of
    /// Modern Neural Networks", ICML 2017, equations 2 and 3, whose experiments have 15 bins.
    ///
    /// # Errors
    /// If `bins` is 0 or above 1,000, nothing was tested, or a probability is NaN.
    pub fn calibration(&self, bins: usize) -> Result<Calibration> {
        ensure!(
            (1..=MOST_BINS).contains(&bins),
            "calibration: {bins} bins, expected a number from 1 to {MOST_BINS}"
        );
        // Of each bin: images, those classified correctly, the sum of their probabilities.
        let mut sums = vec![(0_usize, 0_usize, 0.0); bins];
        let edges: Vec<f64> = (1..=bins).map(|edge| edge as f64 / bins as f64).collect();
        for guess in self.predictions() {
            ensure!(
                guess.probability.is_finite(),
                "calibration: image {}: the probability of {} is {}; the network's weights \
                 contain NaN or infinity, train it again with a smaller learning rate",
                guess.index,
                guess.prediction,
                guess.probability
            );
            let bin = edges.partition_point(|edge| *edge < guess.probability).min(bins - 1);
            let (count, right, confidence) = &mut sums[bin];
            *count += 1;
            *right += usize::from(guess.truth == guess.prediction);
            *confidence += guess.probability;
        }
        let tested: usize = sums.iter().map(|(count, ..)| count).sum();
        ensure!(tested > 0, "calibration: nothing was tested");
        let gaps = sums.iter().map(|(_, right, confidence)| (*right as f64 - confidence).abs());
        let expected_error = gaps.sum::<f64>() / tested as f64;
        let sums = sums.into_iter().enumerate();
        let bins = sums.map(|(number, (count, right, confidence))| {
            let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
            CalibrationBin {
                low: number as f64 / bins as f64,
                high: (number + 1) as f64 / bins as f64,
                count,
                confidence: mean(confidence),
                accuracy: mean(right as f64),
            }
        });
        Ok(Calibration { bins: bins.collect(), expected_error })
    }
}
