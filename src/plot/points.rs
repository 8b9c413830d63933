//! Any pairs of numbers: as points, or joined by a line in their order.

use anyhow::{Result, ensure};
use plotters::prelude::{Circle, PathElement};
use plotters::style::Color;

use super::Figure;
use super::canvas::{Area, render};
use super::chart::{self, Axis, CHART_SIZE, Chart};
use super::curve::range;
use super::marker::Marker;
use super::numbers::{Scale, counted, value};
use super::style::{self, BLUE};
use crate::thousands::thousands;

/// More points than this are drawn small, and a line of them without marks.
const MOST_MARKERS: usize = 60;
/// A line of more points than this is thin: they share places across.
const MOST_BOLD: usize = 1000;

/// Each pair (across, up) as a point, named by a title and what the two numbers are.
///
/// Pairs with a number that is not finite are left out and counted in the title.
///
/// # Errors
/// There is no pair of finite numbers, or one is beyond 1e300.
pub fn points(title: &str, x_name: &str, y_name: &str, points: &[(f64, f64)]) -> Result<Figure> {
    draw(title, x_name, y_name, points, false)
}

/// The same joined by a line in the order given, as a logger draws a value step by step: at
/// equal places across the line goes straight up and down.
///
/// # Errors
/// As [`points`].
pub fn scalar_curve(
    title: &str,
    x_name: &str,
    y_name: &str,
    points: &[(f64, f64)],
) -> Result<Figure> {
    draw(title, x_name, y_name, points, true)
}

fn draw(
    title: &str,
    x_name: &str,
    y_name: &str,
    points: &[(f64, f64)],
    joined: bool,
) -> Result<Figure> {
    let finite: Vec<(f64, f64)> =
        points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    ensure!(
        !finite.is_empty(),
        "{title}: {}; there is nothing to draw",
        match points.len() {
            0 => "no points".to_owned(),
            count => format!("none of {count} points has two finite numbers"),
        }
    );
    let lost = match points.len() - finite.len() {
        0 => String::new(),
        lost => format!(" (not a finite number: {})", thousands(lost)),
    };
    let title = format!("{title}{lost}");
    let x = Axis { title: x_name.to_owned(), scale: across(&finite)? };
    let y = Axis { title: y_name.to_owned(), scale: upwards(finite.iter().map(|point| point.1))? };
    let alt_text = alt_text(&title, (x_name, y_name), &finite, joined);
    render(CHART_SIZE, alt_text, |area| {
        let top = chart::title(area, &title)?;
        let mut chart = chart::chart(area, top, &x, &y)?;
        if joined {
            let width = if finite.len() > MOST_BOLD { 1 } else { 2 };
            chart.draw_series([PathElement::new(finite.clone(), style::line(BLUE, width))])?;
        }
        marks(area, &chart, &finite, joined)
    })
}

fn marks(area: &Area<'_>, chart: &Chart<'_>, points: &[(f64, f64)], joined: bool) -> Result<()> {
    let few = points.len() <= MOST_MARKERS;
    if joined && !few {
        return Ok(());
    }
    for point in points {
        let place = chart.plotting_area().map_coordinate(point);
        if few {
            Marker::Disc.draw(area, place, BLUE)?;
        } else {
            area.draw(&Circle::new(place, 2, BLUE.filled()))?;
        }
    }
    Ok(())
}

/// Whole ticks for whole numbers, as epochs and steps are; else any.
fn across(points: &[(f64, f64)]) -> Result<Scale> {
    let values = || points.iter().map(|point| point.0);
    let whole = |value: f64| (0.0..1e9).contains(&value) && value.fract() == 0.0;
    if values().all(whole) {
        let first = values().fold(f64::INFINITY, f64::min) as usize;
        return Ok(Scale::whole(first, values().fold(0.0, f64::max) as usize, 12));
    }
    upwards(values())
}

fn upwards(values: impl Iterator<Item = f64>) -> Result<Scale> {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = values.fold(start, |(low, high), value| (low.min(value), high.max(value)));
    range(low, high, (if low >= 0.0 { 0.0 } else { f64::MIN }, f64::MAX))
}

fn alt_text(title: &str, (x, y): (&str, &str), points: &[(f64, f64)], joined: bool) -> String {
    let kind = if joined { "Curve" } else { "Points" };
    let count = counted(points.len() as u64, "point", "points");
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let low = points.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        format!("from {} to {}", plain(low), plain(high))
    };
    let mut text = format!(
        "{kind}, {title}: {y} by {x}, {count}; {x} {}, {y} {}",
        ends(|point| point.0),
        ends(|point| point.1)
    );
    if let (true, [first, .., last]) = (joined, points) {
        text += &format!("; the first {y} is {}, the last {}", plain(first.1), plain(last.1));
    }
    text + "."
}

/// Whole numbers without decimals.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e9 { format!("{number}") } else { value(number) }
}
