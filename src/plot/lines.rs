//! Any pairs of numbers, joined in their order: one line or several with names.

use anyhow::{Result, bail, ensure};

use super::canvas::render;
use super::chart::{self, MOST_CURVES, MOST_MARKERS};
use super::figure::Figure;
use super::numbers::{Scale, counted, ends, value};
use super::style::CHART_SIZE;
use mnist_files::thousands::thousands;

/// Words in an axis's name that say it measures time.
const TIME: [&str; 3] = ["seconds", "milliseconds", "minutes"];

/// Pairs (across, up) joined by a line in the order given, as a logger draws a value step by
/// step: at equal places across the line goes straight up and down.
///
/// Pairs with a number that is NaN or infinite are left out and counted in the title. An axis of
/// seconds or minutes begins at 0, so that noise doesn't look like a trend.
///
/// # Errors
/// There is no pair of finite numbers, or one is beyond 1e300.
pub fn scalar_curve(
    title: &str,
    x_name: &str,
    y_name: &str,
    points: &[(f64, f64)],
) -> Result<Figure> {
    curves(title, x_name, y_name, &[("", points)])
}

/// Several lines as [`scalar_curve`] draws one, each with its own colour, and its name in the
/// legend unless that is empty; up to 60 points have markers.
///
/// # Errors
/// There are no lines or more than 7, one has no pair of finite numbers, or a number is beyond
/// 1e300.
pub fn curves(
    title: &str,
    x_name: &str,
    y_name: &str,
    lines: &[(&str, &[(f64, f64)])],
) -> Result<Figure> {
    let count = lines.len();
    ensure!(
        (1..=MOST_CURVES).contains(&count),
        "{title}: {count} lines to draw; a chart shows 1 to {MOST_CURVES}"
    );
    let drawn = lines.iter().map(|line| Line::new(title, *line)).collect::<Result<Vec<_>>>()?;
    let given: usize = lines.iter().map(|(_, points)| points.len()).sum();
    let left_out = match given - drawn.iter().map(|line| line.points.len()).sum::<usize>() {
        0 => String::new(),
        count => format!(" (NaN or infinite: {})", thousands(count)),
    };
    let title = format!("{title}{left_out}");
    let points = || drawn.iter().flat_map(|line| &line.points);
    let (x_ends, y_ends) = (ends(points().map(|point| point.0)), ends(points().map(|p| p.1)));
    // Whole ticks for whole numbers, as epochs and steps are; else any.
    let x = if points().all(|(x, _)| (0.0..1e9).contains(x) && x.fract() == 0.0) {
        Scale::whole(x_ends.0 as usize, x_ends.1 as usize, 12)
    } else {
        Scale::around([x_ends.0, x_ends.1], f64::MAX)?
    };
    let y = up(y_name, y_ends)?;
    let alt_text = alt_text(&title, (x_name, x_ends), (y_name, y_ends), &drawn);
    render(CHART_SIZE, alt_text, |area| {
        let mut top = chart::title(area, &title)?;
        let named = drawn.iter().enumerate().filter(|(_, line)| !line.name.is_empty());
        let entries: Vec<_> = named.map(|(number, line)| line.entry(number)).collect();
        if !entries.is_empty() {
            top = chart::legend(area, top, entries)?;
        }
        let mut chart = chart::axes(area, top, (x_name, &x), (y_name, &y))?;
        for (number, line) in drawn.iter().enumerate() {
            chart::curve(area, &mut chart, &line.points, chart::look(number))?;
        }
        Ok(())
    })
}

/// The upward scale: from 0 where it measures time.
fn up(name: &str, (low, high): (f64, f64)) -> Result<Scale> {
    let is_time =
        name.to_lowercase().split(|c: char| !c.is_alphabetic()).any(|w| TIME.contains(&w));
    let low = if is_time && low > 0.0 { 0.0 } else { low };
    Scale::around([low, high], f64::MAX)
}

/// A name and at least one pair of finite numbers.
struct Line<'a> {
    name: &'a str,
    points: Vec<(f64, f64)>,
}

impl<'a> Line<'a> {
    /// The finite pairs of a line.
    ///
    /// # Errors
    /// There are none.
    fn new(title: &str, (name, points): (&'a str, &[(f64, f64)])) -> Result<Self> {
        let is_finite = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        let finite: Vec<(f64, f64)> = points.iter().copied().filter(is_finite).collect();
        if finite.is_empty() {
            let prefix = if name.is_empty() { String::new() } else { format!("{name}: ") };
            bail!(
                "{title}: {prefix}{} points, none of two finite numbers; nothing to draw",
                points.len()
            );
        }
        Ok(Self { name, points: finite })
    }

    /// What the legend shows of the line number `number`.
    fn entry(
        &self,
        number: usize,
    ) -> (&'a str, plotters::prelude::RGBColor, u32, Option<chart::Marker>) {
        let (color, marker) = chart::look(number);
        (self.name, color, 2, (self.points.len() <= MOST_MARKERS).then_some(marker))
    }
}

/// An axis's name and the smallest and largest number along it.
type Axis<'a> = (&'a str, (f64, f64));

/// What the chart shows, in words.
fn alt_text(title: &str, x: Axis<'_>, y: Axis<'_>, lines: &[Line<'_>]) -> String {
    let y_name = y.0;
    let [x_ends, y_ends] =
        [x, y].map(|(name, (low, high))| format!("{name} from {} to {}", plain(low), plain(high)));
    let course = |line: &Line<'_>| match line.points[..] {
        [] => String::new(),
        [first, ..] => {
            let last = line.points.last().unwrap_or(&first);
            format!("the first {y_name} is {}, the last {}", plain(first.1), plain(last.1))
        }
    };
    let points = |line: &Line<'_>| counted(line.points.len(), "point", "points");
    let by = format!("{title}: {y_name} by {}", x.0);
    match lines {
        [line] if line.name.is_empty() => {
            format!("Curve, {by}, {}; {x_ends}, {y_ends}; {}.", points(line), course(line))
        }
        _ => {
            let each = lines.iter().map(|line| {
                let name = if line.name.is_empty() { "A line" } else { line.name };
                format!(" {name}, {}: {}.", points(line), course(line))
            });
            let each: String = each.collect();
            format!("{}, {by}; {x_ends}, {y_ends}.{each}", counted(lines.len(), "curve", "curves"))
        }
    }
}

/// Whole numbers without decimals.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e9 { format!("{number}") } else { value(number) }
}
