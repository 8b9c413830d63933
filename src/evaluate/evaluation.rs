//! What the network said about each image, and where it hesitated.

use super::Evaluation;

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

impl Evaluation {
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
}
