//! Lines over epochs: markers, a legend, and what to do with numbers that are none.

use anyhow::{Result, ensure};
use plotters::prelude::{PathElement, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::axes::{self, Axis, CHART_SIZE, Chart};
use super::canvas::{Area, render};
use super::legend;
use super::marker::Marker;
use super::numbers::{Scale, counted, value};
use super::style::{self, PALETTE, VERMILION};

/// Most curves in one chart: each has its own colour and marker.
const MOST: usize = PALETTE.len();
/// More points than this are drawn without markers.
const MOST_MARKERS: usize = 60;

/// One training's values by epoch.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(usize, f64)>,
}

impl Curve {
    pub(super) fn finite(&self) -> impl DoubleEndedIterator<Item = (usize, f64)> {
        self.points
            .iter()
            .copied()
            .filter(|(_, value)| value.is_finite())
    }

    fn lost(&self) -> Vec<usize> {
        let lost = self.points.iter().filter(|(_, value)| !value.is_finite());
        lost.map(|(epoch, _)| *epoch).collect()
    }

    /// "name: ", to begin an error with.
    pub(super) fn prefix(&self) -> String {
        if self.name.is_empty() {
            String::new()
        } else {
            format!("{}: ", self.name)
        }
    }
}

/// What is measured by epoch.
pub(super) struct Measure {
    title: &'static str,
    /// "Loss", to begin "Loss curve" with.
    noun: &'static str,
    axis: &'static str,
    write: fn(f64) -> String,
    /// The values' natural limits.
    limits: (f64, f64),
}

impl Measure {
    pub(super) const LOSS: Self = Self {
        title: "Training loss by epoch",
        noun: "Loss",
        axis: "loss (mean of the batches)",
        write: value,
        limits: (0.0, f64::MAX),
    };
    pub(super) const ACCURACY: Self = Self {
        title: "Accuracy by epoch",
        noun: "Accuracy",
        axis: "recognised (%)",
        write: |percentage| format!("{percentage:.2} %"),
        limits: (0.0, 100.0),
    };

    /// A range that holds all values with some air, from 0 if that is near.
    fn scale(&self, curves: &[Curve]) -> Result<Scale> {
        let values = || {
            curves
                .iter()
                .flat_map(Curve::finite)
                .map(|(_, value)| value)
        };
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        range(low, high, self.limits)
    }
}

/// Some air around `low..high`, but not beyond the natural `limits`.
pub(super) fn range(low: f64, high: f64, limits: (f64, f64)) -> Result<Scale> {
    ensure!(
        low.abs() < 1e300 && high.abs() < 1e300,
        "the values are too large to draw: up to {high:.0e}; the training diverged, try a \
         smaller learning rate"
    );
    let flat = high - low <= high.abs().max(low.abs()) * 1e-9;
    let span = if flat {
        high.abs().max(0.01) * 0.2
    } else {
        high - low
    };
    let near_zero = low >= 0.0 && low < span * 0.6 && !flat;
    let bottom = if near_zero { 0.0 } else { low - span * 0.1 };
    let bottom = if low >= limits.0 {
        bottom.max(limits.0)
    } else {
        bottom
    };
    let top = high + span * 0.12;
    let top_tick = if high <= limits.1 {
        top.min(limits.1)
    } else {
        top
    };
    Ok(Scale::new(bottom, top, 8).up_to(top_tick))
}

/// Draws curves over epochs, with a legend if there are several.
pub(super) fn draw_curves(measure: &Measure, curves: &[Curve]) -> Result<Figure> {
    let count = curves.len();
    ensure!(
        (1..=MOST).contains(&count),
        "{count} trainings to draw; a chart shows 1 to {MOST}"
    );
    let epochs = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points)
            .map(|(epoch, _)| *epoch)
    };
    let (first, last) = (epochs().min().unwrap_or(1), epochs().max().unwrap_or(1));
    let x = Axis {
        title: "epoch".to_owned(),
        scale: Scale::whole(first, last, 20),
    };
    let y = Axis {
        title: measure.axis.to_owned(),
        scale: measure.scale(curves)?,
    };
    render(CHART_SIZE, alt_text(measure, curves), |area| {
        let lost = curves.iter().any(|curve| !curve.lost().is_empty());
        let note = if lost {
            " (crosses: not a finite number)"
        } else {
            ""
        };
        let mut top = axes::title(area, &format!("{}{note}", measure.title))?;
        let named = count > 1 || !curves[0].name.is_empty();
        if named {
            let entries: Vec<_> = curves
                .iter()
                .zip(0..)
                .map(|(curve, i)| (curve.name.as_str(), look(i)))
                .collect();
            top = legend::draw(area, top, &entries)?;
        }
        let mut chart = axes::chart(area, top, &x, &y)?;
        for (number, curve) in curves.iter().enumerate() {
            draw_curve(area, &mut chart, curve, look(number))?;
        }
        if !named {
            label_ends(area, &chart, &curves[0], measure)?;
        }
        Ok(())
    })
}

fn look(number: usize) -> (RGBColor, Marker) {
    (
        PALETTE[number % MOST],
        Marker::ALL[number % Marker::ALL.len()],
    )
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
                marker.draw(area, chart.plotting_area().map_coordinate(point), color)?;
            }
        }
    }
    let top = chart.y_range().end;
    for epoch in curve.lost() {
        let (x, y) = chart.plotting_area().map_coordinate(&(epoch as f64, top));
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
        let (x, y) = chart
            .plotting_area()
            .map_coordinate(&(point.0 as f64, point.1));
        let (v, dy) = if above || y + 25 > bottom {
            (VPos::Bottom, -6)
        } else {
            (VPos::Top, 7)
        };
        axes::label(area, &(measure.write)(point.1), (x + dx, y + dy), h, v)
    };
    write(first, -4, first.1 >= next.1, HPos::Left)?;
    if points.len() > 1 {
        write(last, 6, last.1 >= previous.1, HPos::Right)?;
    }
    Ok(())
}

fn alt_text(measure: &Measure, curves: &[Curve]) -> String {
    let noun = measure.noun;
    match curves {
        [curve] if curve.name.is_empty() => format!("{noun} curve {}.", course(measure, curve)),
        _ => {
            let runs = counted(curves.len() as u64, "training", "trainings");
            let each = curves
                .iter()
                .map(|curve| format!(" {}, {}.", curve.name, course(measure, curve)));
            format!("{noun} curves of {runs}.{}", each.collect::<String>())
        }
    }
}

/// "over 18 epochs: 0.5101 in epoch 1, falling to 0.0312 in epoch 18"
fn course(measure: &Measure, curve: &Curve) -> String {
    let write = measure.write;
    let over = counted(curve.points.len() as u64, "epoch", "epochs");
    let mut text = format!("over {over}: ");
    let mut finite = curve.finite();
    if let Some((epoch, first)) = finite.next() {
        text += &format!("{} in epoch {epoch}", write(first));
        if let Some((epoch, last)) = finite.next_back() {
            let how = if last < first {
                "falling to"
            } else if last > first {
                "rising to"
            } else {
                "ending at"
            };
            text += &format!(", {how} {} in epoch {epoch}", write(last));
        }
    }
    match curve.lost().as_slice() {
        [] => {}
        [epoch] => text += &format!("; not a finite number in epoch {epoch}"),
        [first, .., last] => {
            let times = curve.lost().len();
            text += &format!("; not a finite number in {times} epochs from {first} to {last}");
        }
    }
    text
}
