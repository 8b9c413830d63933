//! What charts share: a title, two axes, a legend, and the marks of curves.

use anyhow::Result;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Circle, Color, PathElement, Polygon, RGBColor, WHITE,
};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, Canvas};
use super::numbers::Scale;
use super::rooms::Room;
use super::style::{self, GRID, INK, LABEL, MARGIN, PALETTE, TITLE};
use super::text;

/// A chart with a scale across and one upwards.
pub(super) type Chart<'a> = ChartContext<'a, Canvas<'a>, Cartesian2d<Scale, Scale>>;

/// Writes a title at the top left and returns the height it took.
pub(super) fn title(area: &Area<'_>, title: &str) -> Result<i32> {
    let room = area.dim_in_pixel().0 as i32 - 2 * MARGIN;
    let shown = text::fitted(title, TITLE, true, room);
    let style = style::bold_if(true, TITLE, INK, HPos::Left, VPos::Top);
    area.draw_text(&shown, &style, (MARGIN, MARGIN - 4))?;
    Ok(MARGIN + TITLE as i32 + 8)
}

/// Draws two axes, each named by what it measures, and the horizontal grid below the first
/// `top` pixels.
pub(super) fn axes<'a>(
    area: &Area<'a>,
    top: i32,
    (x_name, x): (&str, &Scale),
    (y_name, y): (&str, &Scale),
) -> Result<Chart<'a>> {
    let widest = y.ticks.iter().map(|tick| text::width(&y.label(*tick), LABEL, false));
    let left = widest.max().unwrap_or(0) + LABEL as i32 + 22;
    let mut chart = ChartBuilder::on(area)
        .margin_top(top)
        .margin_right(MARGIN + 8)
        .margin_bottom(MARGIN - 4)
        .margin_left(MARGIN - 4)
        .x_label_area_size(2.0 * LABEL + 20.0)
        .y_label_area_size(left)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(style::line(GRID, 1))
        .light_line_style(style::line(GRID, 1))
        .axis_style(style::line(INK, 1))
        .set_all_tick_mark_size(5)
        .label_style(style::text(LABEL, INK, HPos::Center, VPos::Center))
        .x_label_formatter(&|tick| x.label(*tick))
        .y_label_formatter(&|tick| y.label(*tick))
        .x_desc(x_name)
        .y_desc(y_name)
        .draw()?;
    Ok(chart)
}

/// Where a point of the chart lies on `area`, on which the chart was drawn.
pub(super) fn place(area: &Area<'_>, chart: &Chart<'_>, point: (f64, f64)) -> (i32, i32) {
    let (x, y) = chart.plotting_area().map_coordinate(&point);
    let (across, down) = area.get_pixel_range();
    (x - across.start, y - down.start)
}

/// The part of `area` between the axes, with the air beside and above it.
pub(super) fn inside(area: &Area<'_>, chart: &Chart<'_>) -> Room {
    let (across, down) = chart.plotting_area().get_pixel_range();
    let (left, top) = (area.get_pixel_range().0.start, area.get_pixel_range().1.start);
    ((across.start - left, down.start - top), (across.end - left + MARGIN / 2, down.end - top))
}

/// Writes a text on a white ground, so that no grid line runs through it.
pub(super) fn label(
    area: &Area<'_>,
    words: &str,
    (x, y): (i32, i32),
    h: HPos,
    v: VPos,
) -> Result<()> {
    let (width, height) = (text::width(words, LABEL, false), LABEL as i32);
    let left = match h {
        HPos::Left => x,
        HPos::Center => x - width / 2,
        HPos::Right => x - width,
    };
    let top = match v {
        VPos::Top => y,
        VPos::Center => y - height / 2,
        VPos::Bottom => y - height,
    };
    style::fill(area, [(left - 2, top + 1), (left + width + 2, top + height - 1)], WHITE)?;
    area.draw_text(words, &style::text(LABEL, INK, h, v), (x, y))?;
    Ok(())
}

/// Length of the piece of line before a name of the legend.
const SAMPLE: i32 = 34;
/// Height of a row of the legend.
const ROW: i32 = 24;

/// Draws a legend, each entry a name with its line's colour, width and mark, if it has one, from
/// left to right below the first `top` pixels, in rows as needed, and returns the new top.
pub(super) fn legend<'a>(
    area: &Area<'_>,
    top: i32,
    entries: impl IntoIterator<Item = (&'a str, RGBColor, u32, Option<Marker>)>,
) -> Result<i32> {
    let right = area.dim_in_pixel().0 as i32 - MARGIN;
    let (mut x, mut y) = (MARGIN, top + ROW / 2);
    for (name, color, line, marker) in entries {
        let name = text::fitted(name, LABEL, false, right - MARGIN - SAMPLE - 8);
        let width = SAMPLE + 8 + text::width(&name, LABEL, false);
        if x > MARGIN && x + width > right {
            (x, y) = (MARGIN, y + ROW);
        }
        style::stroke(area, [(x, y), (x + SAMPLE, y)], (color, line))?;
        if let Some(marker) = marker {
            marker.draw(area, (x + SAMPLE / 2, y), color)?;
        }
        let style = style::text(LABEL, INK, HPos::Left, VPos::Center);
        area.draw_text(&name, &style, (x + SAMPLE + 8, y))?;
        x += width + 28;
    }
    Ok(y + ROW / 2 + 6)
}

/// Most curves in one chart: each has its own colour and marker.
pub(super) const MOST_CURVES: usize = PALETTE.len();
/// More points than this are drawn without markers.
pub(super) const MOST_MARKERS: usize = 60;

/// Colour and marker of a chart's curve number `number`.
pub(super) fn look(number: usize) -> (RGBColor, Marker) {
    (PALETTE[number % MOST_CURVES], Marker::ALL[number % MOST_CURVES])
}

/// Draws a line in a colour, with a marker at each point where these are few.
pub(super) fn curve(
    area: &Area<'_>,
    chart: &mut Chart<'_>,
    points: &[(f64, f64)],
    (color, marker): (RGBColor, Marker),
) -> Result<()> {
    chart.draw_series([PathElement::new(points.to_vec(), style::line(color, 2))])?;
    if points.len() <= MOST_MARKERS {
        for point in points {
            marker.draw(area, place(area, chart, *point), color)?;
        }
    }
    Ok(())
}

/// The shape of a mark: each curve has its own, so that colour is not needed to tell them apart.
#[derive(Clone, Copy)]
pub(super) enum Marker {
    Disc,
    Ring,
    /// A filled shape by its corners, from the middle.
    Filled(&'static [(i32, i32)]),
}

impl Marker {
    /// The shapes of curves, in the order of the palette.
    pub(super) const ALL: [Self; 7] = [
        Self::Disc,
        Self::Filled(&[(-4, -4), (4, -4), (4, 4), (-4, 4)]),
        Self::Filled(&[(0, -6), (5, 4), (-5, 4)]),
        Self::Filled(&[(0, -6), (6, 0), (0, 6), (-6, 0)]),
        Self::Ring,
        Self::Filled(&[(0, 6), (5, -4), (-5, -4)]),
        Self::Filled(&[(-2, -7), (2, -7), (2, 7), (-2, 7)]),
    ];

    /// Draws the mark with its middle at a point.
    pub(super) fn draw(self, area: &Area<'_>, (x, y): (i32, i32), color: RGBColor) -> Result<()> {
        let disc = |radius, color: RGBColor| Circle::new((x, y), radius, color.filled());
        match self {
            Self::Disc => area.draw(&disc(4, color))?,
            Self::Ring => {
                area.draw(&disc(5, color))?;
                area.draw(&disc(3, WHITE))?;
            }
            Self::Filled(corners) => {
                let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
                area.draw(&Polygon::new(corners, color.filled()))?;
            }
        }
        Ok(())
    }
}
