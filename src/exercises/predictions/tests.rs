#![allow(clippy::unwrap_used)]

use tch::Kind;

use super::super::reader::tests::refused;
use super::*;

// The answers of `exercises/solutions/07-predictions.ipynb`, and wrong ones.

fn right_digits(probabilities: &[f64], count: usize) -> Vec<usize> {
    let mut digits: Vec<usize> = (0..probabilities.len()).collect();
    digits.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    digits.truncate(count);
    digits
}

#[test]
fn most_probable_digits_are_told() {
    most_probable(right_digits).unwrap();
    let ascending = |probabilities: &[f64]| {
        let mut digits: Vec<usize> = (0..probabilities.len()).collect();
        digits.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
        digits
    };
    refused(
        most_probable(move |p, count| ascending(p).into_iter().take(count).collect()),
        "least probable digits",
    );
    refused(
        most_probable(move |p, count| ascending(p).into_iter().rev().take(count).collect()),
        "the smaller comes first",
    );
    refused(
        most_probable(|p, count| {
            let mut digits = right_digits(p, count);
            digits.sort();
            digits
        }),
        "sorted by digit",
    );
    refused(most_probable(|p, _| right_digits(p, p.len())), "not as many as the count says");
    refused(most_probable(|p, count| right_digits(p, p.len())[..count].to_vec()), "panicked");
    refused(most_probable(|_, _| vec![1, 3]), "most_probable(&[1.0], 1)");
}

fn right_entropy(probabilities: &[f64]) -> f64 {
    let some = probabilities.iter().filter(|p| **p > 0.0);
    some.map(|p| -p * p.ln()).sum()
}

#[test]
fn entropies_are_told() {
    entropy(right_entropy).unwrap();
    refused(entropy(|p| p.iter().map(|p| -p * p.ln()).sum()), "is to add nothing");
    refused(entropy(|p| -right_entropy(p)), "sign is wrong");
    refused(entropy(|p| right_entropy(p) / 2_f64.ln()), "base 2");
    refused(entropy(|p| right_entropy(p) / p.len() as f64), "add up to 1 already");
    refused(entropy(|p| p.iter().map(|p| -p.ln()).sum()), "counts by its probability");
    refused(
        entropy(|p| -p.iter().copied().fold(0.0, f64::max).ln()),
        "Only the most probable digit",
    );
}

fn right_shift(image: &Tensor, by: i64) -> Tensor {
    let moved = image.roll([by], [1]);
    let _ = moved.narrow(1, 0, by).fill_(0.0);
    moved
}

#[test]
fn shifts_are_told() {
    shifted_right(right_shift).unwrap();
    // The function that the exercise shows.
    refused(shifted_right(|image, by| image.roll([by], [1])), "comes in again on the left");
    refused(shifted_right(|image, by| image.roll([-by], [1])), "to the left");
    refused(shifted_right(|image, by| image.roll([by], [0])), "moved down");
    refused(
        shifted_right(|image, by| {
            let paper = Tensor::zeros([image.size()[0], by], (Kind::Float, image.device()));
            Tensor::cat(&[paper, image.shallow_clone()], 1)
        }),
        "has become wider",
    );
    refused(
        shifted_right(|image, by| {
            let moved = image.roll([by], [1]);
            let _ = moved.narrow(1, image.size()[1] - by, by).fill_(0.0);
            moved
        }),
        "the wrong side",
    );
    refused(
        shifted_right(|image, by| {
            let mut same = image.shallow_clone();
            same.copy_(&right_shift(image, by));
            same
        }),
        "changed the tensor",
    );
}

fn right_centre(image: &Tensor) -> [f64; 2] {
    let (rows, columns) = (image.size()[0], image.size()[1]);
    let (mut ink, mut down, mut across) = (0.0, 0.0, 0.0);
    for row in 0..rows {
        for column in 0..columns {
            let pixel = image.double_value(&[row, column]);
            ink += pixel;
            down += pixel * row as f64;
            across += pixel * column as f64;
        }
    }
    if ink == 0.0 {
        return [(rows - 1) as f64 / 2.0, (columns - 1) as f64 / 2.0];
    }
    [down / ink, across / ink]
}

#[test]
fn centres_are_told() {
    centre_of_mass(right_centre).unwrap();
    refused(
        centre_of_mass(|image| {
            let [row, column] = right_centre(image);
            [column, row]
        }),
        "wrong order",
    );
    refused(centre_of_mass(|image| right_centre(&image.gt(0.0))), "More ink is to count more");
    let ink = |image: &Tensor| image.sum(Kind::Double).double_value(&[]);
    refused(
        centre_of_mass(move |image| right_centre(image).map(|place| place * ink(image))),
        "not yet divided",
    );
    refused(
        centre_of_mass(move |image| {
            let fraction = ink(image) / image.numel() as f64;
            right_centre(image).map(|place| place * fraction)
        }),
        "by the number of pixels",
    );
    refused(
        centre_of_mass(move |image| {
            let blank = if ink(image) == 0.0 { f64::NAN } else { 0.0 };
            right_centre(image).map(|place| place + blank)
        }),
        "Without ink, 0 is divided by 0",
    );
    refused(centre_of_mass(|image| [(image.size()[0] - 1) as f64 / 2.0, 13.5]), "not right yet");
}

fn right_error(sure: &[f64], right: &[bool], bins: usize) -> f64 {
    let mut sums = vec![0.0_f64; bins];
    for (sure, right) in sure.iter().zip(right) {
        let bin = (sure * bins as f64).ceil() as usize - 1;
        sums[bin] += f64::from(*right) - sure;
    }
    sums.iter().map(|sum| sum.abs()).sum::<f64>() / sure.len() as f64
}

/// How many images each bin has, and how far its two means are apart.
fn gaps(sure: &[f64], right: &[bool], bins: usize) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); bins];
    for (sure, right) in sure.iter().zip(right) {
        let bin = &mut sums[(sure * bins as f64).ceil() as usize - 1];
        bin.0 += 1.0;
        bin.1 += f64::from(*right) - sure;
    }
    sums.into_iter().map(|(count, sum)| (count, sum / count)).collect()
}

#[test]
fn calibration_errors_are_told() {
    calibration_error(right_error).unwrap();
    refused(
        calibration_error(|sure, right, bins| {
            let gaps = gaps(sure, right, bins);
            gaps.iter().map(|(count, gap)| count * gap.abs()).sum::<f64>() / sure.len() as f64
        }),
        "A bin without images",
    );
    refused(
        calibration_error(|sure, right, bins| {
            let gaps = gaps(sure, right, bins);
            let filled: Vec<f64> =
                gaps.iter().filter(|gap| gap.0 > 0.0).map(|(_, gap)| gap.abs()).collect();
            filled.iter().sum::<f64>() / filled.len() as f64
        }),
        "Every bin counts the same",
    );
    refused(
        calibration_error(|sure, right, _| {
            let pairs = sure.iter().zip(right);
            pairs.map(|(sure, right)| f64::from(*right) - sure).sum::<f64>() / sure.len() as f64
        }),
        "A distance has no sign",
    );
    refused(calibration_error(|sure, right, _| right_error(sure, right, 1)), "cancelled out");
    refused(
        calibration_error(|sure, right, bins| {
            let mut sums = vec![0.0; bins + 1];
            for (sure, right) in sure.iter().zip(right) {
                sums[(sure * bins as f64) as usize] += f64::from(*right) - sure;
            }
            sums.iter().map(|sum: &f64| sum.abs()).sum::<f64>() / sure.len() as f64
        }),
        "on the edge between two bins",
    );
    refused(
        calibration_error(|sure, right, bins| right_error(sure, right, bins) * sure.len() as f64),
        "The mean is asked for",
    );
}
