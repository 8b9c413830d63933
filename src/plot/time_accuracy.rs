//! Accuracy against time, with the frontier of what is worth its time.

use anyhow::{Context, Result, ensure};
use plotters::prelude::{PathElement, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::canvas::{Area, render};
use super::chart::{self, Axis, Chart};
use super::curve::range;
use super::marker::Marker;
use super::numbers::{Scale, counted, percent};
use super::places::Places;
use super::style::{self, BLUE, INK, LABEL, MARGIN, QUIET, WIDTH};
use super::text;
use crate::compare::{TimeAccuracy, frontier};

/// Most points: the legend has a line for each.
const MOST: usize = 40;
/// Narrowest and widest legend.
const LEGEND: (i32, i32) = (260, 390);
/// Height of a line of the legend.
const LINE: i32 = 22;
/// From this ratio of the longest to the shortest time on, the axis is logarithmic.
const WIDE: f64 = 5.0;

/// Each training by its time and accuracy, numbered, with its spread as a bar; those that no
/// other beats in both are joined by a line and printed bold in the legend.
///
/// The axis of time is logarithmic where the longest is more than 5 times the shortest.
///
/// # Errors
/// There are none or more than 40 points, a time is not above 0, an accuracy is not from 0 to
/// 1 or a spread is below 0.
pub fn time_accuracy(points: &[TimeAccuracy]) -> Result<Figure> {
    check(points).context("time_accuracy")?;
    let best = frontier(points);
    let (x, y) = axes_of(points)?;
    let height = (MARGIN + 80 + LINE * (points.len() as i32 + 3)).max(480) as u32;
    let names = points.iter().map(|point| text::width(&point.name, LABEL, true)).max();
    let left = WIDTH as i32 + 100 - (names.unwrap_or(0) + 62).clamp(LEGEND.0, LEGEND.1);
    render((WIDTH + 100, height), alt_text(points, &best), |area| {
        let top = chart::title(area, "Accuracy by training time")?;
        let (plot, _) = area.split_horizontally(left);
        let mut chart = chart::chart(&plot, top, &x, &y)?;
        let mut places = Places::inside(&chart);
        draw_frontier(&mut chart, &mut places, points, &best)?;
        for point in points {
            places.keep_free(spread(area, &chart, point)?);
        }
        for (place, point) in points.iter().enumerate() {
            mark(area, &chart, &mut places, place, point, best.contains(&place))?;
        }
        legend(area, (left + 4, top + 4), points, &best)
    })
}

/// Axes with room for all points and their spreads.
fn axes_of(points: &[TimeAccuracy]) -> Result<(Axis, Axis)> {
    let times = points.iter().map(|point| point.seconds);
    let (first, last) = (times.clone().fold(f64::INFINITY, f64::min), times.fold(0.0, f64::max));
    let (scale, kind) = if last / first > WIDE {
        (Scale::logarithmic(first / 1.25, last * 1.25), ", logarithmic")
    } else {
        let room = if last > first { (last - first) * 0.08 } else { last * 0.1 };
        (Scale::new((first - room).max(0.0), last + room, 8), "")
    };
    let low = points.iter().map(|point| (point.accuracy - point.spread).max(0.0));
    let high = points.iter().map(|point| (point.accuracy + point.spread).min(1.0));
    let (low, high) = (low.fold(1.0, f64::min), high.fold(0.0, f64::max));
    let accuracies = range(low * 100.0, high * 100.0, (0.0, 100.0))?;
    let x = Axis { title: format!("training time (seconds{kind})"), scale };
    Ok((x, Axis { title: "accuracy (%)".to_owned(), scale: accuracies }))
}

fn check(points: &[TimeAccuracy]) -> Result<()> {
    let count = points.len();
    ensure!((1..=MOST).contains(&count), "{count} points; a figure shows 1 to {MOST}");
    for TimeAccuracy { name, seconds, accuracy, spread } in points {
        ensure!(
            (1e-9..1e12).contains(seconds),
            "{name}: {seconds} seconds; expected a number above 0"
        );
        ensure!(
            (0.0..=1.0).contains(accuracy),
            "{name}: accuracy {accuracy}; expected a share from 0 to 1"
        );
        ensure!(
            (0.0..=1.0).contains(spread),
            "{name}: spread {spread}; expected a share from 0 to 1, 0 if it is not known"
        );
    }
    Ok(())
}

/// Steps: until the next training is done, the one before is the best there is.
fn draw_frontier(
    chart: &mut Chart<'_>,
    places: &mut Places,
    points: &[TimeAccuracy],
    best: &[usize],
) -> Result<()> {
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for point in best.iter().filter_map(|place| points.get(*place)) {
        if let Some((_, before)) = steps.last().copied() {
            steps.push((point.seconds, before));
        }
        steps.push((point.seconds, point.accuracy * 100.0));
    }
    if let Some((_, last)) = steps.last().copied() {
        steps.push((chart.x_range().end, last));
    }
    for step in steps.windows(2) {
        let ends = [step[0], step[1]].map(|end| chart.plotting_area().map_coordinate(&end));
        let (x, y) = (ends.map(|end| end.0), ends.map(|end| end.1));
        places.keep_free(((x[0], y[0].min(y[1])), (x[1], y[0].max(y[1]))));
    }
    chart.draw_series([PathElement::new(steps, style::line(style::tint(BLUE, 0.5), 2))])?;
    Ok(())
}

/// Draws a point's bar of spread with its ends and returns the room it takes, with the mark.
fn spread(
    area: &Area<'_>,
    chart: &Chart<'_>,
    point: &TimeAccuracy,
) -> Result<((i32, i32), (i32, i32))> {
    let at = |accuracy: f64| {
        let accuracy = accuracy.clamp(0.0, 1.0) * 100.0;
        chart.plotting_area().map_coordinate(&(point.seconds, accuracy))
    };
    let (x, y) = at(point.accuracy);
    let (top, bottom) = (at(point.accuracy + point.spread).1, at(point.accuracy - point.spread).1);
    if point.spread > 0.0 {
        let line = style::line(QUIET, 1);
        area.draw(&PathElement::new([(x, top), (x, bottom)], line))?;
        for end in [top, bottom] {
            area.draw(&PathElement::new([(x - 4, end), (x + 4, end)], line))?;
        }
    }
    Ok(((x - 5, top.min(y - 5)), (x + 5, bottom.max(y + 5))))
}

/// Draws a point and its number beside it, where no other stands.
fn mark(
    area: &Area<'_>,
    chart: &Chart<'_>,
    places: &mut Places,
    place: usize,
    point: &TimeAccuracy,
    best: bool,
) -> Result<()> {
    let (marker, color) = look(best);
    let middle = chart.plotting_area().map_coordinate(&(point.seconds, point.accuracy * 100.0));
    let number = (place + 1).to_string();
    let size = (text::width(&number, LABEL, best), (LABEL * 0.8) as i32);
    let corner = places.beside(middle, size);
    let nearest =
        (middle.0.clamp(corner.0, corner.0 + size.0), middle.1.clamp(corner.1, corner.1 + size.1));
    if (nearest.0 - middle.0).abs().max((nearest.1 - middle.1).abs()) > 14 {
        area.draw(&PathElement::new([middle, nearest], style::line(style::GRID, 1)))?;
    }
    marker.draw(area, middle, color)?;
    let style = written(best, color);
    area.draw_text(&number, &style, (corner.0, corner.1 + size.1 / 2))?;
    Ok(())
}

/// On the frontier a blue disc, else a gray ring.
fn look(best: bool) -> (Marker, RGBColor) {
    if best { (Marker::Disc, BLUE) } else { (Marker::Ring, QUIET) }
}

fn written(best: bool, color: RGBColor) -> plotters::style::TextStyle<'static> {
    let style = if best { style::bold } else { style::text };
    style(LABEL, color, HPos::Left, VPos::Center)
}

/// Which number is which training, and what the line is.
fn legend(
    area: &Area<'_>,
    (left, top): (i32, i32),
    points: &[TimeAccuracy],
    best: &[usize],
) -> Result<()> {
    let right = area.dim_in_pixel().0 as i32 - MARGIN;
    for (place, point) in points.iter().enumerate() {
        let on_it = best.contains(&place);
        let (y, (marker, color)) = (top + place as i32 * LINE + LINE / 2, look(on_it));
        marker.draw(area, (left + 5, y), color)?;
        let number = format!("{}", place + 1);
        area.draw_text(&number, &written(on_it, color), (left + 16, y))?;
        let ink = if on_it { color } else { INK };
        let shown = text::fitted(&point.name, LABEL, on_it, right - left - 42);
        area.draw_text(&shown, &written(on_it, ink), (left + 42, y))?;
    }
    let quiet = style::text(LABEL, QUIET, HPos::Left, VPos::Top);
    let below = top + points.len() as i32 * LINE + 8;
    area.draw_text("Blue: no other is both faster", &quiet, (left, below))?;
    area.draw_text("and more accurate.", &quiet, (left, below + LINE - 2))?;
    Ok(())
}

fn alt_text(points: &[TimeAccuracy], best: &[usize]) -> String {
    let write = |point: &TimeAccuracy| {
        let spread = match point.spread {
            0.0 => String::new(),
            spread => format!(" ± {}", percent(spread)),
        };
        let TimeAccuracy { name, seconds, accuracy, .. } = point;
        format!("{name}: {}{spread} in {}", percent(*accuracy), time(*seconds))
    };
    let list = |places: Vec<usize>| {
        let points = places.iter().filter_map(|place| points.get(*place));
        points.map(write).collect::<Vec<_>>().join("; ")
    };
    let others: Vec<usize> = (0..points.len()).filter(|place| !best.contains(place)).collect();
    let count = counted(points.len() as u64, "training", "trainings");
    let start = format!(
        "Accuracy by training time of {count}. On the frontier, where no other is both faster \
         and more accurate: {}.",
        list(best.to_vec())
    );
    if others.is_empty() { start } else { format!("{start} Behind it: {}.", list(others)) }
}

/// "0.52 s", "8.3 s", "1,240 s".
fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1.0 => format!("{seconds:.2} s"),
        _ if seconds < 100.0 => format!("{seconds:.1} s"),
        _ => format!("{} s", crate::thousands::thousands(seconds.round() as u64)),
    }
}
