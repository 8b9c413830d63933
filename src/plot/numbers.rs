//! Numbers as people read them: few digits, thousands set apart, round ticks on an axis.

use std::ops::Range;

use anyhow::{Result, ensure};
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::prelude::Ranged;

use mnist_files::thousands::thousands;

/// "1 image", "2 images".
pub(super) fn counted(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A measured value with four decimals, or in powers of ten where those would not show it.
pub(super) fn value(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-3..1e5).contains(&size) {
        format!("{number:.4}")
    } else {
        format!("{number:.3e}")
    }
}

/// A share of 1 as a percentage with two decimals.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// "a 7", "an 8".
pub(super) fn a_digit(digit: u8) -> String {
    format!("{} {digit}", if digit == 8 { "an" } else { "a" })
}

/// "0: 980, 1: 1,135, …": a value of each digit, in words.
pub(super) fn each_digit<T: Copy>(values: &[T; 10], words: impl Fn(T) -> String) -> String {
    let each =
        values.iter().enumerate().map(|(digit, value)| format!("{digit}: {}", words(*value)));
    each.collect::<Vec<_>>().join(", ")
}

/// A probability in percent with one decimal, never rounded to certainty.
pub(super) fn sure(probability: f64) -> String {
    match probability * 100.0 {
        percentage if percentage > 0.0 && percentage < 0.05 => "<0.1 %".to_owned(),
        percentage if (99.95..100.0).contains(&percentage) => ">99.9 %".to_owned(),
        percentage => format!("{percentage:.1} %"),
    }
}

/// The smallest and the largest of some numbers.
pub(super) fn ends(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    values.into_iter().fold(start, |(low, high), value| (low.min(value), high.max(value)))
}

/// A range and the round numbers in it that get a label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
    step: f64,
    /// Whether equal steps along the axis multiply instead of adding.
    logarithmic: bool,
}

impl Scale {
    /// About `count` ticks at multiples of 1, 2 or 5 times a power of ten between two
    /// finite numbers.
    pub(super) fn new(low: f64, high: f64, count: usize) -> Self {
        let step = round_step((high - low) / count.max(1) as f64);
        Self { low, high, ticks: multiples(step, low, high), step, logarithmic: false }
    }

    /// A range that contains all `values` with some air, from 0 if that is near, but no negative
    /// numbers where there are none, and no tick beyond the most that is possible.
    pub(super) fn around(values: impl IntoIterator<Item = f64>, most: f64) -> Result<Self> {
        let (low, high) = ends(values);
        ensure!(
            low.abs() < 1e300 && high.abs() < 1e300,
            "the values are too large to draw: up to {high:.0e}; the training diverged, try a \
             smaller learning rate"
        );
        let flat = high - low <= high.abs().max(low.abs()) * 1e-9;
        let span = if flat { high.abs().max(0.01) * 0.2 } else { high - low };
        let near_zero = low >= 0.0 && low < span * 0.6 && !flat;
        let bottom = if near_zero { 0.0 } else { low - span * 0.1 };
        let bottom = if low >= 0.0 { bottom.max(0.0) } else { bottom };
        let scale = Self::new(bottom, high + span * 0.12, 8);
        Ok(if high <= most { scale.up_to(most) } else { scale })
    }

    /// The same range without ticks above `limit`.
    pub(super) fn up_to(mut self, limit: f64) -> Self {
        self.ticks.retain(|tick| *tick <= limit + self.step * 1e-6);
        self
    }

    /// Whole numbers only, with half a unit or more of room at both ends.
    pub(super) fn whole(first: usize, last: usize, count: usize) -> Self {
        let (first, last) = (first as f64, last as f64);
        let step = round_step((last - first) / count.max(1) as f64).max(1.0);
        let mut ticks = multiples(step, first, last);
        if first == 1.0 && step > 1.0 {
            // The first epoch is worth a label where the steps jump over it.
            ticks.insert(0, 1.0);
        }
        let room = ((last - first) * 0.03).max(0.5);
        Self { low: first - room, high: last + room, ticks, step, logarithmic: false }
    }

    /// A logarithmic range between two positive finite numbers, with ticks at 1, 2 and 5 times
    /// powers of ten, or only at these powers if the range spans many.
    pub(super) fn logarithmic(low: f64, high: f64) -> Self {
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let factors: &[f64] = if last - first <= 4 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = ((last - first) / 8).max(1) as usize;
        let powers = (first..=last).step_by(every);
        let ticks = powers.flat_map(|power| factors.iter().map(move |f| f * 10f64.powi(power)));
        let ticks = ticks.filter(|tick| (low..=high).contains(tick)).collect();
        Self { low, high, ticks, step: low, logarithmic: true }
    }

    /// The label of a tick, with as many decimals as the step between ticks needs.
    pub(super) fn label(&self, tick: f64) -> String {
        let largest = self.low.abs().max(self.high.abs());
        let (step, largest) = if self.logarithmic { (tick, tick) } else { (self.step, largest) };
        if !(1e-4..1e6).contains(&largest) {
            return short_power(tick);
        }
        if tick >= 1000.0 && step >= 1.0 {
            return thousands(tick.round() as u64);
        }
        let decimals = (-step.log10()).ceil().max(0.0) as usize;
        // A multiplied step may miss zero by a hair, and would then show a minus.
        let tick = if tick.abs() < step * 1e-6 { 0.0 } else { tick };
        format!("{tick:.decimals$}")
    }
}

/// `2.5e6`: up to three digits and a power of ten.
fn short_power(number: f64) -> String {
    let text = format!("{number:.2e}");
    match text.split_once('e') {
        Some(("0.00", _)) | None => "0".to_owned(),
        Some((digits, power)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{power}")
        }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        from + (share.clamp(-1.0, 2.0) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// The multiples of `step` from `low` to `high`, up to a hundred.
fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    // One at the very end of the range counts, even if division misses it by a hair.
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    let count = (last - first).clamp(0.0, 99.0) as u32;
    (0..=count)
        .map(|i| (first + f64::from(i)) * step)
        .filter(|tick| *tick <= (last + 0.5) * step)
        .collect()
}

/// The next larger of 1, 2, 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= step * 0.999_999)
        .unwrap_or(10.0);
    let step = factor * power;
    if step.is_normal() { step } else { 1.0 }
}

#[cfg(test)]
mod tests;
