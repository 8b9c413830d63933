//! What a network says about one image: the colours of its ten probabilities, and its words.

use anyhow::{Result, ensure};
use plotters::prelude::RGBColor;

use super::style::{BLUE, VERMILION};
use crate::data::files::DIGITS;

/// Bars that are neither the prediction nor the truth.
const OTHER: RGBColor = RGBColor(176, 176, 176);

/// Ten probabilities and, where it is known, the digit that the image shows.
pub(super) struct Guess {
    probabilities: [f64; DIGITS],
    label: Option<u8>,
}

impl Guess {
    /// # Errors
    /// The label is no digit.
    pub(super) fn new(probabilities: [f64; DIGITS], label: Option<u8>) -> Result<Self> {
        if let Some(label) = label {
            ensure!(usize::from(label) < DIGITS, "label {label}; expected a digit, 0 to 9");
        }
        Ok(Self { probabilities, label })
    }

    pub(super) fn probability(&self, digit: usize) -> f64 {
        self.probabilities.get(digit).copied().unwrap_or(0.0)
    }

    /// The digit of the largest probability, the first of equals.
    pub(super) fn prediction(&self) -> usize {
        let digits = (0..DIGITS).rev();
        let largest =
            digits.max_by(|a, b| self.probabilities[*a].total_cmp(&self.probabilities[*b]));
        largest.unwrap_or(0)
    }

    /// Whether the prediction is the label; `None` without a label.
    pub(super) fn right(&self) -> Option<bool> {
        self.label.map(|label| usize::from(label) == self.prediction())
    }

    /// The digit that the image shows, if it was taken for another.
    pub(super) fn missed(&self) -> Option<usize> {
        self.label.map(usize::from).filter(|label| *label != self.prediction())
    }

    /// Blue for the prediction, or orange for a wrong one and blue for the truth.
    pub(super) fn color(&self, digit: usize) -> RGBColor {
        match self.missed() {
            Some(truth) if digit == truth => BLUE,
            Some(_) if digit == self.prediction() => VERMILION,
            None if digit == self.prediction() => BLUE,
            _ => OTHER,
        }
    }

    /// "Right: the image shows a 7", and its colour.
    pub(super) fn verdict(&self) -> Option<(String, RGBColor)> {
        let label = self.label?;
        let (word, color) = if self.right()? { ("Right", BLUE) } else { ("Wrong", VERMILION) };
        Some((format!("{word}: the image shows {}", a_digit(label)), color))
    }

    /// "0: 0.2 %, 1: <0.1 %, …"
    pub(super) fn in_words(&self) -> String {
        let each = self.probabilities.iter().enumerate();
        let each = each.map(|(digit, share)| format!("{digit}: {}", sure(*share)));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// "a 7", "an 8".
pub(super) fn a_digit(digit: u8) -> String {
    format!("{} {digit}", if digit == 8 { "an" } else { "a" })
}

/// A probability in percent with one decimal, never rounded to certainty.
pub(super) fn sure(probability: f64) -> String {
    match probability * 100.0 {
        percentage if percentage > 0.0 && percentage < 0.05 => "<0.1 %".to_owned(),
        percentage if (99.95..100.0).contains(&percentage) => ">99.9 %".to_owned(),
        percentage => format!("{percentage:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded_to_certainty() {
        let texts = [0.0, 1e-9, 0.0005, 0.4567, 0.9994, 0.99951, 1.0].map(sure);
        assert_eq!(texts, ["0.0 %", "<0.1 %", "0.1 %", "45.7 %", "99.9 %", ">99.9 %", "100.0 %"]);
    }

    #[test]
    fn the_first_of_equal_probabilities_wins() {
        let mut probabilities = [0.0; DIGITS];
        (probabilities[3], probabilities[7]) = (0.5, 0.5);
        let guess = Guess::new(probabilities, Some(7)).expect("a digit");
        assert_eq!((guess.prediction(), guess.missed()), (3, Some(7)));
        assert_eq!(guess.right(), Some(false));
    }
}
