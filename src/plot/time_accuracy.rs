//! Accuracy against time, with the frontier of what is worth its time.

use anyhow::{Context, Result, ensure};
use plotters::prelude::{Circle, Color, PathElement, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::chart::{self, Chart, Marker};
use super::numbers::{Scale, counted, ends, percent};
use super::rooms::{Room, Rooms};
use super::style::{self, BLUE, LABEL, MARGIN, QUIET, WIDTH};
use super::{figure::Figure, text};
use mnist_files::thousands::thousands;

/// Most points: the legend has a line for each.
const MOST: usize = 40;
/// Narrowest and widest legend.
const LEGEND: (i32, i32) = (260, 390);
/// Height of a line of the legend.
const LINE: i32 = 22;
/// Colour of the line from a point to its number.
const LEADER: RGBColor = RGBColor(150, 150, 150);
/// From this ratio of the longest to the shortest time on, the axis is logarithmic.
const WIDE: f64 = 5.0;

/// One training, or several of one kind: how long it took and how good it became.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeAccuracy {
    /// What it is called in the legend.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Share of the test images classified correctly, 0..1.
    pub accuracy: f64,
    /// How far the accuracy spreads to either side between repetitions, 0..1; 0 if unknown.
    pub spread: f64,
}

impl TimeAccuracy {
    /// Whether this one is at least as fast and as accurate as `other`, and better in one.
    fn beats(&self, other: &Self) -> bool {
        let no_worse = self.seconds <= other.seconds && self.accuracy >= other.accuracy;
        no_worse && (self.seconds < other.seconds || self.accuracy > other.accuracy)
    }
}

/// The places of the points that no other point beats (the Pareto frontier), the fastest
/// first; of equal points all. A point whose time or accuracy is not a finite number is left
/// out and beats none.
pub fn frontier(points: &[TimeAccuracy]) -> Vec<usize> {
    let finite = |point: &&TimeAccuracy| point.seconds.is_finite() && point.accuracy.is_finite();
    let mut unbeaten: Vec<usize> = (0..points.len())
        .filter(|place| finite(&&points[*place]))
        .filter(|place| !points.iter().filter(finite).any(|other| other.beats(&points[*place])))
        .collect();
    unbeaten.sort_by(|a, b| points[*a].seconds.total_cmp(&points[*b].seconds));
    unbeaten
}

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
    let (first, last) = ends(points.iter().map(|point| point.seconds));
    let (seconds, x) = if last / first > WIDE {
        let x = Scale::logarithmic(first / 1.25, last * 1.25);
        ("training time (seconds, logarithmic)", x)
    } else {
        ("training time (seconds)", Scale::around([first, last], f64::MAX)?)
    };
    let accuracies = points.iter().flat_map(|point| {
        let (low, high) = (point.accuracy - point.spread, point.accuracy + point.spread);
        [low.max(0.0) * 100.0, high.min(1.0) * 100.0]
    });
    let y = Scale::around(accuracies, 100.0)?;
    let height = (MARGIN + 80 + LINE * (points.len() as i32 + 3)).max(480) as u32;
    let names = points.iter().map(|point| text::width(&point.name, LABEL, true)).max();
    let left = WIDTH as i32 + 100 - (names.unwrap_or(0) + 62).clamp(LEGEND.0, LEGEND.1);
    render((WIDTH + 100, height), alt_text(points, &best), |area| {
        let top = chart::title(area, "Accuracy by training time")?;
        let (plot, _) = area.split_horizontally(left);
        let mut chart = chart::axes(&plot, top, (seconds, &x), ("accuracy (%)", &y))?;
        let mut rooms = Rooms::new(chart::inside(&plot, &chart));
        rooms.taken = draw_frontier(&mut chart, points, &best)?;
        for point in points {
            rooms.taken.push(spread(area, &chart, point)?);
        }
        draw_points(area, &chart, rooms, points, &best)?;
        legend(area, (left + 4, top + 4), points, &best)
    })
}

fn check(points: &[TimeAccuracy]) -> Result<()> {
    let count = points.len();
    ensure!((1..=MOST).contains(&count), "{count} points; a figure shows 1 to {MOST}");
    for TimeAccuracy { name, seconds, accuracy, spread } in points {
        ensure!(
            (1e-9..1e12).contains(seconds),
            "{name}: {seconds} seconds; expected a number above 0"
        );
        for (what, share) in [("accuracy", accuracy), ("spread", spread)] {
            ensure!(
                (0.0..=1.0).contains(share),
                "{name}: {what} {share}; expected a share from 0 to 1"
            );
        }
    }
    Ok(())
}

/// Draws steps, for until the next training is done, the one before is the best there is, and
/// returns the rooms they take.
fn draw_frontier(
    chart: &mut Chart<'_>,
    points: &[TimeAccuracy],
    best: &[usize],
) -> Result<Vec<Room>> {
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for point in best.iter().map(|index| &points[*index]) {
        if let Some((_, before)) = steps.last().copied() {
            steps.push((point.seconds, before));
        }
        steps.push((point.seconds, point.accuracy * 100.0));
    }
    if let Some((_, last)) = steps.last().copied() {
        steps.push((chart.x_range().end, last));
    }
    // They lead to the right, and upwards.
    let places: Vec<_> =
        steps.iter().map(|step| chart.plotting_area().map_coordinate(step)).collect();
    let rooms = places.windows(2).map(|ends| ((ends[0].0, ends[1].1), (ends[1].0, ends[0].1)));
    chart.draw_series([PathElement::new(steps, style::line(style::tint(BLUE, 0.5), 2))])?;
    Ok(rooms.collect())
}

/// Draws a point's bar of spread with its ends and returns the room it takes, with the mark.
fn spread(area: &Area<'_>, chart: &Chart<'_>, point: &TimeAccuracy) -> Result<Room> {
    let at = |accuracy: f64| {
        chart::place(area, chart, (point.seconds, accuracy.clamp(0.0, 1.0) * 100.0))
    };
    let (x, y) = at(point.accuracy);
    let (top, bottom) = (at(point.accuracy + point.spread).1, at(point.accuracy - point.spread).1);
    if point.spread > 0.0 {
        for ends in [
            ((x, top), (x, bottom)),
            ((x - 4, top), (x + 4, top)),
            ((x - 4, bottom), (x + 4, bottom)),
        ] {
            style::stroke(area, ends.into(), (QUIET, 1))?;
        }
    }
    Ok(((x - 5, top.min(y - 5)), (x + 5, bottom.max(y + 5))))
}

/// Draws the points, each with its number beside it, where no other stands.
fn draw_points(
    area: &Area<'_>,
    chart: &Chart<'_>,
    mut rooms: Rooms,
    points: &[TimeAccuracy],
    best: &[usize],
) -> Result<()> {
    let place =
        |point: &TimeAccuracy| chart::place(area, chart, (point.seconds, point.accuracy * 100.0));
    let places: Vec<(i32, i32)> = points.iter().map(place).collect();
    rooms.marks = places.iter().map(|(x, y)| ((x - 5, y - 5), (x + 5, y + 5))).collect();
    let mut numbers = Vec::with_capacity(points.len());
    for (index, place) in places.iter().enumerate() {
        let number = (index + 1).to_string();
        let size = (text::width(&number, LABEL, best.contains(&index)), (LABEL * 0.8) as i32);
        let (room, leader) = rooms.near(*place, size);
        if let Some(ends) = leader {
            style::stroke(area, ends, (LEADER, 1))?;
        }
        numbers.push((number, (room.0.0, room.0.1 + size.1 / 2)));
    }
    for (index, (place, (number, corner))) in places.iter().zip(numbers).enumerate() {
        let best = best.contains(&index);
        mark(area, *place, best)?;
        let style = style::bold_if(best, LABEL, color(best), HPos::Left, VPos::Center);
        area.draw_text(&number, &style, corner)?;
    }
    Ok(())
}

/// Draws a point, whose ring covers no other point's.
fn mark(area: &Area<'_>, middle: (i32, i32), best: bool) -> Result<()> {
    let color = color(best);
    match best {
        true => Marker::Disc.draw(area, middle, color),
        false => Ok(area.draw(&Circle::new(middle, 4, color.stroke_width(2)))?),
    }
}

/// Blue on the frontier, else gray.
fn color(best: bool) -> RGBColor {
    if best { BLUE } else { QUIET }
}

/// Which number is which training, and what the line is.
fn legend(
    area: &Area<'_>,
    (left, top): (i32, i32),
    points: &[TimeAccuracy],
    best: &[usize],
) -> Result<()> {
    let right = area.dim_in_pixel().0 as i32 - MARGIN;
    for (index, point) in points.iter().enumerate() {
        let on_it = best.contains(&index);
        let (y, color) = (top + index as i32 * LINE + LINE / 2, color(on_it));
        let style = style::bold_if(on_it, LABEL, color, HPos::Left, VPos::Center);
        let shown = text::fitted(&point.name, LABEL, on_it, right - left - 42);
        mark(area, (left + 5, y), on_it)?;
        area.draw_text(&(index + 1).to_string(), &style, (left + 16, y))?;
        area.draw_text(&shown, &style, (left + 42, y))?;
    }
    let quiet = style::text(LABEL, QUIET, HPos::Left, VPos::Top);
    let below = top + points.len() as i32 * LINE + 8;
    area.draw_text("Blue: no other is both faster", &quiet, (left, below))?;
    area.draw_text("and more accurate.", &quiet, (left, below + LINE - 2))?;
    Ok(())
}

fn alt_text(points: &[TimeAccuracy], best: &[usize]) -> String {
    let write = |index: &usize| {
        let TimeAccuracy { name, seconds, accuracy, spread } = &points[*index];
        let spread =
            if *spread > 0.0 { format!(" ± {}", percent(*spread)) } else { String::new() };
        format!("{name}: {}{spread} in {}", percent(*accuracy), time(*seconds))
    };
    let list = |indices: &[usize]| indices.iter().map(write).collect::<Vec<_>>().join("; ");
    let others: Vec<usize> = (0..points.len()).filter(|index| !best.contains(index)).collect();
    let count = counted(points.len(), "training", "trainings");
    let start = format!(
        "Accuracy by training time of {count}. On the frontier, where no other is both faster \
         and more accurate: {}.",
        list(best)
    );
    if others.is_empty() { start } else { format!("{start} Behind it: {}.", list(&others)) }
}

/// "0.52 s", "8.3 s", "1,240 s".
fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1.0 => format!("{seconds:.2} s"),
        _ if seconds < 100.0 => format!("{seconds:.1} s"),
        _ => format!("{} s", thousands(seconds.round() as u64)),
    }
}
