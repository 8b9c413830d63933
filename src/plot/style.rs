//! Sizes, colours and strokes that all figures share.

use anyhow::Result;
use plotters::prelude::{
    Color, FontDesc, FontFamily, FontStyle, PathElement, RGBColor, Rectangle, ShapeStyle, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::Area;

/// Width of a chart in pixels: fills a notebook's cell without being scaled down.
pub(super) const WIDTH: u32 = 860;
/// Size of a chart of ordinary height.
pub(super) const CHART_SIZE: (u32, u32) = (WIDTH, 460);
/// Size of a figure's title in pixels.
pub(super) const TITLE: f64 = 20.0;
/// Size of axis labels, captions and legends in pixels.
pub(super) const LABEL: f64 = 16.0;
/// Size of numbers in narrow places in pixels.
pub(super) const SMALL: f64 = 14.0;
/// White space around everything, in pixels: separates a figure from a dark page.
pub(super) const MARGIN: i32 = 14;

/// Text and axes: black enough to read, softer than pure black.
pub(super) const INK: RGBColor = RGBColor(33, 33, 33);
/// Less important text; still has a contrast of 5.7 to white.
pub(super) const QUIET: RGBColor = RGBColor(100, 100, 100);
/// Lines of the grid, frames.
pub(super) const GRID: RGBColor = RGBColor(218, 218, 218);

/// Colours that stay apart for colour-blind readers (Okabe & Ito, "Color Universal Design",
/// 2008), without the yellow that white swallows.
pub(super) const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(0, 0, 0),
];
/// The colour of a figure that needs only one.
pub(super) const BLUE: RGBColor = PALETTE[0];
/// What went wrong.
pub(super) const VERMILION: RGBColor = PALETTE[1];

/// A text's size, colour and the point of it that a position names.
pub(super) fn text(size: f64, color: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
    bold_if(false, size, color, h, v)
}

/// The same, in bold where that marks it.
pub(super) fn bold_if(
    marked: bool,
    size: f64,
    color: RGBColor,
    h: HPos,
    v: VPos,
) -> TextStyle<'static> {
    let style = if marked { FontStyle::Bold } else { FontStyle::Normal };
    FontDesc::new(FontFamily::SansSerif, size, style).color(&color).pos(Pos::new(h, v))
}

/// A line of a colour and width.
pub(super) fn line(color: RGBColor, width: u32) -> ShapeStyle {
    color.stroke_width(width)
}

/// Fills the rectangle between two corners.
pub(super) fn fill(area: &Area<'_>, corners: [(i32, i32); 2], color: RGBColor) -> Result<()> {
    Ok(area.draw(&Rectangle::new(corners, color.filled()))?)
}

/// Draws a straight line in a colour and width.
pub(super) fn stroke(
    area: &Area<'_>,
    ends: [(i32, i32); 2],
    (color, width): (RGBColor, u32),
) -> Result<()> {
    Ok(area.draw(&PathElement::new(ends, line(color, width)))?)
}

/// A colour between white (0) and `color` (1).
pub(super) fn tint(color: RGBColor, share: f64) -> RGBColor {
    let share = share.clamp(0.0, 1.0);
    let mix = |value: u8| (255.0 - (255.0 - f64::from(value)) * share).round() as u8;
    RGBColor(mix(color.0), mix(color.1), mix(color.2))
}
