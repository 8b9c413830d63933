//! Curves: what each epoch of a training came to.

use std::cmp::Ordering;

use anyhow::{Result, bail, ensure};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::chart::{self, Chart, MOST_CURVES};
use super::figure::Figure;
use super::numbers::{Scale, counted, ends, value};
use super::rooms::{Room, Rooms};
use super::style::{CHART_SIZE, LABEL};
use super::text;
use crate::train::{EpochReport, History};

/// The loss of each epoch of one training.
///
/// # Errors
/// There is no epoch, or a loss is NaN or infinite.
pub fn loss_curve(history: &History) -> Result<Figure> {
    loss_curves(&[("", history)])
}

/// The losses of several trainings in one chart, each with its name in the legend.
///
/// # Errors
/// There are no trainings or more than 7, one has no epoch, or a loss is NaN or infinite.
pub fn loss_curves(runs: &[(&str, &History)]) -> Result<Figure> {
    draw_curves(&LOSS, runs)
}

/// The accuracy after each epoch of one training, where it was measured.
///
/// # Errors
/// No epoch has an accuracy.
pub fn accuracy_curve(history: &History) -> Result<Figure> {
    draw_curves(&ACCURACY, &[("", history)])
}

/// What is measured by epoch.
pub(super) struct Measure {
    title: &'static str,
    /// To begin "Loss curve" with.
    noun: &'static str,
    axis: &'static str,
    /// What an epoch came to, if it was measured.
    of: fn(&EpochReport) -> Option<f64>,
    write: fn(f64) -> String,
    /// The largest value that is possible.
    most: f64,
    /// Why there may be no values.
    missing: &'static str,
}

const LOSS: Measure = Measure {
    title: "Training loss by epoch",
    noun: "Loss",
    axis: "loss (mean of the batches)",
    of: |report| Some(report.loss),
    write: value,
    most: f64::MAX,
    missing: "no epoch was trained, so there is no loss to show",
};

pub(super) const ACCURACY: Measure = Measure {
    title: "Accuracy by epoch",
    noun: "Accuracy",
    axis: "accuracy (%)",
    of: |report| Some(report.accuracy? * 100.0),
    write: |percentage| format!("{percentage:.2} %"),
    most: 100.0,
    missing: "no epoch has an accuracy; set `test_every_epoch: true` in TrainConfig",
};

fn draw_curves(measure: &Measure, runs: &[(&str, &History)]) -> Result<Figure> {
    let count = runs.len();
    ensure!(
        (1..=MOST_CURVES).contains(&count),
        "{count} trainings to draw; a chart shows 1 to {MOST_CURVES}"
    );
    let curves = measure.curves(runs)?;
    render(CHART_SIZE, measure.alt_text(&curves), |area| measure.draw(area, &curves))
}

/// One training's name and its values by epoch, at least one.
pub(super) struct Curve<'a> {
    name: &'a str,
    points: Vec<(f64, f64)>,
}

impl Measure {
    /// One curve for each training, of the epochs that were measured.
    ///
    /// # Errors
    /// One has no such epoch, or a value that is NaN or infinite.
    pub(super) fn curves<'a>(&self, runs: &[(&'a str, &History)]) -> Result<Vec<Curve<'a>>> {
        let curve = |(name, history): &(&'a str, &History)| {
            let prefix = if name.is_empty() { String::new() } else { format!("{name}: ") };
            let reports = history.epochs.iter();
            let points: Vec<(f64, f64)> = reports
                .filter_map(|report| Some((report.epoch as f64, (self.of)(report)?)))
                .collect();
            ensure!(!points.is_empty(), "{prefix}{}", self.missing);
            if let Some((epoch, value)) = points.iter().find(|(_, value)| !value.is_finite()) {
                bail!(
                    "{prefix}{} is {value} in epoch {epoch}: the training diverged, try a \
                     smaller learning rate",
                    self.noun
                );
            }
            Ok(Curve { name, points })
        };
        runs.iter().map(curve).collect()
    }

    /// Draws curves over epochs on the whole of `area`, with a legend if they have names.
    pub(super) fn draw(&self, area: &Area<'_>, curves: &[Curve<'_>]) -> Result<()> {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let (first, last) = ends(points().map(|(epoch, _)| *epoch));
        // One label on about 40 pixels.
        let ticks = area.dim_in_pixel().0 as usize / 43;
        let x = Scale::whole(first as usize, last as usize, ticks);
        let y = Scale::around(points().map(|(_, value)| *value), self.most)?;
        let mut top = chart::title(area, self.title)?;
        let alone = curves.len() == 1 && curves[0].name.is_empty();
        if !alone {
            let entries = curves.iter().zip(0..).map(|(curve, number)| {
                let (color, marker) = chart::look(number);
                (curve.name, color, 2, Some(marker))
            });
            top = chart::legend(area, top, entries)?;
        }
        let mut chart = chart::axes(area, top, ("epoch", &x), (self.axis, &y))?;
        for (number, curve) in curves.iter().enumerate() {
            chart::curve(area, &mut chart, &curve.points, chart::look(number))?;
        }
        if alone { self.label_ends(area, &chart, &curves[0].points) } else { Ok(()) }
    }

    /// Writes the first and the last value beside their points, where the line isn't.
    fn label_ends(&self, area: &Area<'_>, chart: &Chart<'_>, points: &[(f64, f64)]) -> Result<()> {
        let places: Vec<(i32, i32)> =
            points.iter().map(|point| chart::place(area, chart, *point)).collect();
        let mut rooms = Rooms::new(chart::inside(area, chart));
        rooms.lines.extend(places.windows(2).map(|ends| [ends[0], ends[1]]));
        let mut write = |value: f64, place: (i32, i32), beside: (i32, i32), first: bool| {
            let words = (self.write)(value);
            let size = (text::width(&words, LABEL, false), LABEL as i32);
            let room = beside_end(&rooms, place, size, (place.1 <= beside.1, first));
            rooms.taken.push(room);
            chart::label(area, &words, room.0, HPos::Left, VPos::Top)
        };
        match (points, &places[..]) {
            ([only], [place]) => write(only.1, *place, *place, true),
            ([first, .., last], [start, next, ..]) => {
                let (end, before) = (places[places.len() - 1], places[places.len() - 2]);
                write(first.1, *start, *next, true)?;
                write(last.1, end, before, false)
            }
            _ => Ok(()),
        }
    }

    /// What a chart of these curves shows, in words.
    pub(super) fn alt_text(&self, curves: &[Curve<'_>]) -> String {
        let noun = self.noun;
        match curves {
            [curve] if curve.name.is_empty() => format!("{noun} curve {}.", self.course(curve)),
            _ => {
                let runs = counted(curves.len(), "training", "trainings");
                let each =
                    curves.iter().map(|curve| format!(" {}, {}.", curve.name, self.course(curve)));
                format!("{noun} curves of {runs}.{}", each.collect::<String>())
            }
        }
    }

    /// "over 18 epochs: 0.5101 in epoch 1, falling to 0.0312 in epoch 18"
    fn course(&self, curve: &Curve<'_>) -> String {
        let over = counted(curve.points.len(), "epoch", "epochs");
        let at = |(epoch, value): (f64, f64)| format!("{} in epoch {epoch}", (self.write)(value));
        match *curve.points {
            [] => over,
            [only] => format!("over {over}: {}", at(only)),
            [first, .., last] => {
                let how = match last.1.total_cmp(&first.1) {
                    Ordering::Less => "falling to",
                    Ordering::Equal => "ending at",
                    Ordering::Greater => "rising to",
                };
                format!("over {over}: {}, {how} {}", at(first), at(last))
            }
        }
    }
}

/// Room for the value of a curve's first or last point: above it where the curve leads down from
/// it, else below, else aside, and further off as needed.
fn beside_end(
    rooms: &Rooms,
    (x, y): (i32, i32),
    (width, height): (i32, i32),
    (above, first): (bool, bool),
) -> Room {
    let room = |inwards: i32, top: i32| {
        let left = if first { x + inwards } else { x - inwards - width };
        ((left, top), (left + width, top + height))
    };
    let near = [room(-5, y - 6 - height), room(-5, y + 7)];
    let near = if above { near } else { [near[1], near[0]] };
    let aside = [2, -height - 2, -height / 2].map(|dy| room(10, y + dy));
    let far = (1..9).flat_map(|step| {
        let away = 7 + step * height / 2;
        [room(4, y - away - height), room(4, y + away)]
    });
    let mut all = near.into_iter().chain(aside).chain(far);
    all.find(|room| rooms.is_free(room)).unwrap_or(near[0])
}
