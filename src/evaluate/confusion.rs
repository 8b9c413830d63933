//! Which digits the network takes for which others.

use std::cmp::Reverse;

use anyhow::Result;

use super::Evaluation;
use crate::table::{Align, Table};
use crate::thousands::thousands;

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

impl Evaluation {
    /// Every kind of mistake that occurred, the most frequent first; those as frequent in the
    /// order of their digits.
    pub fn confused_pairs(&self) -> Vec<ConfusedPair> {
        confused_pairs(&self.confusion)
    }

    /// The `count` most frequent kinds of mistakes as a table, or all if there are fewer.
    ///
    /// # Errors
    /// None for what [`evaluate`](super::evaluate) returns.
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
}

/// The same for `confusion[truth][prediction]`, a number of images each.
pub(crate) fn confused_pairs(confusion: &[[u64; 10]; 10]) -> Vec<ConfusedPair> {
    let mut pairs = Vec::new();
    for (truth, row) in (0..).zip(confusion) {
        // As floats, whose sum cannot overflow.
        let images: f64 = row.iter().map(|count| *count as f64).sum();
        for (prediction, &count) in (0..).zip(row) {
            if truth != prediction && count > 0 {
                let share = count as f64 / images;
                pairs.push(ConfusedPair { truth, prediction, count, share });
            }
        }
    }
    pairs.sort_by_key(|pair| Reverse(pair.count));
    pairs
}
