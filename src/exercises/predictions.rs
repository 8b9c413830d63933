//! Checks of the exercises on notebook 7, predictions.

use anyhow::Result;
use tch::Tensor;

use super::reader::{Reader, Right, right};
use super::reference;

const REFERENCE: &str = include_str!("reference/predictions.json");

/// Exercise 7.1: `fn most_probable(probabilities: &[f64], count: usize) -> Vec<usize>`, the most
/// probable digits, the most probable first; of equal ones, the smaller digit first.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn most_probable<F>(most_probable: F) -> Result<Right>
where
    F: Fn(&[f64], usize) -> Vec<usize> + Send + Sync + 'static,
{
    let reader = Reader::new("most_probable", most_probable);
    for case in reference::cases(REFERENCE, "most_probable")? {
        let (probabilities, count) = (case.list("probabilities")?, case.count("count")?);
        let call = format!("most_probable(&{probabilities:?}, {count})");
        let given = reader.asked(call, move |f| f(&probabilities, count))?;
        let mistakes = case.mistakes(&[
            ("least", "These are the least probable digits"),
            ("late_ties", "Of two digits with the same probability, the smaller comes first"),
            (
                "backwards",
                "These are the right digits in the wrong order: the most probable comes first",
            ),
            (
                "by_digit",
                "These are the right digits, sorted by digit. They are to be sorted by probability",
            ),
            ("ranks", "These are ranks: which place each digit has. The digits are asked for"),
            ("all", "These are all digits, not as many as the count says"),
            ("first_digits", "These are the first digits, whatever their probabilities"),
            ("one_only", "This is only the most probable digit"),
        ])?;
        let why = "The digits, which are the places in the list, come in the order of their \
                   probabilities, the largest first, and at most as many as the count says";
        given.expect(&case.numbers("digits")?, why, &mistakes)?;
    }
    right("The second place often tells what the network hesitated about.")
}

/// Exercise 7.2: `fn entropy(probabilities: &[f64]) -> f64`, the mean of -ln p in which each
/// probability p is its own weight; p = 0 adds nothing.
///
/// # Errors
/// As [`most_probable`].
pub fn entropy<F>(entropy: F) -> Result<Right>
where
    F: Fn(&[f64]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("entropy", entropy);
    for case in reference::cases(REFERENCE, "entropy")? {
        let probabilities = case.list("probabilities")?;
        let call = format!("entropy(&{probabilities:?})");
        let given = reader.asked(call, move |f| f(&probabilities))?;
        let mistakes = case.mistakes(&[
            ("negative", "The sign is wrong: logarithms of probabilities are never above 0"),
            (
                "nan",
                "The logarithm of 0 is minus infinity, and 0 times that is NaN, \"not a number\". \
                 A digit with the probability 0 is to add nothing",
            ),
            ("bits", "This is computed with the logarithm to the base 2, not the natural one"),
            ("tens", "This is computed with the logarithm to the base 10, not the natural one"),
            (
                "mean",
                "The sum is divided by the number of digits. The weights, which are the \
                 probabilities, add up to 1 already",
            ),
            ("unweighted", "Every digit counts the same here. Each counts by its probability"),
            ("mean_of_logs", "Every digit counts the same here. Each counts by its probability"),
            ("surprise", "Only the most probable digit has a part in it"),
            ("rest", "Only the most probable digit has a part in it"),
            ("unequal", "The squares of the probabilities are used here in place of logarithms"),
        ])?;
        let why = "Each digit adds its -ln p, as much of it as its probability p says";
        given.expect(&case.numbers("entropy")?, why, &mistakes)?;
    }
    right("From 0, quite sure, to ln 10 = 2.3026, all ten digits equally probable.")
}

/// Exercise 7.3: `fn shifted_right(image: &Tensor, by: i64) -> Tensor`, the image of two dimensions
/// moved to the right by at most its width; paper comes in on the left.
///
/// # Errors
/// As [`most_probable`].
pub fn shifted_right<F>(shifted_right: F) -> Result<Right>
where
    F: Fn(&Tensor, i64) -> Tensor + Send + Sync + 'static,
{
    let reader = Reader::new("shifted_right", shifted_right);
    for case in reference::cases(REFERENCE, "shifted_right")? {
        let (image, by) = (case.tensor("image")?, case.count("by")? as i64);
        let call =
            format!("shifted_right, for the image {} by {by},", case.numbers("image")?.quoted());
        let given = reader.asked_of(call, [&image], move |f, [image]| f(image, by))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "What leaves the image on the right comes in again on the left. Nothing but paper, \
                 which is 0, is to come in",
            ),
            ("wrong_side", "The paper has covered the wrong side: it comes in on the left"),
            ("left", "This has moved to the left"),
            ("left_around", "This has moved to the left"),
            ("down", "This has moved down. Dimension 0 counts the rows, dimension 1 the columns"),
            (
                "down_around",
                "This has moved down. Dimension 0 counts the rows, dimension 1 the columns",
            ),
            ("smeared", "The left edge is repeated. Paper, which is 0, is to come in"),
            ("wider", "The image has become wider. Its shape is to stay"),
            ("unchanged", "Nothing has moved"),
            ("blank", "Nothing is left of the image"),
        ])?;
        let why = "Each pixel moves to the right, what would stand outside is lost, and on the \
                   left comes in paper, which is 0";
        given.expect(&case.numbers("shifted")?, why, &mistakes)?;
    }
    right("Now even a digit that touches the edge can be shifted without a trace on the left.")
}

/// Exercise 7.4: `fn centre_of_mass(image: &Tensor) -> [f64; 2]`, the mean row and column of the
/// ink; the middle of an image without ink.
///
/// # Errors
/// As [`most_probable`].
pub fn centre_of_mass<F>(centre_of_mass: F) -> Result<Right>
where
    F: Fn(&Tensor) -> [f64; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("centre_of_mass", centre_of_mass);
    for case in reference::cases(REFERENCE, "centre_of_mass")? {
        let image = case.tensor("image")?;
        let call = format!("centre_of_mass, for the image {},", case.numbers("image")?.quoted());
        let given = reader.asked_of(call, [&image], |f, [image]| f(image))?;
        let mistakes = case.mistakes(&[
            (
                "nan",
                "Without ink, 0 is divided by 0, which is NaN, \"not a number\". The middle of \
                 the image is asked for in this case",
            ),
            ("zero", BLANK),
            ("late_middle", BLANK),
            ("swapped", "The two are in the wrong order: first the row, then the column"),
            ("from_one", "Rows and columns are counted from 1 here. They count from 0"),
            ("undivided", "The places are added up by their ink, but not yet divided by all of it"),
            ("by_pixels", "The sums are divided by the number of pixels, not by all of the ink"),
            ("inked", "Every pixel with ink counts the same here. More ink is to count more"),
            ("box", "This is the middle between the outermost pixels with ink"),
            ("darkest", "This is the place of the pixel with most ink"),
            ("middle", "This is the middle of the image, wherever its ink is"),
        ])?;
        let why = "It is the mean of the rows and that of the columns, in which each pixel counts \
                   by its ink";
        given.expect(&case.numbers("centre")?, why, &mistakes)?;
    }
    right("`Drawing::from_png` puts this place into the middle of the 28 x 28 pixels.")
}

const BLANK: &str = "Without ink there is no mean place. The middle of the image is asked for in \
                     this case: halfway between its first and last row and column, counted from 0";

/// Exercise 7.5: `fn calibration_error(sure: &[f64], right: &[bool], bins: usize) -> f64`, the mean
/// over all images of how far confidence and accuracy are apart in their bin.
///
/// # Errors
/// As [`most_probable`].
pub fn calibration_error<F>(calibration_error: F) -> Result<Right>
where
    F: Fn(&[f64], &[bool], usize) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("calibration_error", calibration_error);
    for case in reference::cases(REFERENCE, "calibration_error")? {
        let (sure, bins) = (case.list("sure")?, case.count("bins")?);
        let hits: Vec<bool> = case.list("right")?.iter().map(|hit| *hit > 0.0).collect();
        let call = match sure.len() {
            ..6 => format!("calibration_error(&{sure:?}, &{hits:?}, {bins})"),
            many => format!("calibration_error, for {many} images and {bins} bins,"),
        };
        let given = reader.asked(call, move |f| f(&sure, &hits, bins))?;
        let mistakes = case.mistakes(&[
            (
                "nan",
                "A bin without images has no mean: 0 divided by 0 is NaN, \"not a number\". Such \
                 a bin is to add nothing",
            ),
            ("lower_edges", EDGE),
            ("top_lost", EDGE),
            ("signed", SIGNED),
            ("signed_other", SIGNED),
            ("mean_of_filled", BINS),
            ("mean_of_bins", BINS),
            ("by_bins", "The sum over all images is divided by the number of bins"),
            ("sum", "The distances are added up, each with the same weight, and not divided"),
            ("counts", "This is the sum over all images. The mean is asked for"),
            ("percent", "This is the number in percent. One from 0 to 1 is asked for"),
            ("largest", "This is the largest distance of a bin. A mean is asked for"),
            ("each", "Each image is compared by itself here, as if it were a bin of its own"),
        ])?;
        let why = "In each bin, the mean confidence is to be compared with the fraction of images \
                   that are right; the distance, without a sign, counts once for each image in \
                   the bin; and the mean over all images is asked for";
        given.expect(&case.numbers("error")?, why, &mistakes)?;
    }
    right("`evaluation.calibration(10)` computes the same for all test images.")
}

const SIGNED: &str = "Distances of opposite signs have cancelled out. A distance has no sign";
const BINS: &str = "Every bin counts the same here, however many images it has. Every image is to \
                    count the same";
const EDGE: &str = "An image on the edge between two bins belongs to the lower one, so that \
                    1 belongs to the last";

#[cfg(test)]
mod tests;
