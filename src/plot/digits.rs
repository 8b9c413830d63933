//! Images of handwritten digits: one enlarged, one as its numbers, many side by side.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use plotters::prelude::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::render;
use super::grid::{Grid, MOST_COLUMNS, draw_image};
use super::numbers::{a_digit, counted, sure};
use super::style::{self, INK, LABEL, MARGIN, QUIET, SMALL};
use super::{chart, figure::Figure};
use crate::data::Split;
use crate::data::files::{PIXELS, SIDE};
use crate::evaluate::{Evaluation, Mistake};

/// Figure pixels per pixel of a single digit.
const ENLARGED: i32 = 10;
/// Width and height of the cell of one pixel's number.
const CELL: (i32, i32) = (31, 23);
/// Room for the numbers of rows and columns.
const HEADER: i32 = 26;
/// What images are called where their labels are digits.
const HANDWRITTEN: (&str, &str) = ("handwritten digit", "handwritten digits");
/// Columns and rows of an image of a digit.
pub(super) const DIGIT: (usize, usize) = (SIDE, SIDE);

/// One image, enlarged, with its label: dark ink on white.
///
/// # Errors
/// There is no image of this index.
pub fn digit(split: &Split, index: usize) -> Result<Figure> {
    let (pixels, caption) = (split.image(index)?, caption(split, index)?);
    let side = SIDE as i32 * ENLARGED;
    let (width, top) = (side + 2 * MARGIN, MARGIN + LABEL as i32 + 8);
    let alt_text =
        format!("Handwritten digit, captioned \"{caption}\"; {}.", where_the_ink_is(pixels));
    render((width as u32, (top + side + MARGIN) as u32), alt_text, |area| {
        let style = style::text(LABEL, INK, HPos::Center, VPos::Top);
        area.draw_text(&caption, &style, (width / 2, MARGIN - 4))?;
        draw_image(area, |pixel| gray(pixels[pixel]), (MARGIN, top), (DIGIT, ENLARGED))
    })
}

/// One image with the value of each pixel written into it, 0 for paper to 255 for ink.
///
/// # Errors
/// There is no image of this index.
pub fn pixels(split: &Split, index: usize) -> Result<Figure> {
    let (pixels, caption) = (split.image(index)?, caption(split, index)?);
    let middle_row: Vec<String> =
        pixels[SIDE * (SIDE / 2)..][..SIDE].iter().map(u8::to_string).collect();
    let alt_text = format!(
        "The {PIXELS} pixel values of {caption}, from 0 for paper to 255 for ink: {}; the values \
         of row 14, in the middle, are {}.",
        where_the_ink_is(pixels),
        middle_row.join(" ")
    );
    let origin = (MARGIN + HEADER, MARGIN + 28 + HEADER);
    let corner = |column: i32, row: i32| (origin.0 + column * CELL.0, origin.1 + row * CELL.1);
    let (right, bottom) = corner(SIDE as i32, SIDE as i32);
    let size = ((right + MARGIN) as u32, (bottom + MARGIN) as u32);
    render(size, alt_text, |area| {
        chart::title(area, &caption)?;
        let write = |number: &str, color: RGBColor, (x, y): (i32, i32)| {
            let style = style::text(SMALL, color, HPos::Center, VPos::Center);
            area.draw_text(number, &style, (x + CELL.0 / 2, y + CELL.1 / 2))
        };
        for i in 0..SIDE as i32 {
            let ((x, _), (_, y)) = (corner(i, 0), corner(0, i));
            write(&i.to_string(), QUIET, (x, origin.1 - (HEADER + CELL.1) / 2))?;
            write(&i.to_string(), QUIET, (origin.0 - (HEADER + CELL.0) / 2, y))?;
        }
        for (place, pixel) in pixels.iter().enumerate() {
            let (x, y) = corner((place % SIDE) as i32, (place / SIDE) as i32);
            style::fill(area, [(x, y), (x + CELL.0, y + CELL.1)], gray(*pixel))?;
            write(&pixel.to_string(), ink_on(*pixel), (x, y))?;
        }
        Ok(())
    })
}

/// Several images side by side, each with its label below, in the order of `indices`.
///
/// # Errors
/// There are none or more than 100 indices, or there is no image of one of them.
pub fn digits(split: &Split, indices: &[usize]) -> Result<Figure> {
    let labels = indices.iter().map(|index| Ok(split.label(*index)?.to_string()));
    captioned(split, indices, &labels.collect::<Result<Vec<_>>>()?, HANDWRITTEN)
}

/// Several images side by side, each with a caption of one or more lines below.
///
/// # Errors
/// There are none or more than 100 indices, not as many captions, or there is no image
/// of one of the indices.
pub fn digits_with_captions<S: AsRef<str>>(
    split: &Split,
    indices: &[usize],
    captions: &[S],
) -> Result<Figure> {
    captioned(split, indices, captions, ("image", "images"))
}

/// Several images side by side, which the words for a screen reader call by this noun.
fn captioned<S: AsRef<str>>(
    split: &Split,
    indices: &[usize],
    captions: &[S],
    (one, many): (&str, &str),
) -> Result<Figure> {
    let images: Vec<&[u8]> =
        indices.iter().map(|index| split.image(*index)).collect::<Result<_>>()?;
    let count = images.len();
    ensure!(
        captions.len() == count,
        "{} captions for {count} images; give one each",
        captions.len()
    );
    let grid = Grid::new(0, MOST_COLUMNS, DIGIT, captions)?;
    let one_line = |caption: &S| caption.as_ref().lines().collect::<Vec<_>>().join(", ");
    let words: Vec<String> = captions.iter().map(one_line).collect();
    let alt_text = format!(
        "{} in {} of up to {}, captioned: {}.",
        counted(count, one, many),
        counted(grid.rows, "row", "rows"),
        grid.columns,
        words.join("; ")
    );
    render(grid.size(), alt_text, |area| {
        for (place, (pixels, caption)) in images.iter().zip(captions).enumerate() {
            grid.cell(area, place, |pixel| gray(pixels[pixel]), caption.as_ref())?;
        }
        Ok(())
    })
}

/// What the network took for something else: each image with its place in `split`, what it
/// shows, what it was taken for, and how sure the network was.
///
/// # Errors
/// There are none or more than 100 mistakes, or `split` isn't what they were made on.
pub fn mistakes(split: &Split, mistakes: &[Mistake]) -> Result<Figure> {
    let found = mistakes.iter().map(|Mistake { index, truth, prediction, probability }| {
        let sure = probability * 100.0;
        let caption = format!("image {index}\n{truth} taken for {prediction}\n{sure:.1} % sure");
        (*index, *truth, caption)
    });
    tested(split, found)
}

/// The `count` images that the network was least sure of, or all if there are fewer: each
/// with what it shows and the network's two best guesses.
///
/// # Errors
/// `count` is 0 or more than 100, or `split` isn't what `evaluation` tested.
pub fn least_sure(split: &Split, evaluation: &Evaluation, count: usize) -> Result<Figure> {
    let (here, there) = (split.len(), evaluation.labels.len());
    ensure!(
        here == there,
        "least_sure: {here} images here, but {there} were tested: give the images that were tested"
    );
    let found = evaluation.least_sure(count).into_iter().map(|guess| {
        let caption = format!(
            "image {}: {}\n{} with {}\n{} with {}",
            guess.index,
            a_digit(guess.truth),
            guess.prediction,
            sure(guess.probability),
            guess.second,
            sure(guess.second_probability)
        );
        (guess.index, guess.truth, caption)
    });
    tested(split, found).context("least_sure")
}

/// Index, true digit and caption of some images, which must be those of `split`.
fn tested(split: &Split, found: impl Iterator<Item = (usize, u8, String)>) -> Result<Figure> {
    let (mut indices, mut captions) = (Vec::new(), Vec::new());
    for (index, truth, caption) in found {
        let label = split.label(index)?;
        ensure!(
            label == truth,
            "image {index} is a {label} here, but was tested as a {truth}: give the images that \
             were tested"
        );
        indices.push(index);
        captions.push(caption);
    }
    captioned(split, &indices, &captions, HANDWRITTEN)
}

/// "image 7: a 9", the caption of one image.
fn caption(split: &Split, index: usize) -> Result<String> {
    Ok(format!("image {index}: {}", a_digit(split.label(index)?)))
}

/// The gray of a pixel: 0 is white paper, 255 is black ink.
pub(super) fn gray(pixel: u8) -> RGBColor {
    let light = 255 - pixel;
    RGBColor(light, light, light)
}

/// Readable on the gray of a pixel; the many zeros stay in the background.
fn ink_on(pixel: u8) -> RGBColor {
    match pixel {
        0 => RGBColor(140, 140, 140),
        1..=138 => RGBColor(0, 0, 0),
        _ => RGBColor(255, 255, 255),
    }
}

/// The rows and columns that contain ink, in words, counted from 0 as in the code.
pub(super) fn where_the_ink_is(pixels: &[u8]) -> String {
    let inked = (0..pixels.len()).filter(|place| pixels[*place] > 0);
    let (rows, columns): (BTreeSet<usize>, BTreeSet<usize>) =
        inked.map(|place| (place / SIDE, place % SIDE)).unzip();
    match (rows.first(), rows.last(), columns.first(), columns.last()) {
        (Some(top), Some(bottom), Some(left), Some(right)) => format!(
            "the ink is in rows {top} to {bottom} and columns {left} to {right} of 0 to {}",
            SIDE - 1
        ),
        _ => "no ink at all".to_owned(),
    }
}
