//! What a confusion matrix, `confusion[truth][prediction]` images each, says of the digits.

use std::cmp::Reverse;

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

/// Every kind of mistake in `confusion[truth][prediction]`, the most frequent first; those as
/// frequent in the order of their digits.
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

/// The diagonal's share of each row of `confusion[truth][prediction]`, 0..1; `None` for a row
/// of zeros.
pub(crate) fn digit_accuracy(confusion: &[[u64; 10]; 10]) -> [Option<f64>; 10] {
    std::array::from_fn(|digit| {
        // As floats, whose sum cannot overflow.
        let images: f64 = confusion[digit].iter().map(|count| *count as f64).sum();
        (images > 0.0).then(|| confusion[digit][digit] as f64 / images)
    })
}
