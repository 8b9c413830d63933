//! Repeated measurements of one thing.

/// The middle one, or the mean of the two in the middle; `None` if there is none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// `0.31-0.35`: the smallest and the largest.
pub fn spread(values: &[f64]) -> String {
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() { String::new() } else { format!("{smallest:.2}-{largest:.2}") }
}
