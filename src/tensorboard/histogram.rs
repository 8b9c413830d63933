//! Histograms in TensorBoard's current form: a tensor of buckets.

use anyhow::{Context, Result};
use tch::{Device, Kind};

use super::messages::{DOUBLE, Tensor, Value};
use super::values::{of_plugin, shape};

/// TensorBoard's own number of buckets.
const BUCKETS: usize = 30;

/// Counts the finite numbers of a tensor: `[30, 3]`, a row (left edge, right edge, count).
///
/// As `histogram_pb` of `tensorboard/plugins/histogram/summary_v2.py` does it: equal buckets
/// from the least to the greatest; all in the last one where these are the same; zeros where
/// there is none.
///
/// # Errors
/// The tensor cannot be read as numbers.
pub(super) fn value(tag: &str, tensor: &tch::Tensor) -> Result<Value> {
    let read = || -> Result<Vec<f64>> {
        let flat = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?;
        Ok(Vec::try_from(flat.f_flatten(0, -1)?)?)
    };
    let mut numbers = read().with_context(|| {
        format!("histogram `{tag}`: cannot read this tensor's numbers; expected real ones")
    })?;
    numbers.retain(|number| number.is_finite());
    let tensor = Tensor {
        dtype: DOUBLE,
        shape: Some(shape(&[BUCKETS as i64, 3])),
        doubles: buckets(&numbers).into_iter().flatten().collect(),
        ..Tensor::default()
    };
    Ok(of_plugin(tag, "histograms", Vec::new(), tensor))
}

/// Rows (left edge, right edge, count) of finite numbers.
fn buckets(numbers: &[f64]) -> Vec<[f64; 3]> {
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if numbers.is_empty() {
        return vec![[0.0; 3]; BUCKETS];
    }
    let mut counts = [0_u64; BUCKETS];
    let width = (greatest - least) / BUCKETS as f64;
    for number in numbers {
        let bucket = match least == greatest {
            true => BUCKETS - 1,
            // `as` takes what is too large to the largest and what is no number to 0.
            false => ((number - least) / width) as usize,
        };
        counts[bucket.min(BUCKETS - 1)] += 1;
    }
    let edge = |index: usize| match index {
        BUCKETS => greatest,
        _ => least + index as f64 * width,
    };
    (0..BUCKETS).map(|bucket| [edge(bucket), edge(bucket + 1), counts[bucket] as f64]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_equal_and_closed_at_the_end() {
        let numbers: Vec<f64> = (0..=60).map(f64::from).collect();
        let buckets = buckets(&numbers);
        assert_eq!(buckets[0], [0.0, 2.0, 2.0]);
        assert_eq!(buckets[29], [58.0, 60.0, 3.0]);
    }

    #[test]
    fn one_number_is_in_the_last_bucket_and_none_gives_zeros() {
        let same = buckets(&[0.5, 0.5]);
        assert_eq!((same[0], same[29]), ([0.5, 0.5, 0.0], [0.5, 0.5, 2.0]));
        assert_eq!(buckets(&[]), vec![[0.0; 3]; 30]);
    }

    #[test]
    fn numbers_at_the_ends_of_what_can_be_told_apart_stay_in_the_buckets() {
        for ends in [[-f64::MAX, f64::MAX], [0.0, f64::from_bits(1)]] {
            let total: f64 = buckets(&ends).iter().map(|bucket| bucket[2]).sum();
            assert_eq!(total, 2.0);
        }
    }
}
