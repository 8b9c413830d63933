//! What a network says about one image, checked, coloured and in words.

use anyhow::{Context, Result, bail, ensure};
use plotters::prelude::RGBColor;
use tch::{Device, Kind, Tensor};

use super::numbers::{each_digit, sure};
use super::style::{BLUE, VERMILION};
use crate::data::files::{DIGITS, PIXELS, SIDE};

/// Bars that are neither the prediction nor the truth.
const OTHER: RGBColor = RGBColor(176, 176, 176);
/// How far from 1 a sum of probabilities may be: ten rounded numbers never add up exactly.
const TOLERANCE: f64 = 1e-3;
/// How probabilities are made.
const EXP: &str = "give what `.exp()` makes of the network's output";

/// Ten probabilities and, where it is known, the digit that the image shows.
pub(super) struct Guess {
    pub(super) probabilities: [f64; DIGITS],
    pub(super) label: Option<u8>,
}

impl Guess {
    /// The digit of the largest probability, the first of equals.
    pub(super) fn prediction(&self) -> usize {
        let digits = (0..DIGITS).rev();
        let largest =
            digits.max_by(|a, b| self.probabilities[*a].total_cmp(&self.probabilities[*b]));
        largest.unwrap_or(0)
    }

    /// The digit that the image shows, if it was taken for another.
    pub(super) fn missed(&self) -> Option<usize> {
        self.label.map(usize::from).filter(|label| *label != self.prediction())
    }

    /// Blue for the prediction, or orange for a wrong one and blue for the truth.
    pub(super) fn color(&self, digit: usize) -> RGBColor {
        let prediction = self.prediction();
        match self.missed().unwrap_or(prediction) {
            truth if digit == truth => BLUE,
            _ if digit == prediction => VERMILION,
            _ => OTHER,
        }
    }

    /// "0: 0.2 %, 1: <0.1 %, …"
    pub(super) fn in_words(&self) -> String {
        each_digit(&self.probabilities, sure)
    }
}

/// The bytes of one image of `[784]`, `[1, 784]`, `[28, 28]` or `[1, 28, 28]`, floats from
/// 0 (paper) to 1 (ink).
///
/// # Errors
/// Another shape or kind, or a value that is no pixel.
pub(super) fn pixels(image: &Tensor) -> Result<Vec<u8>> {
    let (count, side) = (PIXELS as i64, SIDE as i64);
    let (shape, values) = read("image", image, "divide by 255 after `.to_kind(Kind::Float)`")?;
    ensure!(
        [&[count][..], &[1, count], &[side, side], &[1, side, side]].contains(&&shape[..]),
        "image of shape {shape:?}; expected one image, [{count}], [1, {count}], [{side}, {side}] \
         or [1, {side}, {side}]: take the first of several with `.get(0)`"
    );
    for (place, value) in values.iter().enumerate() {
        ensure!(
            (0.0..=1.0).contains(value),
            "image: pixel {place} is {value}; expected 0 (paper) to 1 (ink): divide bytes by 255, \
             and give the image before any other scaling"
        );
    }
    Ok(values.iter().map(|value| (value * 255.0).round() as u8).collect())
}

/// The ten probabilities of each of `count` images, from a tensor of `[count, 10]`, or of one
/// image also `[10]`.
///
/// # Errors
/// Another shape or kind, or a row of numbers that are no probabilities.
pub(super) fn probabilities(tensor: &Tensor, count: usize) -> Result<Vec<[f64; DIGITS]>> {
    let (shape, values) = read("probabilities", tensor, EXP)?;
    ensure!(
        shape == [count as i64, DIGITS as i64] || count == 1 && shape == [DIGITS as i64],
        "probabilities of shape {shape:?}; expected [{count}, {DIGITS}], one row for each of the \
         images to show"
    );
    let (rows, _) = values.as_chunks::<DIGITS>();
    let checked = rows.iter().enumerate().map(|(number, row)| match check(row) {
        Err(error) if count > 1 => Err(error.context(format!("row {number}"))),
        result => result.map(|()| *row),
    });
    checked.collect()
}

/// Shape and numbers of a float tensor, on whatever device it lies and whether or not it takes
/// gradients.
fn read(name: &str, tensor: &Tensor, remedy: &str) -> Result<(Vec<i64>, Vec<f64>)> {
    ensure!(tensor.defined(), "{name}: an undefined tensor, which contains no numbers");
    let kind = tensor.f_kind()?;
    ensure!(
        matches!(kind, Kind::Float | Kind::Double),
        "{name} of kind {kind:?}; expected Float: {remedy}"
    );
    let plain = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_reshape([-1])?;
    let numbers = Vec::<f64>::try_from(plain).with_context(|| format!("reading the {name}"))?;
    Ok((tensor.size(), numbers))
}

/// Whether these are ten probabilities that add up to 1.
fn check(values: &[f64; DIGITS]) -> Result<()> {
    let off = |sum: f64| (sum - 1.0).abs() > TOLERANCE;
    if values.iter().all(|value| *value <= 0.0) && !off(values.iter().map(|v| v.exp()).sum()) {
        bail!(
            "these are log-probabilities, as the network gives them; make probabilities of them with `.exp()`"
        );
    }
    for (digit, value) in values.iter().enumerate() {
        ensure!(
            *value >= 0.0 && value.is_finite(),
            "the probability of {digit} is {value}; expected numbers from 0 to 1: {EXP}"
        );
    }
    let sum: f64 = values.iter().sum();
    ensure!(
        !off(sum),
        "the ten probabilities add up to {sum:.4}; expected 1 (within {TOLERANCE}): {EXP}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_probabilities_wins() {
        let mut probabilities = [0.0; DIGITS];
        (probabilities[3], probabilities[7]) = (0.5, 0.5);
        let guess = Guess { probabilities, label: Some(7) };
        assert_eq!((guess.prediction(), guess.missed()), (3, Some(7)));
    }
}
