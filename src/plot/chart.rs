//! A title and two axes, the frame of every chart.

use anyhow::Result;
use plotters::prelude::{Cartesian2d, ChartBuilder, ChartContext, Color, Rectangle, WHITE};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, Canvas};
use super::numbers::Scale;
use super::style::{self, GRID, INK, LABEL, MARGIN, TITLE, WIDTH};
use super::text;

/// A chart with a scale across and one upwards.
pub(super) type Chart<'a> = ChartContext<'a, Canvas<'a>, Cartesian2d<Scale, Scale>>;

/// One axis: what it measures, its range, and the labels of its ticks.
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) scale: Scale,
}

/// Writes a title at the top left and returns the height it took.
pub(super) fn title(area: &Area<'_>, title: &str) -> Result<i32> {
    let room = area.dim_in_pixel().0 as i32 - 2 * MARGIN;
    let shown = text::fitted(title, TITLE, true, room);
    let style = style::bold(TITLE, INK, HPos::Left, VPos::Top);
    area.draw_text(&shown, &style, (MARGIN, MARGIN - 4))?;
    Ok(MARGIN + TITLE as i32 + 8)
}

/// Draws the axes and the horizontal grid below the first `top` pixels.
pub(super) fn chart<'a>(area: &Area<'a>, top: i32, x: &Axis, y: &Axis) -> Result<Chart<'a>> {
    let widest = y.scale.ticks.iter().map(|tick| text::width(&y.scale.label(*tick), LABEL, false));
    let left = widest.max().unwrap_or(0) + LABEL as i32 + 22;
    let mut chart = ChartBuilder::on(area)
        .margin_top(top)
        .margin_right(MARGIN + 8)
        .margin_bottom(MARGIN - 4)
        .margin_left(MARGIN - 4)
        .x_label_area_size(2.0 * LABEL + 20.0)
        .y_label_area_size(left)
        .build_cartesian_2d(x.scale.clone(), y.scale.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(style::line(GRID, 1))
        .light_line_style(style::line(GRID, 1))
        .axis_style(style::line(INK, 1))
        .set_all_tick_mark_size(5)
        .label_style(style::text(LABEL, INK, HPos::Center, VPos::Center))
        .x_label_formatter(&|tick| x.scale.label(*tick))
        .y_label_formatter(&|tick| y.scale.label(*tick))
        .x_desc(x.title.as_str())
        .y_desc(y.title.as_str())
        .draw()?;
    Ok(chart)
}

/// Where a point of the chart lies on `area`, on which the chart was drawn.
pub(super) fn place(area: &Area<'_>, chart: &Chart<'_>, point: (f64, f64)) -> (i32, i32) {
    let (x, y) = chart.plotting_area().map_coordinate(&point);
    let (across, down) = area.get_pixel_range();
    (x - across.start, y - down.start)
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
    let ground = [(left - 2, top + 1), (left + width + 2, top + height - 1)];
    area.draw(&Rectangle::new(ground, WHITE.filled()))?;
    area.draw_text(words, &style::text(LABEL, INK, h, v), (x, y))?;
    Ok(())
}

/// Size of a chart of ordinary height.
pub(super) const CHART_SIZE: (u32, u32) = (WIDTH, 460);
