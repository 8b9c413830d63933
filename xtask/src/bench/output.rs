//! What a contestant prints, and whether it trained the same network as the others.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::ops::RangeInclusive;

/// One line of a contestant.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Epoch(Epoch),
    Ceiling { gflop_s: f64, gb_s: f64, seconds: f64 },
    Summary(Summary),
}

/// One epoch.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Of training alone.
    pub seconds: f64,
    /// Mean of the batches' losses.
    pub loss: f64,
    /// Share of the test images that are classified correctly, 0..1.
    pub accuracy: f64,
}

/// What our own program prints at its end.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Summary {
    /// Seconds of loading and checking all of MNIST.
    pub load_s: f64,
    /// Milliseconds of testing 10,000 images.
    pub test_10000_ms: f64,
    /// The most memory held, in millions of bytes, where the system reports it.
    pub peak_mb: Option<f64>,
}

/// All that one run of a contestant printed.
#[derive(Debug, Default, PartialEq)]
pub struct Output {
    /// In their order.
    pub epochs: Vec<Epoch>,
    /// Seconds an epoch would take, operations (10^9) and bytes (10^9) a second.
    pub ceiling: Option<(f64, f64, f64)>,
    /// Our own program's last line.
    pub summary: Option<Summary>,
}

impl Output {
    /// Reads the lines that begin with a brace; others are words for people.
    ///
    /// # Errors
    /// Names the first line that is not understood.
    pub fn parse(text: &str) -> Result<Self> {
        let mut output = Self::default();
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let parsed = serde_json::from_str(line)
                .with_context(|| format!("printed a line that is not understood: {line}"))?;
            match parsed {
                Line::Epoch(epoch) => output.epochs.push(epoch),
                Line::Ceiling { gflop_s, gb_s, seconds } => {
                    output.ceiling = Some((seconds, gflop_s, gb_s));
                }
                Line::Summary(summary) => output.summary = Some(summary),
            }
        }
        Ok(output)
    }

    /// Seconds of each epoch; of a ceiling, its own.
    pub fn seconds(&self) -> Vec<f64> {
        let epochs = self.epochs.iter().map(|epoch| epoch.seconds);
        epochs.chain(self.ceiling.map(|(seconds, ..)| seconds)).collect()
    }
}

/// The loss and accuracy after one epoch of this training, with any framework.
#[derive(Debug, Clone)]
pub struct Expected {
    data: &'static str,
    loss: RangeInclusive<f64>,
    accuracy: RangeInclusive<f64>,
}

impl Expected {
    /// Of MNIST: PyTorch's first epochs and ours lie in the middle.
    pub const MNIST: Self = Self { data: "MNIST", loss: 0.49..=0.53, accuracy: 0.91..=0.926 };
    /// Of the look-alike digits: ours and burn's came to 0.460 to 0.469 and 92.9 to 93.4 %.
    pub const LOOK_ALIKE: Self =
        Self { data: "the look-alike digits", loss: 0.44..=0.49, accuracy: 0.915..=0.945 };

    /// Refuses a contestant whose first epoch learnt something else; a ceiling learns nothing.
    ///
    /// # Errors
    /// Names what it came to and what was expected.
    pub fn check(&self, output: &Output) -> Result<()> {
        if output.ceiling.is_some() {
            return Ok(());
        }
        let first = output.epochs.first().context("printed no epoch")?;
        ensure!(first.epoch == 1, "its first line is of epoch {}, expected 1", first.epoch);
        let Self { data, loss, accuracy } = self;
        ensure!(
            loss.contains(&first.loss) && accuracy.contains(&first.accuracy),
            "does not train the same: loss {:.4} and accuracy {:.2} % after an epoch of {data}, \
             expected {} to {} and {:.1} to {:.1} %",
            first.loss,
            100.0 * first.accuracy,
            loss.start(),
            loss.end(),
            100.0 * accuracy.start(),
            100.0 * accuracy.end()
        );
        Ok(())
    }
}
