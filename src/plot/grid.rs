//! Many small images side by side, each with its caption.

use anyhow::{Result, ensure};
use plotters::prelude::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::Area;
use super::style::{self, GRID, INK, LABEL, MARGIN};
use super::text;

/// Most images that one figure shows.
const MOST: usize = 100;
/// Most images in one row.
pub(super) const MOST_COLUMNS: usize = 10;
/// Width that a row of images may take, in pixels.
const ROW_WIDTH: i32 = 940;
/// Most lines of a caption that are drawn.
const MOST_LINES: usize = 4;
/// Pixels between two images.
const GAP: i32 = 10;
/// Longer side of an image, in figure pixels, in a row of up to 5 images, of 6 or 7, and of more.
const SIDES: [i32; 3] = [140, 112, 84];

/// Columns and rows of pixels that an image has.
pub(super) type Shape = (usize, usize);

/// Where the images of a figure and their captions go.
pub(super) struct Grid {
    /// Pixels above, for what stands over all images.
    top: i32,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Of each image.
    shape: Shape,
    /// Figure pixels per pixel of an image.
    scale: i32,
    /// Width of a column without the gap.
    column: i32,
    /// Lines of the longest caption.
    lines: i32,
}

impl Grid {
    /// A grid for images of a shape with these captions, of at most so many columns, with room
    /// for other things above it.
    ///
    /// # Errors
    /// There are none or more than 100.
    pub(super) fn new<S: AsRef<str>>(
        top: i32,
        most_columns: usize,
        shape: Shape,
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
        let scales = SIDES.map(|side| (side / shape.0.max(shape.1).max(1) as i32).max(1));
        let fitting = ROW_WIDTH / (widest.max(shape.0 as i32 * scales[2]) + GAP);
        let rows = count.div_ceil(most_columns.min(fitting.max(1) as usize));
        let columns = count.div_ceil(rows);
        let scale = match columns {
            0..=5 => scales[0],
            6..=7 => scales[1],
            _ => scales[2],
        };
        let tallest = captions.iter().map(|caption| caption.as_ref().lines().count()).max();
        Ok(Self {
            top,
            columns,
            rows,
            shape,
            scale,
            column: widest.max(shape.0 as i32 * scale),
            lines: tallest.unwrap_or(0).min(MOST_LINES) as i32,
        })
    }

    fn row_height(&self) -> i32 {
        self.shape.1 as i32 * self.scale + 8 + self.lines * (LABEL as i32 + 3) + GAP
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let width = self.columns as i32 * (self.column + GAP) - GAP + 2 * MARGIN;
        let height = self.rows as i32 * self.row_height() - GAP + 2 * MARGIN - 4 + self.top;
        (width as u32, height as u32)
    }

    /// Draws one image, given by the colours of its pixels row by row, and its caption.
    pub(super) fn cell(
        &self,
        area: &Area<'_>,
        place: usize,
        color: impl Fn(usize) -> RGBColor,
        caption: &str,
    ) -> Result<()> {
        let left = MARGIN + (place % self.columns) as i32 * (self.column + GAP);
        let top = self.top + MARGIN + (place / self.columns) as i32 * self.row_height();
        let (width, height) = (self.shape.0 as i32 * self.scale, self.shape.1 as i32 * self.scale);
        let corner = (left + (self.column - width) / 2, top);
        draw_image(area, color, corner, (self.shape, self.scale))?;
        let style = style::text(LABEL, INK, HPos::Center, VPos::Top);
        for (number, line) in caption.lines().take(MOST_LINES).enumerate() {
            let shown = text::fitted(line, LABEL, false, self.column);
            let y = top + height + 4 + number as i32 * (LABEL as i32 + 3);
            area.draw_text(&shown, &style, (left + self.column / 2, y))?;
        }
        Ok(())
    }
}

/// Draws an image of sharp pixels of any colours with a frame, its upper left corner at (`left`,
/// `top`), `scale` figure pixels for each of its own.
pub(super) fn draw_image(
    area: &Area<'_>,
    color: impl Fn(usize) -> RGBColor,
    (left, top): (i32, i32),
    ((columns, rows), scale): (Shape, i32),
) -> Result<()> {
    let (right, bottom) = (left + columns as i32 * scale, top + rows as i32 * scale);
    style::fill(area, [(left - 1, top - 1), (right + 1, bottom + 1)], GRID)?;
    for pixel in 0..columns * rows {
        let x = left + (pixel % columns) as i32 * scale;
        let y = top + (pixel / columns) as i32 * scale;
        style::fill(area, [(x, y), (x + scale, y + scale)], color(pixel))?;
    }
    Ok(())
}
