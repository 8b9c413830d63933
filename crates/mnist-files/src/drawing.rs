//! The digit on a page, prepared as the images of MNIST were.
//!
//! A network knows only what it was trained with. So the digit is cut out of its page, reduced and
//! centred as MNIST's makers did it (<http://yann.lecun.com/exdb/mnist/>): "size normalized to fit
//! in a 20x20 pixel box while preserving their aspect ratio", with gray levels from anti-aliasing,
//! then "centered in a 28x28 image by computing the center of mass of the pixels".

use crate::files::{PIXELS, SIDE};
use std::ops::Range;

/// Pixels of a digit in its longer direction.
const BOX: usize = 20;
/// Row and column on which the centre of mass comes to lie, within half a pixel: that of all
/// images of MNIST's test set is between 13.5 and 14.5 (measured).
const CENTER: f64 = 14.0;
/// Least difference between ink and paper, of 255: fainter is a blank page.
const LEAST_CONTRAST: u8 = 32;
/// What is fainter than one part in so many of the darkest ink is paper with its grain or a smudge.
const FAINTEST: u32 = 5;

/// The digit of a page as MNIST would hold it: 28 rows of 28, 0 background, 255 full ink; `None` if
/// the page is blank.
///
/// The page is `bytes`: rows of `width` pixels of `channels` bytes each, which are gray, gray and
/// alpha, RGB, or RGB and alpha. What is transparent counts as paper.
pub fn prepared(bytes: &[u8], width: usize, channels: usize) -> Option<[u8; PIXELS]> {
    // What is transparent takes the colour of white paper; under white ink, that of black.
    let ink = |ground| ink_of(&lightness(bytes, channels, ground), width);
    let ink = ink(255).or_else(|| ink(0))?;
    Some(fitted(&Page { width, height: ink.len() / width, ink }))
}

/// How much ink each pixel of a page holds.
struct Page {
    width: usize,
    height: usize,
    /// `height` rows of `width`: 0 paper, 255 the darkest ink.
    ink: Vec<u8>,
}

/// How light each pixel is, 0 black, 255 white, where what is transparent lies on a ground of this lightness.
fn lightness(bytes: &[u8], channels: usize, ground: u8) -> Vec<u8> {
    let light = |pixel: &[u8]| match *pixel {
        [gray] => gray,
        [gray, alpha] => over(gray, alpha, ground),
        [red, green, blue] => luma(red, green, blue),
        [red, green, blue, alpha] => over(luma(red, green, blue), alpha, ground),
        _ => ground,
    };
    bytes.chunks_exact(channels.max(1)).map(light).collect()
}

/// How light a colour looks (Rec. ITU-R BT.601, section 2.5.1); exact for grays.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    ((sum + 500) / 1000) as u8
}

/// A colour of this opacity over a ground.
fn over(light: u8, alpha: u8, ground: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(light) * alpha + u32::from(ground) * (255 - alpha) + 127) / 255) as u8
}

/// How far each pixel is from paper, 255 for the farthest; `None` if the page is blank.
///
/// Paper is what lies along the edges. Ink is darker or lighter than that, whichever goes farther.
fn ink_of(lightness: &[u8], width: usize) -> Option<Vec<u8>> {
    let paper = median_of_the_edges(lightness, width)?;
    let (darkest, lightest) = (*lightness.iter().min()?, *lightness.iter().max()?);
    let is_dark = paper - darkest >= lightest - paper;
    let contrast = if is_dark { paper - darkest } else { lightest - paper };
    if contrast < LEAST_CONTRAST {
        return None;
    }
    let ink = |&light: &u8| {
        let far = if is_dark { paper.saturating_sub(light) } else { light.saturating_sub(paper) };
        let is_paper = u32::from(far) * FAINTEST < u32::from(contrast);
        if is_paper { 0 } else { (u32::from(far) * 255 / u32::from(contrast)) as u8 }
    };
    Some(lightness.iter().map(ink).collect())
}

fn median_of_the_edges(lightness: &[u8], width: usize) -> Option<u8> {
    let rows = || lightness.chunks_exact(width.max(1));
    let mut edges = [rows().next()?, rows().next_back()?].concat();
    edges.extend(rows().flat_map(|row| [row[0], row[row.len() - 1]]));
    edges.sort_unstable();
    edges.get(edges.len() / 2).copied()
}

/// Cut out, reduced and centred.
fn fitted(page: &Page) -> [u8; PIXELS] {
    let digit = reduced(page);
    // A thin pen leaves pale lines; the brightest pixel of nearly every image of MNIST is 255.
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
/// middle; as near as it gets, if the last one would leave the image.
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
