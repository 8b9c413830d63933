//! From a page of any size to a picture of MNIST: cut out, reduced, centred.

use super::page::Page;
use crate::data::files::{PIXELS, SIDE};
use std::ops::Range;

/// Pixels of a digit in its longer direction.
const BOX: usize = 20;
/// Row and column on which the centre of mass comes to lie, within half a pixel: that of all
/// pictures of MNIST's test set is between 13.5 and 14.5 (measured).
const CENTER: f64 = 14.0;

/// The digit of a page as MNIST would hold it: 28 rows of 28, 0 background, 255 full ink.
pub(super) fn prepared(page: &Page) -> [u8; PIXELS] {
    let digit = reduced(page);
    // A thin pen leaves pale lines; the brightest pixel of nearly every picture of MNIST is 255.
    let strongest = digit.iter().flatten().fold(f64::MIN_POSITIVE, |a, b| a.max(*b));
    let top = place(digit.iter().map(|row| row.iter().sum()));
    let columns = digit.first().map_or(0, Vec::len);
    let left = place((0..columns).map(|column| digit.iter().map(|row| row[column]).sum()));
    let mut pixels = [0; PIXELS];
    for (row, values) in digit.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let pixel = (value / strongest * 255.0).round() as u8;
            pixels[(top + row) * SIDE + left + column] = pixel;
        }
    }
    pixels
}

/// Where the first of these rows (or columns) has to lie for their centre of mass to be in the
/// middle; as near as it gets, if the last one would leave the picture.
fn place(weights: impl ExactSizeIterator<Item = f64>) -> usize {
    let count = weights.len();
    let (mut sum, mut moment) = (0.0, 0.0);
    for (at, weight) in weights.enumerate() {
        sum += weight;
        moment += weight * at as f64;
    }
    let center = if sum > 0.0 { moment / sum } else { 0.0 };
    ((CENTER - center).round().max(0.0) as usize).min(SIDE - count)
}

/// The ink's box, reduced (or enlarged) to 20 pixels in its longer direction: the mean of the ink
/// that each new pixel covers, 0 to 255.
fn reduced(page: &Page) -> Vec<Vec<f64>> {
    let inked = |at: &(usize, &u8)| *at.1 > 0;
    let columns = || page.ink.iter().enumerate().filter(inked).map(|(at, _)| at % page.width);
    let rows = || page.ink.iter().enumerate().filter(inked).map(|(at, _)| at / page.width);
    let (across, down) = (extent(columns()), extent(rows()));
    let longer = across.len().max(down.len());
    let [across, down] = [across, down].map(|range| cells(&range, longer));
    let mean = |y: &Range<f64>, x: &Range<f64>| mean(page, y, x);
    down.iter().map(|y| across.iter().map(|x| mean(y, x)).collect()).collect()
}

fn extent(places: impl Iterator<Item = usize>) -> Range<usize> {
    let empty = (usize::MAX, 0);
    let (first, end) = places.fold(empty, |(first, end), at| (first.min(at), end.max(at + 1)));
    first.min(end)..end
}

/// Equal parts that cover a range, 20 of which are as long as the longer direction; the first and
/// last stick out evenly.
fn cells(range: &Range<usize>, longer: usize) -> Vec<Range<f64>> {
    let count = (range.len() * BOX).div_ceil(longer.max(1));
    let step = longer as f64 / BOX as f64;
    let start = (range.start + range.end) as f64 / 2.0 - step * count as f64 / 2.0;
    (0..count).map(|at| start + step * at as f64..start + step * (at + 1) as f64).collect()
}

/// The mean of the ink in a rectangle, pixels at its edges by the part that lies inside; beyond
/// the page there is none.
fn mean(page: &Page, y: &Range<f64>, x: &Range<f64>) -> f64 {
    let mut sum = 0.0;
    for (row, height) in parts(y, page.height) {
        for (column, width) in parts(x, page.width) {
            sum += f64::from(page.ink[row * page.width + column]) * width * height;
        }
    }
    sum / ((y.end - y.start) * (x.end - x.start))
}

/// The pixels that a range touches, of `count`, and how much of each.
fn parts(range: &Range<f64>, count: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
    let (start, end) = (range.start.max(0.0), range.end.min(count as f64));
    let part = move |at: usize| (at, end.min((at + 1) as f64) - start.max(at as f64));
    (start as usize..end.ceil() as usize).map(part)
}
