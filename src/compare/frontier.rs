//! What is worth its time: trainings of which no other is both faster and more accurate.

/// One training, or several of one kind: how long it took and how good it became.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeAccuracy {
    /// What it is called in the legend.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Share of the test images classified correctly, 0..1.
    pub accuracy: f64,
    /// How far the accuracy spreads to either side between repetitions, 0..1; 0 if unknown.
    pub spread: f64,
}

impl TimeAccuracy {
    /// Whether this one is at least as fast and as accurate as `other`, and better in one.
    fn beats(&self, other: &Self) -> bool {
        let no_worse = self.seconds <= other.seconds && self.accuracy >= other.accuracy;
        no_worse && (self.seconds < other.seconds || self.accuracy > other.accuracy)
    }
}

/// The places of the points that no other point beats (the Pareto frontier), the fastest
/// first; of equal points all. A point whose time or accuracy is not a finite number is left
/// out and beats none.
pub fn frontier(points: &[TimeAccuracy]) -> Vec<usize> {
    let finite = |point: &&TimeAccuracy| point.seconds.is_finite() && point.accuracy.is_finite();
    let mut unbeaten: Vec<usize> = (0..points.len())
        .filter(|place| finite(&&points[*place]))
        .filter(|place| !points.iter().filter(finite).any(|other| other.beats(&points[*place])))
        .collect();
    unbeaten.sort_by(|a, b| points[*a].seconds.total_cmp(&points[*b].seconds));
    unbeaten
}
