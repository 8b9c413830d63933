//! A training's values by epoch: their range, and their course in words.

use anyhow::{Result, ensure};

use super::numbers::{Scale, counted, value};

/// One training's values by epoch.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(usize, f64)>,
}

impl Curve {
    pub(super) fn finite(&self) -> impl DoubleEndedIterator<Item = (usize, f64)> {
        self.points.iter().copied().filter(|(_, value)| value.is_finite())
    }

    /// Epochs whose value is not a finite number.
    pub(super) fn lost(&self) -> Vec<usize> {
        let lost = self.points.iter().filter(|(_, value)| !value.is_finite());
        lost.map(|(epoch, _)| *epoch).collect()
    }

    /// "name: ", to begin an error with.
    pub(super) fn prefix(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) }
    }
}

/// What is measured by epoch.
pub(super) struct Measure {
    pub(super) title: &'static str,
    /// "Loss", to begin "Loss curve" with.
    noun: &'static str,
    pub(super) axis: &'static str,
    pub(super) write: fn(f64) -> String,
    /// The values' natural limits.
    limits: (f64, f64),
}

impl Measure {
    pub(super) const LOSS: Self = Self {
        title: "Training loss by epoch",
        noun: "Loss",
        axis: "loss (mean of the batches)",
        write: value,
        limits: (0.0, f64::MAX),
    };
    pub(super) const ACCURACY: Self = Self {
        title: "Accuracy by epoch",
        noun: "Accuracy",
        axis: "accuracy (%)",
        write: |percentage| format!("{percentage:.2} %"),
        limits: (0.0, 100.0),
    };

    /// A range that holds all values with some air, from 0 if that is near.
    pub(super) fn scale(&self, curves: &[Curve]) -> Result<Scale> {
        let values = || curves.iter().flat_map(Curve::finite).map(|(_, value)| value);
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        range(low, high, self.limits)
    }
}

/// Some air around `low..high`, but not beyond the natural `limits`.
pub(super) fn range(low: f64, high: f64, limits: (f64, f64)) -> Result<Scale> {
    ensure!(
        low.abs() < 1e300 && high.abs() < 1e300,
        "the values are too large to draw: up to {high:.0e}; the training diverged, try a \
         smaller learning rate"
    );
    let flat = high - low <= high.abs().max(low.abs()) * 1e-9;
    let span = if flat { high.abs().max(0.01) * 0.2 } else { high - low };
    let near_zero = low >= 0.0 && low < span * 0.6 && !flat;
    let bottom = if near_zero { 0.0 } else { low - span * 0.1 };
    let bottom = if low >= limits.0 { bottom.max(limits.0) } else { bottom };
    let top = high + span * 0.12;
    let top_tick = if high <= limits.1 { top.min(limits.1) } else { top };
    Ok(Scale::new(bottom, top, 8).up_to(top_tick))
}

/// What a chart of these curves shows, in words.
pub(super) fn alt_text(measure: &Measure, curves: &[Curve]) -> String {
    let noun = measure.noun;
    match curves {
        [curve] if curve.name.is_empty() => format!("{noun} curve {}.", course(measure, curve)),
        _ => {
            let runs = counted(curves.len() as u64, "training", "trainings");
            let each =
                curves.iter().map(|curve| format!(" {}, {}.", curve.name, course(measure, curve)));
            format!("{noun} curves of {runs}.{}", each.collect::<String>())
        }
    }
}

/// "over 18 epochs: 0.5101 in epoch 1, falling to 0.0312 in epoch 18"
fn course(measure: &Measure, curve: &Curve) -> String {
    let write = measure.write;
    let over = counted(curve.points.len() as u64, "epoch", "epochs");
    let mut text = format!("over {over}: ");
    let mut finite = curve.finite();
    if let Some((epoch, first)) = finite.next() {
        text += &format!("{} in epoch {epoch}", write(first));
        if let Some((epoch, last)) = finite.next_back() {
            let how = if last < first {
                "falling to"
            } else if last > first {
                "rising to"
            } else {
                "ending at"
            };
            text += &format!(", {how} {} in epoch {epoch}", write(last));
        }
    }
    match curve.lost().as_slice() {
        [] => {}
        [epoch] => text += &format!("; not a finite number in epoch {epoch}"),
        [first, .., last] => {
            let times = curve.lost().len();
            text += &format!("; not a finite number in {times} epochs from {first} to {last}");
        }
    }
    text
}
