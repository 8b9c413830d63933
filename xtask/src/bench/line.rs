//! What a contestant prints, and whether it trained what the others do.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::ops::RangeInclusive;

/// One line of a contestant.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Epoch(Epoch),
    Ceiling { gflop_s: f64, gb_s: f64, seconds: f64 },
    Last(Last),
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

/// What our own program tells besides.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Last {
    /// Seconds of loading and checking all of MNIST.
    pub load_s: f64,
    /// Milliseconds of testing 10,000 images.
    pub test_10000_ms: f64,
    /// The most memory held, in millions of bytes, where the system tells.
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
    pub last: Option<Last>,
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
                Line::Last(last) => output.last = Some(last),
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

/// What one epoch of this training comes to, whoever does it.
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"epoch": 1, "seconds": 1.5, "loss": 0.51, "accuracy": 0.919}"#;

    #[test]
    fn lines_of_every_kind_are_read_and_words_are_passed_over() {
        let text = format!(
            "*** words ***\n{GOOD}\n{}\n{}\n",
            r#"{"epoch": 2, "seconds": 1.25, "loss": 0.26, "accuracy": 0.935}"#,
            r#"{"load_s": 0.5, "test_10000_ms": 40.5, "peak_mb": null}"#,
        );
        let output = Output::parse(&text).unwrap();
        assert_eq!(output.seconds(), [1.5, 1.25]);
        let last = Last { load_s: 0.5, test_10000_ms: 40.5, peak_mb: None };
        assert_eq!(output.last, Some(last));
        Expected::MNIST.check(&output).unwrap();

        let ceiling =
            r#"{"gflop_s": 100, "gb_s": 20, "products_s": 1, "update_s": 1, "seconds": 2}"#;
        let output = Output::parse(ceiling).unwrap();
        assert_eq!(output.ceiling, Some((2.0, 100.0, 20.0)));
        Expected::MNIST.check(&output).unwrap();
    }

    #[test]
    fn a_line_cut_short_is_named() {
        for line in [r#"{"epoch": 1, "sec"#, r#"{"epoch": 1, "seconds": "fast"}"#] {
            let error = format!("{:#}", Output::parse(line).unwrap_err());
            assert!(error.contains("not understood") && error.contains(line), "{error}");
        }
    }

    #[test]
    fn who_trains_something_else_is_refused() {
        for (loss, accuracy) in [(0.40, 0.919), (0.51, 0.95), (0.70, 0.88), (0.51, 0.098)] {
            let line = format!(
                r#"{{"epoch": 1, "seconds": 0.1, "loss": {loss}, "accuracy": {accuracy}}}"#
            );
            let output = Output::parse(&line).unwrap();
            let error = Expected::MNIST.check(&output).unwrap_err().to_string();
            assert!(error.contains("does not train the same"), "{error}");
            assert!(error.contains("expected 0.49 to 0.53 and 91.0 to 92.6 %"), "{error}");
        }
        let silent = Expected::MNIST.check(&Output::default()).unwrap_err().to_string();
        assert_eq!(silent, "printed no epoch");
    }

    #[test]
    fn who_leaves_the_first_epoch_out_is_refused() {
        let output = Output::parse(&GOOD.replace(r#""epoch": 1"#, r#""epoch": 2"#)).unwrap();
        let error = Expected::MNIST.check(&output).unwrap_err().to_string();
        assert!(error.contains("epoch 2, expected 1"), "{error}");
    }
}
