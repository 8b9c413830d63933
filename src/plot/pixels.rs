//! A digit as what the network gets: 784 numbers.

use anyhow::{Context, Result};
use plotters::prelude::{RGBColor, Rectangle};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::canvas::render;
use super::chart;
use super::digit::{caption, check, gray, where_the_ink_is};
use super::style::{self, MARGIN, QUIET, SMALL};
use crate::data::Split;
use crate::data::files::{PIXELS, SIDE};

/// Width and height of the cell of one pixel.
const CELL: (i32, i32) = (31, 23);
/// Room for the numbers of rows and columns.
const HEADER: i32 = 26;

/// One picture with the value of each pixel written into it, 0 for paper to 255 for ink.
///
/// # Errors
/// There is no picture of this index.
pub fn pixels(split: &Split, index: usize) -> Result<Figure> {
    pixels_from(split.picture(index)?, &caption(split, index)?)
}

/// The same for 28 x 28 = 784 bytes and a caption.
///
/// # Errors
/// There are not exactly 784 pixels.
pub fn pixels_from(pixels: &[u8], caption: &str) -> Result<Figure> {
    check(pixels).context("drawing the pixels of a digit")?;
    let alt_text = format!(
        "The {PIXELS} pixel values of {caption}, from 0 for paper to 255 for ink: {}; the values \
         of row 14, in the middle, are {}.",
        where_the_ink_is(pixels),
        middle_row(pixels)
    );
    let top = MARGIN + 28;
    let width = 2 * MARGIN + HEADER + SIDE as i32 * CELL.0;
    let height = top + HEADER + SIDE as i32 * CELL.1 + MARGIN;
    render((width as u32, height as u32), alt_text, |area| {
        chart::title(area, caption)?;
        let origin = (MARGIN + HEADER, top + HEADER);
        let header = style::text(SMALL, QUIET, HPos::Center, VPos::Center);
        for i in 0..SIDE as i32 {
            let across = (origin.0 + i * CELL.0 + CELL.0 / 2, origin.1 - HEADER / 2);
            let down = (origin.0 - HEADER / 2, origin.1 + i * CELL.1 + CELL.1 / 2);
            area.draw_text(&i.to_string(), &header, across)?;
            area.draw_text(&i.to_string(), &header, down)?;
        }
        for (place, pixel) in pixels.iter().enumerate() {
            let x = origin.0 + (place % SIDE) as i32 * CELL.0;
            let y = origin.1 + (place / SIDE) as i32 * CELL.1;
            let cell = [(x, y), (x + CELL.0, y + CELL.1)];
            area.draw(&Rectangle::new(cell, gray(*pixel).filled()))?;
            let number = style::text(SMALL, ink_on(*pixel), HPos::Center, VPos::Center);
            let middle = (x + CELL.0 / 2, y + CELL.1 / 2);
            area.draw_text(&pixel.to_string(), &number, middle)?;
        }
        Ok(())
    })
}

/// Readable on the gray of a pixel; the many zeros stay in the background.
fn ink_on(pixel: u8) -> RGBColor {
    match pixel {
        0 => RGBColor(140, 140, 140),
        1..=138 => RGBColor(0, 0, 0),
        _ => RGBColor(255, 255, 255),
    }
}

fn middle_row(pixels: &[u8]) -> String {
    let row = &pixels[SIDE * (SIDE / 2)..][..SIDE];
    let values: Vec<String> = row.iter().map(u8::to_string).collect();
    values.join(" ")
}
