#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/01-data.ipynb`, and in its narrow lines.
#[rustfmt::skip]
mod solutions {
    use super::*;

    pub(super) fn scaled(bytes: &[u8]) -> Vec<f64> {
        bytes.iter().map(|byte| f64::from(*byte) / 255.0).collect()
    }

    pub(super) fn mean_images(
        images: &[Vec<f64>],
        labels: &[u8],
    ) -> Vec<Vec<f64>> {
        let mut means = vec![vec![0.0; images[0].len()]; 10];
        let mut counts = [0.0; 10];
        for (image, label) in images.iter().zip(labels) {
            let digit = usize::from(*label);
            counts[digit] += 1.0;
            for (mean, pixel) in means[digit].iter_mut().zip(image) {
                *mean += (pixel - *mean) / counts[digit];
            }
        }
        means
    }

    pub(super) fn nearest(
        images: &[Vec<f64>],
        labels: &[u8],
        image: &[f64],
    ) -> u8 {
        let (mut best, mut smallest): (u8, f64) = (0, f64::INFINITY);
        for (other, label) in images.iter().zip(labels) {
            let pairs = other.iter().zip(image);
            let distance: f64 = pairs.map(|(a, b)| (a - b) * (a - b)).sum();
            if distance < smallest {
                (best, smallest) = (*label, distance);
            }
        }
        best
    }

    pub(super) fn accuracy(guesses: &[u8], labels: &[u8]) -> f64 {
        let pairs = guesses.iter().zip(labels);
        let right = pairs.filter(|(guess, label)| guess == label).count();
        right as f64 / labels.len() as f64
    }

    pub(super) fn baseline(train: &[u8], test: &[u8]) -> f64 {
        let mut counts = [0; 10];
        for label in train {
            counts[usize::from(*label)] += 1;
        }
        let mut answer = 0;
        for digit in 1..10 {
            if counts[usize::from(digit)] > counts[usize::from(answer)] {
                answer = digit;
            }
        }
        let right = test.iter().filter(|label| **label == answer).count();
        right as f64 / test.len() as f64
    }

    pub(super) fn batch(
        images: &Tensor,
        order: &Tensor,
        number: i64,
        size: i64,
    ) -> Tensor {
        let start = number * size;
        let left = order.size()[0] - start;
        let places: Tensor = order.narrow(0, start, size.min(left));
        images.index_select(0, &places)
    }
}

/// The share of the labels that are this digit.
fn share(labels: &[u8], digit: u8) -> f64 {
    labels.iter().filter(|label| **label == digit).count() as f64 / labels.len() as f64
}

/// The sums of each digit's images, and how many there are of each.
fn sums(images: &[Vec<f64>], labels: &[u8]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let (mut sums, mut counts) = (vec![vec![0.0; images[0].len()]; 10], vec![0.0; 10]);
    for (image, label) in images.iter().zip(labels) {
        counts[usize::from(*label)] += 1.0;
        sums[usize::from(*label)].iter_mut().zip(image).for_each(|(sum, pixel)| *sum += pixel);
    }
    (sums, counts)
}

/// The mean images, the sum of digit `d` divided by `by(its count, the number of all images)`.
fn divided(by: impl Fn(f64, f64) -> f64 + Send + Sync + 'static) -> Result<Right> {
    mean_images(move |images, labels| {
        let (sums, counts) = sums(images, labels);
        let divided = |(sum, count): (Vec<f64>, f64)| {
            sum.iter().map(|value| value / by(count, images.len() as f64)).collect()
        };
        sums.into_iter().zip(counts).map(divided).collect()
    })
}

/// The label with the smallest distance, which adds up what `term` makes of each difference.
fn nearest_by(
    term: impl Fn(f64) -> f64 + Send + Sync + 'static,
    distance: impl Fn(f64) -> f64 + Send + Sync + 'static,
) -> Result<Right> {
    nearest(move |images, labels, image| {
        let sum = |other: &Vec<f64>| -> f64 {
            distance(other.iter().zip(image).map(|(a, b)| term(a - b)).sum())
        };
        let pairs = images.iter().map(sum).zip(labels);
        *pairs.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap().1
    })
}

#[test]
fn the_solutions_are_right() {
    scaled(solutions::scaled).unwrap();
    mean_images(solutions::mean_images).unwrap();
    nearest(solutions::nearest).unwrap();
    accuracy(solutions::accuracy).unwrap();
    baseline(solutions::baseline).unwrap();
    batch(solutions::batch).unwrap();
    // Other ways to the same.
    divided(|count, _| if count > 0.0 { count } else { 1.0 }).unwrap();
    nearest_by(|difference| difference * difference, f64::sqrt).unwrap();
}

#[test]
fn wrongly_scaled_pixels_are_told() {
    let each = |f: fn(u8) -> f64| scaled(move |bytes| bytes.iter().map(|byte| f(*byte)).collect());
    refused(each(|byte| f64::from(byte / 255)), "all grays have become 0");
    refused(each(|byte| f64::from(byte) / 256.0), "divided by 256");
    refused(each(|byte| 1.0 - f64::from(byte) / 255.0), "exchanged");
    refused(each(f64::from), "numbers from 0 to 255");
    refused(each(|byte| f64::from(byte.min(1))), "full ink");
    refused(scaled(|_| vec![0.0, 0.2, 1.0]), "scaled(&[255])");
}

#[test]
fn wrong_mean_images_are_told() {
    refused(divided(|count, _| count), "divides 0 by 0");
    refused(divided(|_, _| 1.0), "not yet divided");
    refused(divided(|_, all| all), "number of all images");
    refused(divided(|_, _| 10.0), "divided by 10");
    let last = |images: &[Vec<f64>], labels: &[u8]| {
        let mut means = vec![vec![0.0; images[0].len()]; 10];
        images.iter().zip(labels).for_each(|(i, l)| means[usize::from(*l)].clone_from(i));
        means
    };
    refused(mean_images(last), "Only the last image");
    let only_seen = |images: &[Vec<f64>], labels: &[u8]| {
        let means = solutions::mean_images(images, labels);
        means.into_iter().zip(sums(images, labels).1).filter(|m| m.1 > 0.0).map(|m| m.0).collect()
    };
    refused(mean_images(only_seen), "are left out");
    refused(mean_images(|_, _| vec![vec![0.0]; 10]), "pixel by pixel");
}

#[test]
fn wrong_neighbours_are_told() {
    refused(nearest_by(|difference| difference, |sum| sum), "least ink wins");
    refused(nearest_by(|difference| -difference, |sum| sum), "most ink wins");
    refused(nearest_by(|difference| difference, f64::abs), "cancelled out");
    refused(nearest_by(f64::abs, |sum| sum), "without their signs");
    refused(nearest_by(|difference| difference * difference, |sum| -sum), "resembles it least");
    let place = |images: &[Vec<f64>], _: &[u8], image: &[f64]| {
        let labels: Vec<u8> = (0..images.len() as u8).collect();
        solutions::nearest(images, &labels, image)
    };
    refused(nearest(place), "not its label");
    refused(nearest(|_, _, _| 6), "has the smallest sum");
}

#[test]
fn wrong_accuracies_are_told() {
    let right = |guesses: &[u8], labels: &[u8]| {
        guesses.iter().zip(labels).filter(|(guess, label)| guess == label).count()
    };
    refused(accuracy(move |g, l| 1.0 - right(g, l) as f64 / l.len() as f64), "that are wrong");
    refused(accuracy(move |g, l| 100.0 * right(g, l) as f64 / l.len() as f64), "in percent");
    refused(accuracy(move |g, l| right(g, l) as f64), "how many guesses");
    refused(accuracy(move |g, l| (right(g, l) / l.len()) as f64), "whole numbers");
    refused(accuracy(|_, _| 0.75), "guesses [5]");
}

#[test]
fn wrong_baselines_are_told() {
    refused(baseline(|_, test| solutions::baseline(test, test)), "before the test");
    refused(baseline(|train, _| solutions::baseline(train, train)), "training labels");
    refused(baseline(|_, _| 0.1), "a random guess");
    refused(baseline(|_, _| 1.0), "not its accuracy");
    refused(baseline(|_, test| share(test, 1)), "5 is the most frequent");
    refused(baseline(|train, test| share(test, train[0])), "the most frequent");
}

#[test]
fn wrong_batches_are_told() {
    let picked = |images: &Tensor, order: &Tensor, start: i64, size: i64| {
        images.index_select(0, &order.narrow(0, start, size))
    };
    refused(batch(picked), "one further for each batch");
    refused(batch(|images, _, number, size| images.narrow(0, number * size, size)), "of the file");
    refused(batch(move |i, order, _, size| picked(i, order, 0, size)), "the first batch again");
    refused(batch(|_, order, number, size| order.narrow(0, number * size, size)), "not the images");
    let filled = move |images: &Tensor, order: &Tensor, number: i64, size: i64| {
        let start = (number * size).min(order.size()[0] - size);
        picked(images, order, start, size)
    };
    refused(batch(filled), "filled up");
    // The last batch panics.
    refused(batch(move |i, order, number, size| picked(i, order, number * size, size)), "panicked");
}
