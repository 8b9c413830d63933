//! Repeated measurements of one thing.

/// Seconds, in the order in which they were measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample(pub Vec<f64>);

impl Sample {
    /// The middle one, or the mean of the two in the middle; `None` if there is none.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            count if count % 2 == 1 => Some(sorted[middle]),
            _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
        }
    }

    /// `0.31-0.35`: the least and the most.
    pub fn spread(&self) -> String {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if self.0.is_empty() { String::new() } else { format!("{least:.2}-{most:.2}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_the_spread_the_ends() {
        let sample = Sample(vec![3.0, 1.0, 10.0]);
        assert_eq!(sample.median(), Some(3.0));
        assert_eq!(sample.spread(), "1.00-10.00");
        assert_eq!(Sample(vec![4.0, 1.0, 2.0, 9.0]).median(), Some(3.0));
        assert_eq!(Sample::default().median(), None);
        assert_eq!(Sample::default().spread(), "");
    }
}
