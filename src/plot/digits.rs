//! Many handwritten digits side by side, each with a caption.

use anyhow::{Context, Result, ensure};
use plotters::prelude::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::digit::{check, gray, painted};
use super::numbers::counted;
use super::style::{self, INK, LABEL, MARGIN};
use super::{Figure, text};
use crate::data::Split;
use crate::data::files::SIDE;
use crate::evaluate::Mistake;

/// Most pictures that one figure shows.
const MOST: usize = 100;
/// Most pictures in one row.
const MOST_COLUMNS: usize = 10;
/// Width that a row of pictures may take, in pixels.
const ROW_WIDTH: i32 = 940;
/// Most lines of a caption that are drawn.
const MOST_LINES: usize = 4;
/// Pixels between two pictures.
const GAP: i32 = 10;

/// Several pictures side by side, each with its label below, in the order of `indices`.
///
/// # Errors
/// There are none or more than 100 indices, or there is no picture of one of them.
pub fn digits(split: &Split, indices: &[usize]) -> Result<Figure> {
    let labels = indices.iter().map(|index| Ok(split.label(*index)?.to_string()));
    digits_with_captions(split, indices, &labels.collect::<Result<Vec<_>>>()?)
}

/// Several pictures side by side, each with a caption of one or more lines below.
///
/// # Errors
/// There are none or more than 100 indices, not as many captions, or there is no picture
/// of one of the indices.
pub fn digits_with_captions<S: AsRef<str>>(
    split: &Split,
    indices: &[usize],
    captions: &[S],
) -> Result<Figure> {
    let pictures = indices.iter().map(|index| split.image(*index));
    digits_from(&pictures.collect::<Result<Vec<_>>>()?, captions)
}

/// What the network took for something else: each picture with its place in `split`, what it
/// shows, what it was taken for, and how sure the network was.
///
/// # Errors
/// There are none or more than 100 mistakes, or `split` isn't what they were made on.
pub fn mistakes(split: &Split, mistakes: &[Mistake]) -> Result<Figure> {
    let indices: Vec<usize> = mistakes.iter().map(|mistake| mistake.index).collect();
    let mut captions = Vec::new();
    for Mistake { index, truth, prediction, probability } in mistakes {
        let label = split.label(*index)?;
        ensure!(
            label == *truth,
            "image {index} is a {label} here, but the mistake says {truth}: give the images \
             that were tested"
        );
        let sure = probability * 100.0;
        captions.push(format!("image {index}\n{truth} taken for {prediction}\n{sure:.1} % sure"));
    }
    digits_with_captions(split, &indices, &captions)
}

/// Several pictures of 784 bytes each, side by side, each with a caption below.
///
/// # Errors
/// There are none or more than 100 pictures, not as many captions, or one has not exactly
/// 784 pixels.
pub fn digits_from<P: AsRef<[u8]>, S: AsRef<str>>(
    pictures: &[P],
    captions: &[S],
) -> Result<Figure> {
    let count = pictures.len();
    check_count(count)?;
    ensure!(
        captions.len() == count,
        "{} captions for {count} pictures; give one each",
        captions.len()
    );
    for (place, picture) in pictures.iter().enumerate() {
        check(picture.as_ref()).with_context(|| format!("picture {place} of the list"))?;
    }
    let grid = Grid::new(0, MOST_COLUMNS, captions);
    let words: Vec<String> = captions.iter().map(|caption| one_line(caption.as_ref())).collect();
    let alt_text = format!(
        "{} in {} of up to {}, captioned: {}.",
        counted(count as u64, "handwritten digit", "handwritten digits"),
        counted(grid.rows as u64, "row", "rows"),
        grid.columns,
        words.join("; ")
    );
    render(grid.size(), alt_text, |area| {
        for (place, (pixels, caption)) in pictures.iter().zip(captions).enumerate() {
            let ink = |pixel: usize| gray(pixels.as_ref().get(pixel).copied().unwrap_or(0));
            grid.cell(area, place, ink, caption.as_ref())?;
        }
        Ok(())
    })
}

fn check_count(count: usize) -> Result<()> {
    ensure!(
        (1..=MOST).contains(&count),
        "{count} pictures to draw; a figure shows 1 to {MOST}, so choose some of them"
    );
    Ok(())
}

/// Where the pictures of a figure and their captions go.
pub(super) struct Grid {
    /// Pixels above, for what stands over all pictures.
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
    /// A grid for these captions, of at most so many columns, with room for other things above it.
    ///
    /// # Errors
    /// There are none or more than 100.
    pub(super) fn below<S: AsRef<str>>(top: i32, columns: usize, captions: &[S]) -> Result<Self> {
        check_count(captions.len())?;
        Ok(Self::new(top, columns, captions))
    }

    fn new<S: AsRef<str>>(top: i32, most_columns: usize, captions: &[S]) -> Self {
        let lines = || captions.iter().flat_map(|caption| caption.as_ref().lines());
        let widest = lines().map(|line| text::width(line, LABEL, false)).max().unwrap_or(0);
        // Long captions of many pictures are cut short, rather than one picture a row.
        let share = captions.len().clamp(1, 5) as i32;
        let widest = widest.min(ROW_WIDTH / share - GAP);
        let fitting = (ROW_WIDTH / (widest.max(SIDE as i32 * 3) + GAP)).max(1) as usize;
        let rows = captions.len().div_ceil(fitting.min(most_columns));
        let columns = captions.len().div_ceil(rows);
        let scale = match columns {
            0..=5 => 5,
            6..=7 => 4,
            _ => 3,
        };
        let tallest = captions.iter().map(|caption| caption.as_ref().lines().count()).max();
        Self {
            top,
            columns,
            rows,
            scale,
            column: widest.max(SIDE as i32 * scale),
            lines: tallest.unwrap_or(0).min(MOST_LINES) as i32,
        }
    }

    fn row_height(&self) -> i32 {
        SIDE as i32 * self.scale + 8 + self.lines * (LABEL as i32 + 3) + GAP
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let width = self.columns as i32 * (self.column + GAP) - GAP + 2 * MARGIN;
        let height = self.rows as i32 * self.row_height() - GAP + 2 * MARGIN - 4 + self.top;
        (width as u32, height as u32)
    }

    /// Draws one picture, given by the colours of its 784 places, and its caption.
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
        painted(area, color, (left + (self.column - side) / 2, top), self.scale)?;
        let style = style::text(LABEL, INK, HPos::Center, VPos::Top);
        for (number, line) in caption.lines().take(MOST_LINES).enumerate() {
            let shown = text::fitted(line, LABEL, false, self.column);
            let y = top + side + 4 + number as i32 * (LABEL as i32 + 3);
            area.draw_text(&shown, &style, (left + self.column / 2, y))?;
        }
        Ok(())
    }
}

/// The lines of a caption in one, for the text alternative.
fn one_line(caption: &str) -> String {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    caption.lines().map(words).collect::<Vec<_>>().join(", ")
}
