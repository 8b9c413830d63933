//! Checks of the exercises on notebook 6, logging.

use anyhow::Result;
use tch::Tensor;

use super::reader::{Reader, Right, right};
use super::reference;

const REFERENCE: &str = include_str!("reference/logging.json");

/// Exercise 6.1: `fn running_mean(losses: &[f64], window: usize) -> Vec<f64>`, for each loss the
/// mean of the last `window` losses up to it, or of those that there are.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn running_mean<F>(running_mean: F) -> Result<Right>
where
    F: Fn(&[f64], usize) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("running_mean", running_mean);
    for case in reference::cases(REFERENCE, "running_mean")? {
        let (losses, window) = (case.list("losses")?, case.count("window")?);
        let call = match losses.len() {
            ..5 => format!("running_mean(&{losses:?}, {window})"),
            many => format!("running_mean, for {many} losses and the window {window},"),
        };
        let given = reader.asked(call, move |f| f(&losses, window))?;
        let mistakes = case.mistakes(&[
            (
                "divided",
                "At the beginning there are fewer losses than the window is long. Divide by how \
                 many went into the sum",
            ),
            (
                "only_full",
                "The first losses have no mean here. Every loss is to get one, the first ones of \
                 as many losses as there are",
            ),
            ("one_more", "One loss too many goes into each mean"),
            ("unchanged", "These are the losses themselves"),
            ("one_less", "One loss too few goes into each mean"),
            ("all", "All losses so far go into each mean, not only those of the window"),
            ("ahead", "These are means of what follows. A mean is to use only what came before"),
            ("centred", "These means use later losses, which are not known during a training"),
            ("without_own", "The loss itself is missing in its mean"),
            ("blocks", "These are means of one block after the other. Every loss is to get one"),
        ])?;
        let why = "Each mean is that of a loss and those directly before it, as many as the \
                   window says, or of all there are";
        given.expect(&case.numbers("means")?, why, &mistakes)?;
    }
    right("The figure of a training shows such a curve above its 12,000 losses.")
}

/// Exercise 6.2: `fn smoothed(losses: &[f64], weight: f64) -> Vec<f64>`, where each point is
/// `weight` times the point before it plus `1 - weight` times its loss; the first is the first
/// loss.
///
/// # Errors
/// As [`running_mean`].
pub fn smoothed<F>(smoothed: F) -> Result<Right>
where
    F: Fn(&[f64], f64) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("smoothed", smoothed);
    for case in reference::cases(REFERENCE, "smoothed")? {
        let (losses, weight) = (case.list("losses")?, case.number("weight")?);
        let call = match losses.len() {
            ..4 => format!("smoothed(&{losses:?}, {weight:?})"),
            many => format!("smoothed, for {many} losses and the weight {weight:?},"),
        };
        let given = reader.asked(call, move |f| f(&losses, weight))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "The curve begins too low, as if a loss of 0 had come before the first one. \
                 Nothing has come before it, so it stays as it is",
            ),
            (
                "debiased",
                "This starts from 0 and makes up for it by a division, which is another way to \
                 mend it. Here the first point is to be the first loss, and the rest to follow \
                 from it without a division",
            ),
            ("exchanged", "The two weights are exchanged: a weight of 0.95 is to change little"),
            (
                "raw",
                "Each loss is mixed with the loss before it. It should be mixed with the smoothed \
                 point before it, in which all earlier ones have a part",
            ),
            ("from_mean", "The mean of all losses is not known when the first one comes"),
            ("one_late", "Each loss shows itself one point too late"),
            ("unchanged", "Nothing is smoothed"),
        ])?;
        let why = "The first point is the first loss. Each other one is mixed of the point before \
                   it, which counts as much as the weight says, and its loss, which counts for the \
                   rest";
        given.expect(&case.numbers("smoothed")?, why, &mistakes)?;
    }
    right("TensorBoard's slider \"Smoothing\" sets this weight.")
}

/// Exercise 6.3: `fn precision_and_recall(probabilities: &[f64], labels: &[usize], digit: usize,
/// threshold: f64) -> [f64; 2]`; 0 where nothing is to be divided by.
///
/// # Errors
/// As [`running_mean`].
pub fn precision_and_recall<F>(precision_and_recall: F) -> Result<Right>
where
    F: Fn(&[f64], &[usize], usize, f64) -> [f64; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("precision_and_recall", precision_and_recall);
    for case in reference::cases(REFERENCE, "precision_and_recall")? {
        let (probabilities, labels) = (case.list("probabilities")?, case.counts("labels")?);
        let (digit, threshold) = (case.count("digit")?, case.number("threshold")?);
        let call = match labels.len() {
            ..6 => format!(
                "precision_and_recall(&{probabilities:?}, &{labels:?}, {digit}, {threshold:?})"
            ),
            many => format!(
                "precision_and_recall, for {many} images, the digit {digit} and the threshold \
                 {threshold:?},"
            ),
        };
        let given = reader.asked(call, move |f| f(&probabilities, &labels, digit, threshold))?;
        let mistakes = case.mistakes(&[
            ("swapped", "The two are exchanged: first precision, then recall"),
            (
                "at_threshold",
                "An image counts as taken for the digit only above the threshold, not at it",
            ),
            (
                "nan",
                "Nothing was taken for the digit, or no image shows it, and 0 divided by 0 is \
                 NaN, \"not a number\". In this case 0 is asked for",
            ),
            ("one", "Where there is nothing to divide by, 0 is asked for"),
            ("half", "It is the threshold that decides which images are taken, not always 0.5"),
            ("three", "This is right for the digit 3. Another one is asked for"),
            ("accuracy", "This is how many images are judged rightly, the other digits included"),
            ("of_all", ALL),
            ("precision_of_all", ALL),
            ("recall_of_all", ALL),
            ("below", "These are the numbers for the images below the threshold"),
            ("counts", "These are counts. Fractions are asked for"),
            ("found", "These are counts. Fractions are asked for"),
        ])?;
        let why = "Precision is which fraction of the images taken for the digit show it, recall \
                   which fraction of the images that show it are taken";
        given.expect(&case.numbers("result")?, why, &mistakes)?;
    }
    right("With many thresholds, these pairs are the curve that TensorBoard draws.")
}

const ALL: &str = "The images found are divided by the number of all images. Precision is a \
                   fraction of those that are taken, recall of those that show the digit";

/// Exercise 6.4: `fn bin_counts(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<usize>`,
/// how many values lie in each of the bins of equal width; `high` belongs to the last bin.
///
/// # Errors
/// As [`running_mean`].
pub fn bin_counts<F>(bin_counts: F) -> Result<Right>
where
    F: Fn(&[f64], f64, f64, usize) -> Vec<usize> + Send + Sync + 'static,
{
    let reader = Reader::new("bin_counts", bin_counts);
    for case in reference::cases(REFERENCE, "bin_counts")? {
        let (values, bins) = (case.list("values")?, case.count("bins")?);
        let (low, high) = (case.number("low")?, case.number("high")?);
        let call = match values.len() {
            ..7 => format!("bin_counts(&{values:?}, {low:?}, {high:?}, {bins})"),
            many => format!("bin_counts, for {many} values from {low} to {high} in {bins} bins,"),
        };
        let given = reader.asked(call, move |f| f(&values, low, high, bins))?;
        let mistakes = case.mistakes(&[
            ("top_lost", "A value that equals the upper end is lost. It belongs to the last bin"),
            (
                "extra_bin",
                "There is one bin too many, for values that equal the upper end. They belong to \
                 the last bin",
            ),
            ("near", BELOW),
            ("near_top_lost", BELOW),
            ("below", BELOW),
            ("below_top_lost", BELOW),
            (
                "above",
                "Values above the upper end are counted in the last bin. They belong nowhere",
            ),
            ("both", "Values outside are counted in the outer bins. They belong nowhere"),
            (
                "own_range",
                "These bins go from the smallest to the largest value. The ends are given",
            ),
            (
                "upper_edges",
                "A value on the edge between two bins belongs to the upper one of them",
            ),
            ("fractions", "These are fractions of all values. Counts are asked for"),
            ("running", "Each bin contains the count of those before it"),
        ])?;
        let why = "A bin holds the values from its lower edge to before its upper one, the last \
                   bin its upper edge as well, and what lies outside is in none";
        given.expect(&case.numbers("counts")?, why, &mistakes)?;
    }
    right("TensorBoard draws one such histogram for each epoch, one behind the other.")
}

const BELOW: &str = "Values below the lower end are counted in the first bin. They belong nowhere. \
                     (In Rust, a negative number `as usize` is 0)";

/// Exercise 6.5: `fn best_epoch(losses: &[f64]) -> usize`, the first epoch with the lowest loss,
/// counted from 1; NaN is never the lowest.
///
/// # Errors
/// As [`running_mean`].
pub fn best_epoch<F>(best_epoch: F) -> Result<Right>
where
    F: Fn(&[f64]) -> usize + Send + Sync + 'static,
{
    const DIVERGED: &str =
        "The loss of this epoch is NaN. The training has diverged: that is not best";
    let reader = Reader::new("best_epoch", best_epoch);
    for case in reference::cases(REFERENCE, "best_epoch")? {
        let losses = case.list("losses")?;
        let call = match losses.len() {
            ..6 => format!("best_epoch(&{losses:?})"),
            many => format!("best_epoch, for {many} losses,"),
        };
        // A processor's own NaN, as of infinity minus infinity, may have either sign, and an order
        // of all numbers puts one of them below everything.
        let signed = |sign: f64| -> Vec<f64> {
            let sign = |loss: &f64| if loss.is_nan() { f64::NAN.copysign(sign) } else { *loss };
            losses.iter().map(sign).collect()
        };
        let mistakes = case.mistakes(&[
            ("from_zero", "This counts from 0. The first epoch has the number 1"),
            (
                "first_rise",
                "There the loss rises for the first time. It can fall again and go below that",
            ),
            ("nan", DIVERGED),
            ("last_nan", DIVERGED),
            ("last_tie", "An earlier epoch has the same loss. The first of them is asked for"),
            ("highest", "There the loss is highest"),
            ("last_epoch", "That is the last epoch, which need not be the best"),
        ])?;
        let why = format!("The lowest loss is {}", case.numbers("loss")?);
        for losses in [signed(1.0), signed(-1.0)] {
            let given = reader.asked(call.clone(), move |f| f(&losses))?;
            given.expect(&case.numbers("epoch")?, &why, &mistakes)?;
        }
    }
    right("To keep the network of this epoch is one remedy against overfitting.")
}

/// Exercise 6.6: `fn norm_of_all(tensors: &[Tensor]) -> f64`, the length of all numbers together.
///
/// # Errors
/// As [`running_mean`].
pub fn norm_of_all<F>(norm_of_all: F) -> Result<Right>
where
    F: Fn(&[Tensor]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("norm_of_all", norm_of_all);
    for case in reference::cases(REFERENCE, "norm_of_all")? {
        let places = (0..).map(|place| format!("tensor_{place}"));
        let names: Vec<String> = places.take_while(|name| case.numbers(name).is_ok()).collect();
        let tensors = names.iter().map(|name| case.tensor(name)).collect::<Result<Vec<_>>>()?;
        let told: Vec<String> = names
            .iter()
            .map(|name| case.numbers(name).map(|numbers| numbers.quoted()))
            .collect::<Result<_>>()?;
        let call = format!("norm_of_all, for the tensors {},", told.join(" and "));
        let given = reader.asked(call, move |f| f(&tensors))?;
        let mistakes = case.mistakes(&[
            (
                "sum_of_norms",
                "The norms of the tensors are added. Two sides of 3 and 4 at a right angle make a \
                 length of 5, not 7",
            ),
            ("root_of_norms", "The norms go into the sum without being squared"),
            ("squares", "This is the sum of the squares, without the root"),
            ("root_of_mean", "This is the root of the mean. The root of the sum is asked for"),
            ("signless", "The numbers are added without their signs. Their squares are asked for"),
            ("sum", "The numbers themselves are added. Their squares are asked for"),
            ("root_of_sum", "The sum is squared. The squares are to be added"),
            ("first", "Only the first tensor counts in it"),
            ("last", "Only the last tensor counts in it"),
            ("largest", "Only the tensor with the largest norm counts in it"),
            ("mean_of_norms", "This is the mean of the norms of the tensors"),
        ])?;
        let why = "It is the root of the sum of the squares of all numbers, whichever tensor they \
                   are in";
        given.expect(&case.numbers("norm")?, why, &mistakes)?;
    }
    right("`Logger` writes this number for the gradient and for the weights.")
}

#[cfg(test)]
mod tests;
