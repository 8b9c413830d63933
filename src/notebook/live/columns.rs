//! The losses of a training as a curve of a few hundred points, whatever its length.

/// Points across the whole training: about one for each two pixels of the view.
pub(super) const MOST: usize = 300;

/// Mean losses of the batches that share a place along the axis.
pub(super) struct Columns {
    /// Steps of the training: the first one seen, and the last one there will be.
    first: usize,
    last: usize,
    /// Sum and number of the finite losses of each column.
    sums: Vec<(f64, u32)>,
}

impl Columns {
    /// For the steps from `first` up to and including `last`.
    pub(super) fn new(first: usize, last: usize) -> Self {
        let last = last.max(first);
        let count = (last - first).saturating_add(1).min(MOST);
        Self { first, last, sums: vec![(0.0, 0); count] }
    }

    /// Takes up the loss of one step.
    pub(super) fn add(&mut self, step: usize, loss: f64) {
        let (place, steps) = (step.saturating_sub(self.first), self.last - self.first);
        let column = place as u128 * self.sums.len() as u128 / (steps as u128 + 1);
        let last = self.sums.len() - 1;
        let (sum, count) =
            &mut self.sums[usize::try_from(column).map_or(last, |column| column.min(last))];
        if loss.is_finite() {
            *sum += loss;
            *count += 1;
        }
    }

    /// How far along the axis a step begins, 0 up to, not including, 1.
    pub(super) fn share(&self, step: usize) -> f64 {
        step.saturating_sub(self.first) as f64 / ((self.last - self.first) as f64 + 1.0)
    }

    /// The curve so far: the middle of each column along the axis, 0..1, and its mean loss.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        let width = 1.0 / self.sums.len() as f64;
        let begun = self.sums.iter().enumerate().filter(|(_, (_, count))| *count > 0);
        begun.map(move |(column, (sum, count))| {
            ((column as f64 + 0.5) * width, sum / f64::from(*count))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_training_has_a_point_for_each_batch() {
        let mut columns = Columns::new(1, 4);
        (1..=3).for_each(|step| columns.add(step, step as f64));
        let points: Vec<_> = columns.points().collect();
        assert_eq!(points, [(0.125, 1.0), (0.375, 2.0), (0.625, 3.0)]);
    }

    #[test]
    fn a_long_one_has_means_and_no_more_points_than_the_most() {
        let mut columns = Columns::new(1, 36_000);
        for step in 1..=36_000 {
            columns.add(step, if step % 2 == 0 { 1.0 } else { 2.0 });
        }
        let points: Vec<_> = columns.points().collect();
        assert_eq!(points.len(), MOST);
        assert!(points.iter().all(|(share, mean)| (0.0..1.0).contains(share) && *mean == 1.5));
    }

    #[test]
    fn a_training_that_goes_on_begins_at_the_left_and_odd_numbers_are_left_out() {
        let mut columns = Columns::new(501, 1000);
        columns.add(501, 0.5);
        columns.add(502, f64::NAN);
        columns.add(2000, 0.25); // beyond what was promised
        assert_eq!(columns.share(501), 0.0);
        let points: Vec<_> = columns.points().collect();
        assert_eq!(points.len(), 2);
        assert_eq!((points[0].1, points[1].1), (0.5, 0.25));
    }
}
