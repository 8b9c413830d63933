//! Precision against recall at every threshold, in the form of TensorBoard's tab.

use anyhow::{Result, ensure};
use prost::Message;

use super::messages::{FLOAT, PrCurveData, Tensor, Value};
use super::values::{of_plugin, shape};

/// TensorBoard's own number of thresholds: 0, 0.005 … 1.
const THRESHOLDS: usize = 201;

/// Keeps a share of nothing from being no number; TensorBoard's own.
const LEAST_COUNT: f64 = 1e-7;

/// How far beyond 0 to 1 rounding may take a probability.
const ROUNDING: f32 = 1e-4;

/// True and false positives and negatives, precision and recall at each threshold: `[6, 201]`.
///
/// As `pb` of `tensorboard/plugins/pr_curve/summary.py` does it: a threshold counts as reached
/// when the probability is at least that high.
///
/// # Errors
/// Not as many labels as probabilities, or a probability that is none.
pub(super) fn value(tag: &str, labels: &[bool], probabilities: &[f32]) -> Result<Value> {
    let rows = rows(tag, labels, probabilities)?;
    let data = PrCurveData { num_thresholds: THRESHOLDS as u32 };
    let tensor = Tensor {
        dtype: FLOAT,
        shape: Some(shape(&[6, THRESHOLDS as i64])),
        floats: rows.into_iter().flatten().map(|number| number as f32).collect(),
        ..Tensor::default()
    };
    Ok(of_plugin(tag, "pr_curves", data.encode_to_vec(), tensor))
}

fn rows(tag: &str, labels: &[bool], probabilities: &[f32]) -> Result<[Vec<f64>; 6]> {
    ensure!(
        labels.len() == probabilities.len(),
        "PR curve `{tag}`: {} labels and {} probabilities, expected as many of both",
        labels.len(),
        probabilities.len()
    );
    let mut positives = vec![0.0; THRESHOLDS];
    let mut negatives = vec![0.0; THRESHOLDS];
    for (index, (&label, &probability)) in labels.iter().zip(probabilities).enumerate() {
        ensure!(
            (-ROUNDING..=1.0 + ROUNDING).contains(&probability),
            "PR curve `{tag}`: probability {index} is {probability}, expected 0 to 1; of \
             log-probabilities take `.exp()`"
        );
        let threshold = (probability.clamp(0.0, 1.0) * (THRESHOLDS - 1) as f32) as usize;
        let counts = if label { &mut positives } else { &mut negatives };
        counts[threshold] += 1.0;
    }
    let (true_positives, false_positives) = (from_the_end(positives), from_the_end(negatives));
    let rest = |counts: &[f64]| counts.iter().map(|count| counts[0] - count).collect::<Vec<_>>();
    let (true_negatives, false_negatives) = (rest(&false_positives), rest(&true_positives));
    let precision = share(&true_positives, &false_positives);
    let recall = share(&true_positives, &false_negatives);
    Ok([true_positives, false_positives, true_negatives, false_negatives, precision, recall])
}

/// What each entry and all behind it come to.
fn from_the_end(mut counts: Vec<f64>) -> Vec<f64> {
    let mut sum = 0.0;
    for count in counts.iter_mut().rev() {
        sum += *count;
        *count = sum;
    }
    counts
}

fn share(part: &[f64], rest: &[f64]) -> Vec<f64> {
    part.iter().zip(rest).map(|(part, rest)| part / (part + rest).max(LEAST_COUNT)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_counts_what_reaches_it() {
        let rows = rows("t", &[true, true, false], &[1.0, 0.5, 0.7]).unwrap();
        let at = |threshold: usize| rows.each_ref().map(|row| row[threshold]);
        assert_eq!(at(0), [2.0, 1.0, 0.0, 0.0, 2.0 / 3.0, 1.0]);
        assert_eq!(at(100), [2.0, 1.0, 0.0, 0.0, 2.0 / 3.0, 1.0]);
        assert_eq!(at(101), [1.0, 1.0, 0.0, 1.0, 0.5, 0.5]);
        assert_eq!(at(200), [1.0, 0.0, 1.0, 1.0, 1.0, 0.5]);
    }

    #[test]
    fn what_is_no_probability_is_refused_with_a_remedy() {
        for wrong in [f32::NAN, -2.3, 1.5] {
            let error = rows("nine", &[true, true], &[0.5, wrong]).unwrap_err().to_string();
            assert!(error.starts_with("PR curve `nine`: probability 1 is "), "{error}");
            assert!(error.contains(".exp()"), "{error}");
        }
        let error = rows("nine", &[true], &[]).unwrap_err().to_string();
        assert!(error.contains("1 labels and 0 probabilities"), "{error}");
    }
}
