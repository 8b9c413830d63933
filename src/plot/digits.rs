//! Images of handwritten digits: one enlarged, one as its numbers, many side by side.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use plotters::prelude::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::numbers::{a_digit, counted, sure};
use super::style::{self, GRID, INK, LABEL, MARGIN, QUIET, SMALL};
use super::{chart, figure::Figure, text};
use crate::data::Split;
use crate::data::files::{PIXELS, SIDE};
use crate::evaluate::{Evaluation, Mistake};

/// Figure pixels per pixel of a single digit.
const ENLARGED: i32 = 10;
/// Width and height of the cell of one pixel's number.
const CELL: (i32, i32) = (31, 23);
/// Room for the numbers of rows and columns.
const HEADER: i32 = 26;
/// Most images that one figure shows.
const MOST: usize = 100;
/// Most images in one row.
const MOST_COLUMNS: usize = 10;
/// Width that a row of images may take, in pixels.
const ROW_WIDTH: i32 = 940;
/// Most lines of a caption that are drawn.
const MOST_LINES: usize = 4;
/// Pixels between two images.
const GAP: i32 = 10;

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
        draw_image(area, |pixel| gray(pixels[pixel]), (MARGIN, top), ENLARGED)
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
    digits_with_captions(split, indices, &labels.collect::<Result<Vec<_>>>()?)
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
    let images: Vec<&[u8]> =
        indices.iter().map(|index| split.image(*index)).collect::<Result<_>>()?;
    let count = images.len();
    ensure!(
        captions.len() == count,
        "{} captions for {count} images; give one each",
        captions.len()
    );
    let grid = Grid::new(0, MOST_COLUMNS, captions)?;
    let one_line = |caption: &S| caption.as_ref().lines().collect::<Vec<_>>().join(", ");
    let words: Vec<String> = captions.iter().map(one_line).collect();
    let alt_text = format!(
        "{} in {} of up to {}, captioned: {}.",
        counted(count, "handwritten digit", "handwritten digits"),
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
    digits_with_captions(split, &indices, &captions)
}

/// Where the images of a figure and their captions go.
pub(super) struct Grid {
    /// Pixels above, for what stands over all images.
    top: i32,
    columns: usize,
    rows: usize,
    /// Figure pixels per pixel of a digit.
    scale: i32,
    /// Width of a column without the gap.
    column: i32,
    /// Lines of the longest caption.
    lines: i32,
}

impl Grid {
    /// A grid for images with these captions, of at most so many columns, with room for other
    /// things above it.
    ///
    /// # Errors
    /// There are none or more than 100.
    pub(super) fn new<S: AsRef<str>>(
        top: i32,
        most_columns: usize,
        captions: &[S],
    ) -> Result<Self> {
        let count = captions.len();
        ensure!(
            (1..=MOST).contains(&count),
            "{count} images to draw; a figure shows 1 to {MOST}, so choose some of them"
        );
        let lines = || captions.iter().flat_map(|caption| caption.as_ref().lines());
        let widest = lines().map(|line| text::width(line, LABEL, false)).max().unwrap_or(0);
        // Long captions of many images are cut short, rather than one image a row.
        let widest = widest.min(ROW_WIDTH / count.min(5) as i32 - GAP);
        let fitting = (ROW_WIDTH / (widest.max(SIDE as i32 * 3) + GAP)).max(1) as usize;
        let rows = count.div_ceil(fitting.min(most_columns));
        let columns = count.div_ceil(rows);
        let scale = match columns {
            0..=5 => 5,
            6..=7 => 4,
            _ => 3,
        };
        let tallest = captions.iter().map(|caption| caption.as_ref().lines().count()).max();
        Ok(Self {
            top,
            columns,
            rows,
            scale,
            column: widest.max(SIDE as i32 * scale),
            lines: tallest.unwrap_or(0).min(MOST_LINES) as i32,
        })
    }

    fn row_height(&self) -> i32 {
        SIDE as i32 * self.scale + 8 + self.lines * (LABEL as i32 + 3) + GAP
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let width = self.columns as i32 * (self.column + GAP) - GAP + 2 * MARGIN;
        let height = self.rows as i32 * self.row_height() - GAP + 2 * MARGIN - 4 + self.top;
        (width as u32, height as u32)
    }

    /// Draws one image, given by the colours of its 784 pixels, and its caption.
    pub(super) fn cell(
        &self,
        area: &Area<'_>,
        place: usize,
        color: impl Fn(usize) -> RGBColor,
        caption: &str,
    ) -> Result<()> {
        let left = MARGIN + (place % self.columns) as i32 * (self.column + GAP);
        let top = self.top + MARGIN + (place / self.columns) as i32 * self.row_height();
        let side = SIDE as i32 * self.scale;
        draw_image(area, color, (left + (self.column - side) / 2, top), self.scale)?;
        let style = style::text(LABEL, INK, HPos::Center, VPos::Top);
        for (number, line) in caption.lines().take(MOST_LINES).enumerate() {
            let shown = text::fitted(line, LABEL, false, self.column);
            let y = top + side + 4 + number as i32 * (LABEL as i32 + 3);
            area.draw_text(&shown, &style, (left + self.column / 2, y))?;
        }
        Ok(())
    }
}

/// Draws an image of 784 sharp pixels of any colours with a frame, its upper left corner at
/// (`left`, `top`).
pub(super) fn draw_image(
    area: &Area<'_>,
    color: impl Fn(usize) -> RGBColor,
    (left, top): (i32, i32),
    scale: i32,
) -> Result<()> {
    let end = SIDE as i32 * scale;
    style::fill(area, [(left - 1, top - 1), (left + end + 1, top + end + 1)], GRID)?;
    for pixel in 0..PIXELS {
        let x = left + (pixel % SIDE) as i32 * scale;
        let y = top + (pixel / SIDE) as i32 * scale;
        style::fill(area, [(x, y), (x + scale, y + scale)], color(pixel))?;
    }
    Ok(())
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
