//! The state of a running training that is shown, and when to draw it again.

use std::time::Duration;

use crate::train::{BatchReport, EpochReport};
use mnist_files::thousands::thousands;

/// Between two drawings; ten times a second looks like motion and costs next to nothing.
pub(super) const BETWEEN: Duration = Duration::from_millis(100);
/// Accuracies that are shown at most: in a longer training every second, third… one, and none
/// after these in one that does not end when it said.
pub(super) const MOST_ACCURACIES: usize = 100;
/// Points across the whole training: about one for each two pixels of the view.
pub(super) const MOST_POINTS: usize = 300;
/// Before this much time nothing can be said of the time that is left.
const TOO_EARLY: Duration = Duration::from_millis(500);

/// A training as far as it is; times count from its first batch.
pub(super) struct View {
    pub(super) id: String,
    pub(super) last: BatchReport,
    pub(super) losses: Columns,
    /// Where along the axis an epoch ended, 0..1, and the accuracy then, 0..1.
    pub(super) accuracies: Vec<(f64, f64)>,
    pub(super) last_epoch: Option<EpochReport>,
    /// An accuracy is kept of each so many epochs.
    every: usize,
    images: usize,
    now: Duration,
    /// When it was last drawn.
    pub(super) drawn: Option<Duration>,
}

impl View {
    /// A view of the training whose first batch is `report`.
    pub(super) fn new(id: String, report: &BatchReport) -> Self {
        let steps = report.epochs.saturating_mul(report.batches);
        Self {
            id,
            last: *report,
            losses: Columns::new(report.step, steps),
            accuracies: Vec::new(),
            last_epoch: None,
            every: report.epochs.div_ceil(MOST_ACCURACIES).max(1),
            images: 0,
            now: Duration::ZERO,
            drawn: None,
        }
    }

    /// Adds a batch.
    pub(super) fn batch(&mut self, now: Duration, report: &BatchReport) {
        self.now = now;
        self.last = *report;
        self.images = self.images.saturating_add(report.images);
        self.losses.add(report.step, report.loss);
    }

    /// Adds an epoch.
    pub(super) fn epoch(&mut self, report: &EpochReport) {
        self.last_epoch = Some(*report);
        let shown =
            report.epoch.is_multiple_of(self.every) && self.accuracies.len() < MOST_ACCURACIES;
        let accuracy = report.accuracy.filter(|accuracy| shown && accuracy.is_finite());
        if let Some(accuracy) = accuracy {
            self.accuracies.push((self.losses.share(self.last.step.saturating_add(1)), accuracy));
        }
    }

    /// Whether it is time to draw; if so, it counts as drawn.
    pub(super) fn is_due(&mut self) -> bool {
        let due = self.drawn.is_none_or(|drawn| self.now.saturating_sub(drawn) >= BETWEEN);
        if due {
            self.drawn = Some(self.now);
        }
        due
    }

    /// Steps that are done, and all there will be, counted over the whole training.
    pub(super) fn steps(&self) -> (usize, usize) {
        let all = self.last.epochs.saturating_mul(self.last.batches);
        (self.last.step, all.max(self.last.step))
    }

    /// `epoch 3 of 18 · batch 1,234 of 2,000`
    pub(super) fn place(&self) -> String {
        let BatchReport { epoch, epochs, batch, batches, .. } = self.last;
        let (batch, batches) = (thousands(batch), thousands(batches));
        format!("epoch {epoch} of {epochs} · batch {batch} of {batches}")
    }

    /// `21,345 images/s · 2 min 10 s left`, as soon as it can be said.
    pub(super) fn pace(&self) -> String {
        let seconds = self.now.as_secs_f64();
        if self.now < TOO_EARLY {
            return "measuring the pace".to_owned();
        }
        let rate = thousands((self.images as f64 / seconds).round() as u64);
        let (done, all) = self.steps();
        let own = done.saturating_sub(self.losses.first).saturating_add(1);
        let left = seconds / own as f64 * (all - done) as f64;
        format!("{rate} images/s · {} left", in_words(left))
    }

    /// `loss 0.1234 · epoch 2: loss 0.2012, test accuracy 96.12 %`
    pub(super) fn numbers(&self) -> String {
        let loss = match self.losses.points().last() {
            Some((_, loss)) => format!("loss {}", loss_in_words(loss)),
            None => "no loss yet".to_owned(),
        };
        let Some(EpochReport { epoch, loss: mean, accuracy, .. }) = self.last_epoch else {
            return loss;
        };
        let accuracy = accuracy.map(|share| format!(", test accuracy {:.2} %", 100.0 * share));
        let (mean, accuracy) = (loss_in_words(mean), accuracy.unwrap_or_default());
        format!("{loss} · epoch {epoch}: loss {mean}{accuracy}")
    }
}

/// A loss with four decimals, one that has run away in few letters.
pub(super) fn loss_in_words(loss: f64) -> String {
    if loss.abs() < 1e6 { format!("{loss:.4}") } else { format!("{loss:.1e}") }
}

/// Seconds as `8 s`, `2 min 10 s` or `3 h 05 min`.
pub(super) fn in_words(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{} h {minutes:02} min", thousands(hours)),
    }
}

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
        let count = (last - first).saturating_add(1).min(MOST_POINTS);
        Self { first, last, sums: vec![(0.0, 0); count] }
    }

    /// Adds the loss of one step.
    pub(super) fn add(&mut self, step: usize, loss: f64) {
        let column = self.along(step, self.sums.len()) as usize;
        let last = self.sums.len() - 1;
        let (sum, count) = &mut self.sums[column.min(last)];
        if loss.is_finite() {
            *sum += loss;
            *count += 1;
        }
    }

    /// How far along the axis a step begins, 0 up to, not including, 1.
    pub(super) fn share(&self, step: usize) -> f64 {
        self.along(step, 1)
    }

    /// Where a step begins on an axis of this length.
    fn along(&self, step: usize, length: usize) -> f64 {
        let done = step.saturating_sub(self.first) as f64;
        done * length as f64 / ((self.last - self.first) as f64 + 1.0)
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
