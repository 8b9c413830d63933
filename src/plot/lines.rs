//! Drawing lines over epochs, with markers and a legend.

use anyhow::{Result, ensure};
use plotters::prelude::{PathElement, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::canvas::{Area, render};
use super::chart::{self, Axis, CHART_SIZE, Chart};
use super::curve::{Curve, Measure, alt_text};
use super::legend;
use super::marker::Marker;
use super::numbers::Scale;
use super::style::{self, PALETTE, VERMILION};

/// Most curves in one chart: each has its own colour and marker.
const MOST: usize = PALETTE.len();
/// More points than this are drawn without markers.
const MOST_MARKERS: usize = 60;

/// Draws curves over epochs, with a legend if there are several.
pub(super) fn draw_curves(measure: &Measure, curves: &[Curve]) -> Result<Figure> {
    let count = curves.len();
    ensure!((1..=MOST).contains(&count), "{count} trainings to draw; a chart shows 1 to {MOST}");
    render(CHART_SIZE, alt_text(measure, curves), |area| draw_on(area, measure, curves))
}

/// Draws them on the whole of `area`.
pub(super) fn draw_on(area: &Area<'_>, measure: &Measure, curves: &[Curve]) -> Result<()> {
    let epochs = || curves.iter().flat_map(|curve| &curve.points).map(|(epoch, _)| *epoch);
    let (first, last) = (epochs().min().unwrap_or(1), epochs().max().unwrap_or(1));
    // One label on about 40 pixels.
    let ticks = area.dim_in_pixel().0 as usize / 43;
    let x = Axis { title: "epoch".to_owned(), scale: Scale::whole(first, last, ticks) };
    let y = Axis { title: measure.axis.to_owned(), scale: measure.scale(curves)? };
    let lost = curves.iter().any(|curve| !curve.lost().is_empty());
    let note = if lost { " (crosses: not a finite number)" } else { "" };
    let mut top = chart::title(area, &format!("{}{note}", measure.title))?;
    let named = curves.len() > 1 || curves.iter().any(|curve| !curve.name.is_empty());
    if named {
        let entries: Vec<_> =
            curves.iter().zip(0..).map(|(curve, i)| (curve.name.as_str(), look(i))).collect();
        top = legend::draw(area, top, &entries)?;
    }
    let mut chart = chart::chart(area, top, &x, &y)?;
    for (number, curve) in curves.iter().enumerate() {
        draw_curve(area, &mut chart, curve, look(number))?;
    }
    match curves {
        [curve] if !named => label_ends(area, &chart, curve, measure),
        _ => Ok(()),
    }
}

fn look(number: usize) -> (RGBColor, Marker) {
    (PALETTE[number % MOST], Marker::ALL[number % Marker::ALL.len()])
}

/// Draws one curve, interrupted where a value is not finite, which a cross marks at the top.
fn draw_curve(
    area: &Area<'_>,
    chart: &mut Chart<'_>,
    curve: &Curve,
    (color, marker): (RGBColor, Marker),
) -> Result<()> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (epoch, value) in &curve.points {
        match pieces.last_mut() {
            Some(piece) if value.is_finite() => piece.push((*epoch as f64, *value)),
            _ => pieces.push(Vec::new()),
        }
    }
    for piece in &pieces {
        chart.draw_series([PathElement::new(piece.clone(), style::line(color, 2))])?;
        // Few points get markers, and a lone one, of which no line would be seen.
        if curve.points.len() <= MOST_MARKERS || piece.len() == 1 {
            for point in piece {
                marker.draw(area, chart::place(area, chart, *point), color)?;
            }
        }
    }
    let top = chart.y_range().end;
    for epoch in curve.lost() {
        let (x, y) = chart::place(area, chart, (epoch as f64, top));
        Marker::Cross.draw(area, (x, y + 6), VERMILION)?;
    }
    Ok(())
}

/// Writes the first and the last value beside their points, where the line isn't.
fn label_ends(area: &Area<'_>, chart: &Chart<'_>, curve: &Curve, measure: &Measure) -> Result<()> {
    let points: Vec<(usize, f64)> = curve.finite().collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(());
    };
    let next = points.get(1).unwrap_or(first);
    let previous = points.len().checked_sub(2).map_or(last, |i| &points[i]);
    let bottom = chart.plotting_area().get_y_axis_pixel_range();
    let bottom = bottom.start.max(bottom.end);
    let write = |point: &(usize, f64), dx: i32, above: bool, h: HPos| {
        let (x, y) = chart::place(area, chart, (point.0 as f64, point.1));
        let (v, dy) = if above || y + 25 > bottom { (VPos::Bottom, -6) } else { (VPos::Top, 7) };
        chart::label(area, &(measure.write)(point.1), (x + dx, y + dy), h, v)
    };
    write(first, -4, first.1 >= next.1, HPos::Left)?;
    if points.len() > 1 {
        write(last, 6, last.1 >= previous.1, HPos::Right)?;
    }
    Ok(())
}
