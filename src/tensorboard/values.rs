//! What a tag gets at a step, in the format that TensorBoard's plugins expect.

use anyhow::{Context, Result, ensure};
use prost::Message;
use tch::{Device, Kind};

use super::messages::{
    Content, DOUBLE, Dimension, FLOAT, Image, Metadata, PluginData, PrCurveData, STRING, Shape,
    Tensor, Value,
};
use crate::plot::Figure;

/// TensorBoard's own number of buckets.
const BUCKETS: usize = 30;

/// TensorBoard's own number of thresholds: 0, 0.005 … 1.
const THRESHOLDS: usize = 201;

/// Avoids 0/0; TensorBoard's own.
const LEAST_COUNT: f64 = 1e-7;

/// How far beyond 0 to 1 rounding may take a probability.
const ROUNDING: f32 = 1e-4;

/// Colours of three bytes, from `summary.proto`.
const RGB: i32 = 3;

/// A number. TensorBoard keeps scalars as f32.
pub(super) fn scalar(tag: &str, value: f64) -> Value {
    Value { tag: tag.to_owned(), metadata: None, content: Some(Content::Scalar(value as f32)) }
}

/// A figure as PNG.
///
/// # Errors
/// It is too large for the format.
pub(super) fn image(tag: &str, figure: &Figure) -> Result<Value> {
    let size = |pixels: u32| i32::try_from(pixels).context("the figure is too large");
    let image = Image {
        height: size(figure.height())?,
        width: size(figure.width())?,
        colorspace: RGB,
        encoded: figure.png().to_vec(),
    };
    Ok(Value { tag: tag.to_owned(), metadata: None, content: Some(Content::Image(image)) })
}

/// Markdown, as a tensor of no dimension that holds one string.
pub(super) fn text(tag: &str, markdown: &str) -> Value {
    let tensor = Tensor { strings: vec![markdown.as_bytes().to_vec()], ..empty(STRING, &[]) };
    of_plugin(tag, "text", Vec::new(), tensor)
}

/// Counts the finite numbers of a tensor: `[30, 3]`, a row (left edge, right edge, count).
///
/// As `histogram_pb` of `tensorboard/plugins/histogram/summary_v2.py` does it: equal buckets
/// from the least to the greatest; all in the last one where these are the same; zeros where
/// there is none.
///
/// # Errors
/// The tensor cannot be read as numbers.
pub(super) fn histogram(tag: &str, tensor: &tch::Tensor) -> Result<Value> {
    let read = || -> Result<Vec<f64>> {
        let flat = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?;
        Ok(Vec::try_from(flat.f_flatten(0, -1)?)?)
    };
    let mut numbers = read().with_context(|| {
        format!("histogram `{tag}`: cannot read this tensor's numbers; expected real ones")
    })?;
    numbers.retain(|number| number.is_finite());
    let doubles = buckets(&numbers).into_iter().flatten().collect();
    let tensor = Tensor { doubles, ..empty(DOUBLE, &[BUCKETS as i64, 3]) };
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
            // `as` saturates, and makes NaN 0.
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

/// True and false positives and negatives, precision and recall at each threshold: `[6, 201]`.
///
/// As `pb` of `tensorboard/plugins/pr_curve/summary.py` does it: a threshold counts as reached
/// when the probability is at least that high.
///
/// # Errors
/// Not as many labels as probabilities, or a probability that is none.
pub(super) fn pr_curve(tag: &str, labels: &[bool], probabilities: &[f32]) -> Result<Value> {
    let rows = pr_rows(tag, labels, probabilities)?;
    let data = PrCurveData { num_thresholds: THRESHOLDS as u32 };
    let floats = rows.into_iter().flatten().map(|number| number as f32).collect();
    let tensor = Tensor { floats, ..empty(FLOAT, &[6, THRESHOLDS as i64]) };
    Ok(of_plugin(tag, "pr_curves", data.encode_to_vec(), tensor))
}

fn pr_rows(tag: &str, labels: &[bool], probabilities: &[f32]) -> Result<[Vec<f64>; 6]> {
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

/// A tensor of this kind and these sizes, to be filled.
pub(super) fn empty(dtype: i32, sizes: &[i64]) -> Tensor {
    let dim = sizes.iter().map(|&size| Dimension { size }).collect();
    Tensor { dtype, shape: Some(Shape { dim }), ..Tensor::default() }
}

/// A tensor that one of TensorBoard's plugins shows.
pub(super) fn of_plugin(tag: &str, plugin: &str, content: Vec<u8>, tensor: Tensor) -> Value {
    let plugin_data = PluginData { plugin_name: plugin.to_owned(), content };
    Value {
        tag: tag.to_owned(),
        metadata: Some(Metadata { plugin_data: Some(plugin_data) }),
        content: Some(Content::Tensor(tensor)),
    }
}

#[cfg(test)]
mod tests;
