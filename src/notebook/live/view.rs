//! What is known of a running training, and when it is time to draw it again.

use std::time::Duration;

use super::columns::Columns;
use crate::thousands::thousands;
use crate::train::{BatchReport, EpochReport};

/// Between two drawings; ten times a second looks like motion and costs next to nothing.
const BETWEEN: Duration = Duration::from_millis(100);
/// Accuracies that are shown at most: in a longer training every second, third… one, and none
/// after these in one that does not end when it said.
pub(super) const MOST_ACCURACIES: usize = 100;
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
    first_step: usize,
    images: usize,
    now: Duration,
    drawn: Option<Duration>,
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
            first_step: report.step,
            images: 0,
            now: Duration::ZERO,
            drawn: None,
        }
    }

    /// Takes up a batch.
    pub(super) fn batch(&mut self, now: Duration, report: &BatchReport) {
        self.now = now;
        self.last = *report;
        self.images = self.images.saturating_add(report.images);
        self.losses.add(report.step, report.loss);
    }

    /// Takes up an epoch.
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

    /// Whether nothing was drawn yet.
    pub(super) fn is_new(&self) -> bool {
        self.drawn.is_none()
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
        let own = done.saturating_sub(self.first_step).saturating_add(1);
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
fn loss_in_words(loss: f64) -> String {
    if loss.abs() < 1e6 { format!("{loss:.4}") } else { format!("{loss:.1e}") }
}

/// Seconds as `8 s`, `2 min 10 s` or `3 h 05 min`.
fn in_words(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{} h {minutes:02} min", thousands(hours)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::batch as report;
    use super::*;

    #[test]
    fn it_is_drawn_at_once_and_then_ten_times_a_second() {
        let mut view = View::new("live-1".to_owned(), &report(1, 18, 2000));
        let mut drawn = Vec::new();
        for step in 1..=5000_usize {
            let now = Duration::from_micros(700 * (step as u64 - 1));
            view.batch(now, &report(step, 18, 2000));
            if view.is_due() {
                drawn.push(now);
            }
        }
        assert_eq!(drawn[0], Duration::ZERO);
        let gaps: Vec<Duration> = drawn.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap >= BETWEEN), "{gaps:?}");
        assert!(gaps.iter().all(|gap| *gap <= Duration::from_millis(200)), "{gaps:?}");
        assert!(drawn.len() >= 33, "{}", drawn.len()); // of 3.5 seconds
    }

    #[test]
    fn slow_batches_are_drawn_one_by_one() {
        let mut view = View::new("live-1".to_owned(), &report(1, 1, 5));
        for step in 1..=5 {
            view.batch(Duration::from_millis(300 * step as u64), &report(step, 1, 5));
            assert!(view.is_due());
        }
    }

    #[test]
    fn the_words_tell_place_pace_and_numbers() {
        let mut view = View::new("live-1".to_owned(), &report(1, 18, 2000));
        assert_eq!(view.pace(), "measuring the pace");
        for step in 1..=3234 {
            view.batch(Duration::from_millis(step as u64), &report(step, 18, 2000));
            if step == 2000 {
                let accuracy = Some(0.9612);
                view.epoch(&EpochReport { epoch: 1, loss: 0.2012, accuracy, seconds: 2.0 });
            }
        }
        assert_eq!(view.place(), "epoch 2 of 18 · batch 1,234 of 2,000");
        assert_eq!(view.pace(), "30,000 images/s · 33 s left");
        let numbers = view.numbers();
        assert!(numbers.starts_with("loss 0.0007 · epoch 1: loss 0.2012, test"), "{numbers}");
        assert!(numbers.ends_with("test accuracy 96.12 %"), "{numbers}");
        assert_eq!(view.accuracies, [(2000.0 / 36_000.0, 0.9612)]);
    }

    #[test]
    fn a_training_that_goes_on_counts_its_own_batches_for_the_pace() {
        let mut view = View::new("live-1".to_owned(), &report(18_001, 18, 2000));
        for step in 18_001..=27_000 {
            view.batch(Duration::from_millis(step as u64 - 18_000), &report(step, 18, 2000));
        }
        assert_eq!(view.pace(), "30,000 images/s · 9 s left");
        assert_eq!(view.steps(), (27_000, 36_000));
    }

    #[test]
    fn a_loss_that_runs_away_stays_on_its_line() {
        let losses = [0.1234, 999_999.0, 3.26e38, f64::NAN].map(loss_in_words);
        assert_eq!(losses, ["0.1234", "999999.0000", "3.3e38", "NaN"]);
    }

    #[test]
    fn time_reads_as_people_say_it() {
        let words = [0.4, 59.6, 130.0, 11_100.0].map(in_words);
        assert_eq!(words, ["0 s", "1 min 00 s", "2 min 10 s", "3 h 05 min"]);
    }
}
