//! One handwritten digit, enlarged, and what all pictures of digits share.

use anyhow::{Context, Result, ensure};
use plotters::prelude::{RGBColor, Rectangle};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::guess::a_digit;
use super::style::{self, GRID, INK, LABEL, MARGIN};
use super::{Figure, text};
use crate::data::Split;
use crate::data::files::{PIXELS, SIDE};

/// Most pixels that the caption of one picture may take.
const WIDEST: i32 = 900;

/// One picture, enlarged, with its label: dark ink on white.
///
/// # Errors
/// There is no picture of this index.
pub fn digit(split: &Split, index: usize) -> Result<Figure> {
    digit_from(split.image(index)?, &caption(split, index)?)
}

/// One picture of 28 x 28 = 784 bytes, 0 for paper and 255 for ink, under a caption.
///
/// # Errors
/// There are not exactly 784 pixels.
pub fn digit_from(pixels: &[u8], caption: &str) -> Result<Figure> {
    check(pixels).context("drawing a digit")?;
    let scale = 10;
    let side = SIDE as i32 * scale;
    let width =
        (side + 2 * MARGIN).max(text::width(caption, LABEL, false) + 2 * MARGIN).min(WIDEST);
    let top = MARGIN + LABEL as i32 + 8;
    let alt_text =
        format!("Handwritten digit, captioned \"{caption}\"; {}.", where_the_ink_is(pixels));
    render((width as u32, (top + side + MARGIN) as u32), alt_text, |area| {
        let shown = text::fitted(caption, LABEL, false, width - 2 * MARGIN);
        let style = style::text(LABEL, INK, HPos::Center, VPos::Top);
        area.draw_text(&shown, &style, (width / 2, MARGIN - 4))?;
        picture(area, pixels, ((width - side) / 2, top), scale)
    })
}

/// "image 7: a 9", the caption of one picture.
pub(super) fn caption(split: &Split, index: usize) -> Result<String> {
    let label = split.label(index)?;
    Ok(format!("image {index}: {}", a_digit(label)))
}

pub(super) fn check(pixels: &[u8]) -> Result<()> {
    let (found, expected) = (pixels.len(), PIXELS);
    ensure!(found == expected, "{found} pixels; a picture has {SIDE} x {SIDE} = {expected}");
    Ok(())
}

/// The gray of a pixel: 0 is white paper, 255 is black ink.
pub(super) fn gray(pixel: u8) -> RGBColor {
    let light = 255 - pixel;
    RGBColor(light, light, light)
}

/// Draws a picture with sharp pixels and a frame, its upper left corner at `corner`.
pub(super) fn picture(
    area: &Area<'_>,
    pixels: &[u8],
    corner: (i32, i32),
    scale: i32,
) -> Result<()> {
    painted(area, |place| gray(pixels.get(place).copied().unwrap_or(0)), corner, scale)
}

/// The same with any colour for each of the 784 places.
pub(super) fn painted(
    area: &Area<'_>,
    color: impl Fn(usize) -> RGBColor,
    corner: (i32, i32),
    scale: i32,
) -> Result<()> {
    let (left, top) = corner;
    let end = SIDE as i32 * scale;
    let frame = [(left - 1, top - 1), (left + end + 1, top + end + 1)];
    area.draw(&Rectangle::new(frame, GRID.filled()))?;
    for place in 0..PIXELS {
        let x = left + (place % SIDE) as i32 * scale;
        let y = top + (place / SIDE) as i32 * scale;
        area.draw(&Rectangle::new([(x, y), (x + scale, y + scale)], color(place).filled()))?;
    }
    Ok(())
}

/// The rows and columns that hold ink, in words, counted from 0 as in the code.
pub(super) fn where_the_ink_is(pixels: &[u8]) -> String {
    let inked = || (0..pixels.len()).filter(|place| pixels[*place] > 0);
    let (Some(top), Some(bottom)) = (inked().min(), inked().max()) else {
        return "no ink at all".to_owned();
    };
    let left = inked().map(|place| place % SIDE).min().unwrap_or(0);
    let right = inked().map(|place| place % SIDE).max().unwrap_or(0);
    format!(
        "the ink is in rows {} to {} and columns {left} to {right} of 0 to {}",
        top / SIDE,
        bottom / SIDE,
        SIDE - 1
    )
}
