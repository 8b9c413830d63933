//! Whether the network is right as often as it says it is.

use anyhow::{Result, ensure};

use super::Evaluation;

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
    /// If `bins` is 0 or above 1,000, nothing was tested, or a probability is not a number.
    pub fn calibration(&self, bins: usize) -> Result<Calibration> {
        ensure!(
            (1..=MOST_BINS).contains(&bins),
            "calibration: {bins} bins, expected a number from 1 to {MOST_BINS}"
        );
        let mut sums = vec![Sums::default(); bins];
        let edges: Vec<f64> = (1..=bins).map(|edge| edge as f64 / bins as f64).collect();
        for guess in self.predictions() {
            ensure!(
                guess.probability.is_finite(),
                "calibration: image {}: the probability of {} is {}; the network's weights are \
                 no numbers, train it again with a smaller learning rate",
                guess.index,
                guess.prediction,
                guess.probability
            );
            let bin = edges.partition_point(|edge| *edge < guess.probability).min(bins - 1);
            sums[bin].add(guess.probability, guess.truth == guess.prediction);
        }
        let tested: usize = sums.iter().map(|sum| sum.count).sum();
        ensure!(tested > 0, "calibration: nothing was tested");
        let gaps = sums.iter().map(|sum| (sum.right as f64 - sum.confidence).abs());
        let expected_error = gaps.sum::<f64>() / tested as f64;
        let bin = |(number, sum): (usize, &Sums)| sum.bin(number, bins);
        Ok(Calibration { bins: sums.iter().enumerate().map(bin).collect(), expected_error })
    }
}

/// What the images of a bin add up to.
#[derive(Clone, Default)]
struct Sums {
    count: usize,
    right: usize,
    confidence: f64,
}

impl Sums {
    fn add(&mut self, probability: f64, right: bool) {
        self.count += 1;
        self.right += usize::from(right);
        self.confidence += probability;
    }

    fn bin(&self, number: usize, bins: usize) -> CalibrationBin {
        let mean = |sum: f64| (self.count > 0).then(|| sum / self.count as f64);
        CalibrationBin {
            low: number as f64 / bins as f64,
            high: (number + 1) as f64 / bins as f64,
            count: self.count,
            confidence: mean(self.confidence),
            accuracy: mean(self.right as f64),
        }
    }
}
