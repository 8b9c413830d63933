//! Which curve is which, in rows under the title.

use anyhow::Result;
use plotters::prelude::{PathElement, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::Area;
use super::marker::Marker;
use super::style::{self, INK, LABEL, MARGIN};
use super::text;

/// Length of the piece of line before a name.
const SAMPLE: i32 = 34;
/// Height of a row.
const ROW: i32 = 24;

/// Draws the entries from left to right below the first `top` pixels, breaking into rows as
/// needed, and returns the new top.
pub(super) fn draw(
    area: &Area<'_>,
    top: i32,
    entries: &[(&str, (RGBColor, Marker))],
) -> Result<i32> {
    let right = area.dim_in_pixel().0 as i32 - MARGIN;
    let (mut x, mut y) = (MARGIN, top + ROW / 2);
    for (name, (color, marker)) in entries {
        let name = text::fitted(name, LABEL, false, right - MARGIN - SAMPLE - 8);
        let width = SAMPLE + 8 + text::width(&name, LABEL, false);
        if x > MARGIN && x + width > right {
            (x, y) = (MARGIN, y + ROW);
        }
        area.draw(&PathElement::new([(x, y), (x + SAMPLE, y)], style::line(*color, 2)))?;
        marker.draw(area, (x + SAMPLE / 2, y), *color)?;
        let style = style::text(LABEL, INK, HPos::Left, VPos::Center);
        area.draw_text(&name, &style, (x + SAMPLE + 8, y))?;
        x += width + 28;
    }
    Ok(y + ROW / 2 + 6)
}
