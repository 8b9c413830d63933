//! Tensors as plain numbers, checked before anything is drawn of them.

use anyhow::{Context, Result, bail, ensure};
use tch::{Device, Kind, Tensor};

use crate::data::files::{DIGITS, PIXELS, SIDE};

/// How far from 1 a sum of probabilities may be: ten rounded numbers never add up exactly.
const TOLERANCE: f64 = 1e-3;

/// The bytes of one image of `[784]`, `[1, 784]`, `[28, 28]` or `[1, 28, 28]`, floats from
/// 0 (paper) to 1 (ink).
///
/// # Errors
/// Another shape or kind, or a number that is no pixel.
pub(super) fn pixels(image: &Tensor) -> Result<Vec<u8>> {
    let (count, side) = (PIXELS as i64, SIDE as i64);
    let shape = shape("image", image)?;
    ensure!(
        [&[count][..], &[1, count], &[side, side], &[1, side, side]].contains(&&shape[..]),
        "image of shape {shape:?}; expected one image, [{count}], [1, {count}], [{side}, {side}] \
         or [1, {side}, {side}]: take the first of several with `.get(0)`"
    );
    let values = floats("image", image, "divide by 255 after `.to_kind(Kind::Float)`")?;
    for (place, value) in values.iter().enumerate() {
        ensure!(
            (0.0..=1.0).contains(value),
            "image: pixel {place} is {value}; expected 0 (paper) to 1 (ink): divide bytes by 255, \
             and give the image before any other scaling"
        );
    }
    Ok(values.iter().map(|value| (value * 255.0).round() as u8).collect())
}

/// Ten probabilities from a tensor of `[10]` or `[1, 10]`.
///
/// # Errors
/// Another shape or kind, or numbers that are no probabilities.
pub(super) fn probabilities(tensor: &Tensor) -> Result<[f64; DIGITS]> {
    let classes = DIGITS as i64;
    let shape = shape("probabilities", tensor)?;
    ensure!(
        [&[classes][..], &[1, classes]].contains(&&shape[..]),
        "probabilities of shape {shape:?}; expected those of one image, [{classes}] or \
         [1, {classes}]: take the first of several with `.get(0)`"
    );
    ten(&floats("probabilities", tensor, "give what `.exp()` makes of the network's output")?)
}

/// One row of ten probabilities for each of `count` images, from a tensor of `[count, 10]`.
///
/// # Errors
/// Another shape or kind, or a row of numbers that are no probabilities.
pub(super) fn rows(tensor: &Tensor, count: usize) -> Result<Vec<[f64; DIGITS]>> {
    let shape = shape("probabilities", tensor)?;
    ensure!(
        shape == [count as i64, DIGITS as i64],
        "probabilities of shape {shape:?}; expected [{count}, {DIGITS}], one row for each of the \
         images to show"
    );
    let values =
        floats("probabilities", tensor, "give what `.exp()` makes of the network's output")?;
    let rows = values.chunks(DIGITS).zip(0..);
    rows.map(|(row, number)| ten(row).with_context(|| format!("row {number}"))).collect()
}

fn shape(name: &str, tensor: &Tensor) -> Result<Vec<i64>> {
    ensure!(tensor.defined(), "{name}: an undefined tensor, which holds no numbers");
    Ok(tensor.size())
}

/// All numbers of a float tensor, wherever it lies and whether or not it takes gradients.
fn floats(name: &str, tensor: &Tensor, remedy: &str) -> Result<Vec<f64>> {
    let kind = tensor.f_kind()?;
    ensure!(
        matches!(kind, Kind::Float | Kind::Double),
        "{name} of kind {kind:?}; expected Float: {remedy}"
    );
    let plain = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_reshape([-1])?;
    Vec::<f64>::try_from(plain).with_context(|| format!("reading the {name}"))
}

/// The numbers themselves, if they are ten probabilities that add up to 1.
fn ten(values: &[f64]) -> Result<[f64; DIGITS]> {
    let logarithms = values.iter().map(|value| value.exp()).sum::<f64>();
    if values.iter().all(|value| *value <= 0.0) && (logarithms - 1.0).abs() <= TOLERANCE {
        bail!(
            "these are log-probabilities, as the network gives them; make probabilities of them with `.exp()`"
        );
    }
    for (digit, value) in values.iter().enumerate() {
        ensure!(
            *value >= 0.0 && value.is_finite(),
            "the probability of {digit} is {value}; expected numbers from 0 to 1: give what \
             `.exp()` makes of the network's output"
        );
    }
    let sum: f64 = values.iter().sum();
    ensure!(
        (sum - 1.0).abs() <= TOLERANCE,
        "the ten probabilities add up to {sum:.4}; expected 1 (within {TOLERANCE}): give what \
         `.exp()` makes of the network's output"
    );
    values.try_into().with_context(|| format!("{} probabilities; expected {DIGITS}", values.len()))
}
