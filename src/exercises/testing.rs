//! Checks of the exercises on notebook 4, testing.

use anyhow::Result;
use tch::Tensor;

use super::reader::{Reader, Right, right};
use super::reference::{self, Case};

const REFERENCE: &str = include_str!("reference/testing.json");

/// Exercise 4.1: `fn test_accuracy(log_probabilities: &Tensor, labels: &Tensor) -> f64`, the
/// fraction of the images whose most probable digit is their label.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn test_accuracy<F>(test_accuracy: F) -> Result<Right>
where
    F: Fn(&Tensor, &Tensor) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("test_accuracy", test_accuracy);
    for case in reference::cases(REFERENCE, "test_accuracy")? {
        let rows = case.tensor("log_probabilities")?;
        let places: Vec<i64> = case.list("labels")?.iter().map(|label| *label as i64).collect();
        let (labels, told) = (Tensor::from_slice(&places), case.numbers("labels")?);
        let call = match places.len() {
            1 => format!("test_accuracy, for one image with the label {},", places[0]),
            many => format!("test_accuracy, for {many} images with the labels {told},"),
        };
        let given = reader.asked(call, move |f| f(&rows, &labels))?;
        let mistakes = case.mistakes(&[
            ("wrong", "This is the fraction of the images that are read wrong"),
            ("count", "This is how many images are read right, not yet which fraction of them"),
            (
                "broadcast",
                "Each answer was compared with every label. Has a dimension been kept that should \
                 be gone?",
            ),
            ("percent", "This is the number in percent. A fraction lies between 0 and 1"),
            ("whole", "A division of whole numbers drops what comes after the point"),
            (
                "down",
                "The largest number of each column was looked for. Each image is a row, and its \
                 answer is the place of the largest number of this row",
            ),
            (
                "least",
                "The least probable digits are taken. A log-probability is never above 0, and the \
                 nearer to 0 it is, the more probable is its digit",
            ),
            (
                "mean_probability",
                "This is the mean probability of the labels. Here an image counts as 1 or 0: read \
                 right or not",
            ),
            (
                "by_numbers",
                "The hits are divided by the number of all log-probabilities. There are fewer \
                 images than that",
            ),
        ])?;
        let why = "An image is read right if the largest of its log-probabilities stands at the \
                   place of its label; the accuracy is how many are, divided by all";
        given.expect(&case.numbers("accuracy")?, why, &mistakes)?;
    }
    right("`evaluate` counts in the same way, for all 10,000 test images at once.")
}

/// Exercise 4.2: `fn confusion_matrix(labels: &[usize], predictions: &[usize]) ->
/// Vec<Vec<usize>>`, ten rows of ten counts: a row for each true digit, a column for each answer.
///
/// # Errors
/// As [`test_accuracy`].
pub fn confusion_matrix<F>(confusion_matrix: F) -> Result<Right>
where
    F: Fn(&[usize], &[usize]) -> Vec<Vec<usize>> + Send + Sync + 'static,
{
    let reader = Reader::new("confusion_matrix", confusion_matrix);
    for case in reference::cases(REFERENCE, "confusion_matrix")? {
        let (labels, predictions) = (case.counts("labels")?, case.counts("predictions")?);
        let call = match labels.len() {
            ..6 => format!("confusion_matrix(&{labels:?}, &{predictions:?})"),
            many => format!("confusion_matrix, for {many} labels and predictions,"),
        };
        let given = reader.asked(call, move |f| f(&labels, &predictions))?;
        let mistakes = case.mistakes(&[
            (
                "transposed",
                "Rows and columns are exchanged: the row is that of the label, the column that of \
                 the prediction",
            ),
            ("only_right", "Only the diagonal is counted. The mistakes belong in, too"),
            ("only_wrong", "The diagonal is empty. What is read right is counted as well"),
            ("once", "A pair that comes twice has to count as 2"),
            ("fractions", "These are fractions of each row. Counts are asked for"),
            ("fractions_nan", "These are fractions of each row. Counts are asked for"),
        ])?;
        let why = "Row t, column p, is how many images have the label t and the prediction p. \
                   There are always ten rows and ten columns, also for digits that do not occur";
        given.expect(&case.numbers("matrix")?, why, &mistakes)?;
    }
    right("This is what `plot::confusion_matrix` draws.")
}

/// Exercise 4.3: `fn accuracy_per_digit(confusion: &[Vec<usize>]) -> Vec<f64>`, which fraction of
/// each digit's images is read right; 0 for a digit without images.
///
/// # Errors
/// As [`test_accuracy`].
pub fn accuracy_per_digit<F>(accuracy_per_digit: F) -> Result<Right>
where
    F: Fn(&[Vec<usize>]) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("accuracy_per_digit", accuracy_per_digit);
    for case in reference::cases(REFERENCE, "accuracy_per_digit")? {
        let matrix = counts(&case, "matrix")?;
        let call = call_of_matrix("accuracy_per_digit", &matrix);
        let given = reader.asked(call, move |f| f(&matrix))?;
        let mistakes = case.mistakes(&[
            (
                "nan",
                "A digit without images divides 0 by 0, which is NaN, \"not a number\". For such \
                 a digit 0 is asked for",
            ),
            (
                "left_out",
                "A digit without images is left out, and all digits after it have moved. Number d \
                 is to be that of the digit d",
            ),
            ("by_columns", COLUMNS),
            ("by_columns_nan", COLUMNS),
            (
                "of_all",
                "The hits of each digit are divided by the number of all images. Only the images \
                 of this digit count",
            ),
            ("percent", "These are the numbers in percent. A fraction lies between 0 and 1"),
            ("counts", "These are how many images are read right, not yet which fraction"),
            ("wrong", "These are the fractions that are read wrong"),
            ("whole", "A division of whole numbers drops what comes after the point"),
        ])?;
        let why = "A digit's images are all those in its row, whatever the answer; those on the \
                   diagonal are read right";
        given.expect(&case.numbers("accuracies")?, why, &mistakes)?;
    }
    right("This is the height of the bars of `plot::accuracy_per_digit`.")
}

const COLUMNS: &str = "The hits are divided by the sum of a column. A column holds the images \
                       that got this answer; those that show this digit stand in a row";

/// Exercise 4.4: `fn accuracy_of_batches(hits: &[usize], sizes: &[usize]) -> f64`, the accuracy on
/// all images of batches of different sizes.
///
/// # Errors
/// As [`test_accuracy`].
pub fn accuracy_of_batches<F>(accuracy_of_batches: F) -> Result<Right>
where
    F: Fn(&[usize], &[usize]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("accuracy_of_batches", accuracy_of_batches);
    for case in reference::cases(REFERENCE, "accuracy_of_batches")? {
        let (hits, sizes) = (case.counts("hits")?, case.counts("sizes")?);
        let call = match hits.len() {
            ..4 => format!("accuracy_of_batches(&{hits:?}, &{sizes:?})"),
            many => format!("accuracy_of_batches, for {many} batches, the last one smaller,"),
        };
        let given = reader.asked(call, move |f| f(&hits, &sizes))?;
        let mistakes = case.mistakes(&[
            ("broken", MEAN_OF_MEANS),
            ("without_empty", MEAN_OF_MEANS),
            ("empty_as_zero", MEAN_OF_MEANS),
            ("whole", "A division of whole numbers drops what comes after the point"),
            ("percent", "This is the number in percent. A fraction lies between 0 and 1"),
            ("equal_sizes", "Not every batch has as many images as the first"),
            ("by_batches", "The hits are divided by the number of batches, not of images"),
            ("count", "This is how many images are read right, not yet which fraction of them"),
        ])?;
        let why = "It is how many images of all batches together are read right, divided by how \
                   many images there are";
        given.expect(&case.numbers("accuracy")?, why, &mistakes)?;
    }
    right("The same images give the same accuracy now, however they are cut into batches.")
}

const MEAN_OF_MEANS: &str = "This is a mean over the batches, in which a batch of few images \
                             counts as much as a large one. Every image is to count the same";

/// Exercise 4.5: `fn most_confused(confusion: &[Vec<usize>]) -> [usize; 2]`, the digit and the
/// wrong answer that come together most often; of equal counts, the first in reading order.
///
/// # Errors
/// As [`test_accuracy`].
pub fn most_confused<F>(most_confused: F) -> Result<Right>
where
    F: Fn(&[Vec<usize>]) -> [usize; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("most_confused", most_confused);
    for case in reference::cases(REFERENCE, "most_confused")? {
        let matrix = counts(&case, "matrix")?;
        let call = call_of_matrix("most_confused", &matrix);
        let given = reader.asked(call, move |f| f(&matrix))?;
        let mistakes = case.mistakes(&[
            ("diagonal", "That is on the diagonal: those images are read right, not confused"),
            ("swapped", "The two are in the wrong order: first the true digit, then the answer"),
            (
                "last",
                "Another pair is confused as often and stands before it, in an earlier row or \
                 further left. Of equal counts, the first is asked for",
            ),
            (
                "both",
                "Both directions are added up here. To take a 4 for a 9 and a 9 for a 4 are two \
                 different mistakes, counted separately",
            ),
            ("fraction", "That is the largest fraction of a row. The largest count is asked for"),
        ])?;
        let why = format!(
            "It is the row and the column of {}, the largest count off the diagonal",
            case.numbers("count")?
        );
        given.expect(&case.numbers("pair")?, &why, &mistakes)?;
    }
    right("`evaluation.confused_pairs_table` lists these pairs, in notebook 7.")
}

/// Exercise 4.6: `fn worst_mistakes(probabilities: &[Vec<f64>], labels: &[usize], count: usize) ->
/// Vec<usize>`, the places of the wrong images, those first of which the network was most sure.
///
/// # Errors
/// As [`test_accuracy`].
pub fn worst_mistakes<F>(worst_mistakes: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>], &[usize], usize) -> Vec<usize> + Send + Sync + 'static,
{
    let reader = Reader::new("worst_mistakes", worst_mistakes);
    for case in reference::cases(REFERENCE, "worst_mistakes")? {
        let (rows, labels) = (case.rows("probabilities")?, case.counts("labels")?);
        let count = case.count("count")?;
        let call = match rows.len() {
            ..5 => format!("worst_mistakes(&{rows:?}, &{labels:?}, {count})"),
            many => format!("worst_mistakes, for {many} images and the count {count},"),
        };
        let given = reader.asked(call, move |f| f(&rows, &labels, count))?;
        let mistakes = case.mistakes(&[
            ("all", "Images that are read right are among them"),
            ("right", "These images are read right"),
            ("least_sure", "These begin with the mistake of which the network was least sure"),
            (
                "sorted_late",
                "The first mistakes were taken and then sorted. A worse one may follow",
            ),
            ("unsorted", "These are mistakes in the order of the images, not the worst first"),
            (
                "by_truth",
                "These are sorted by the probability of the true digit. How sure the network was \
                 is the probability of its answer, the largest of the row",
            ),
            ("unlimited", "There are more of them than the count allows"),
        ])?;
        let why = "A mistake is an image whose largest probability is not that of its label; \
                   those with the largest such probability come first, and at most as many as the \
                   count says. If there are fewer mistakes, all of them are the answer";
        given.expect(&case.numbers("places")?, why, &mistakes)?;
    }
    right("The same list as `evaluation.mistakes`, of which the notebook shows the first twenty.")
}

/// A confusion matrix.
fn counts(case: &Case, name: &str) -> Result<Vec<Vec<usize>>> {
    let rows = case.rows(name)?;
    Ok(rows.iter().map(|row| row.iter().map(|count| *count as usize).collect()).collect())
}

fn call_of_matrix(name: &str, matrix: &[Vec<usize>]) -> String {
    match matrix.len() {
        ..5 => format!("{name}(&{matrix:?})"),
        many => format!("{name}, for a confusion matrix of {many} rows,"),
    }
}

#[cfg(test)]
mod tests;
