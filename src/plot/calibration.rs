//! Whether the network is as often right as it is sure: the reliability diagram.

use anyhow::{Context, Result, ensure};
use plotters::prelude::PathElement;
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::canvas::{Area, render};
use super::chart::{self, Axis, Chart};
use super::marker::Marker;
use super::numbers::{Scale, counted, percent};
use super::style::{self, BLUE, LABEL, MARGIN, QUIET};
use crate::evaluate::{Calibration, Evaluation};
use crate::thousands::thousands;

/// Bins of the curve: wide enough that most hold some images of a good network's test.
const BINS: usize = 10;
/// Nearly square, so that the diagonal is one.
const SIZE: (u32, u32) = (690, 600);

/// How often the network was right, by how sure it was: ten bins with the number of images
/// in each, beside the diagonal on which a calibrated network's points lie.
///
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, figure 1.
///
/// # Errors
/// Nothing was tested, or a probability is not a number.
pub fn calibration(evaluation: &Evaluation) -> Result<Figure> {
    calibration_from(&evaluation.calibration(BINS)?)
}

/// The same for a calibration of any number of bins.
///
/// # Errors
/// No bin holds an image, or one's confidence or accuracy is not from 0 to 1.
pub fn calibration_from(calibration: &Calibration) -> Result<Figure> {
    let bins = calibration.bins.iter();
    let points: Vec<(f64, f64, usize)> =
        bins.filter_map(|bin| Some((bin.confidence?, bin.accuracy?, bin.count))).collect();
    ensure!(!points.is_empty(), "calibration: no bin holds an image, so there is nothing to show");
    for (confidence, accuracy, _) in &points {
        ensure!(
            [confidence, accuracy].into_iter().all(|share| (-1e-9..=1.0 + 1e-6).contains(share)),
            "calibration: a confidence of {confidence} with an accuracy of {accuracy}; expected \
             numbers from 0 to 1"
        );
    }
    let error = format!("expected calibration error {}", percent(calibration.expected_error));
    // On the right there is room for the number beside the last point.
    let scale = |end: f64| Scale::new(-2.0, end, 10).up_to(100.0);
    let x_title = "confidence: mean winning probability (%)".to_owned();
    let x = Axis { title: x_title, scale: scale(114.0) };
    let y = Axis { title: "accuracy (%)".to_owned(), scale: scale(104.0) };
    render(SIZE, alt_text(&points, &error), |area| {
        let top = chart::title(area, &format!("Calibration: {error}"))?;
        let quiet = style::text(LABEL, QUIET, HPos::Left, VPos::Top);
        let hint = "Numbers: images in a bin. Gray line: right exactly as often as sure.";
        area.draw_text(hint, &quiet, (MARGIN, top - 6))?;
        let mut chart = chart::chart(area, top + 22, &x, &y)?;
        let diagonal = [(0.0, 0.0), (100.0, 100.0)];
        chart.draw_series([PathElement::new(diagonal, style::line(QUIET, 1))])?;
        let line = points.iter().map(|(x, y, _)| (x * 100.0, y * 100.0)).collect::<Vec<_>>();
        chart.draw_series([PathElement::new(line, style::line(BLUE, 2))])?;
        points.iter().try_for_each(|point| mark(area, &chart, *point))
    })
    .context("calibration")
}

/// A disc, and the number of images on the side away from the diagonal.
fn mark(area: &Area<'_>, chart: &Chart<'_>, point: (f64, f64, usize)) -> Result<()> {
    let (confidence, accuracy, count) = point;
    let (x, y) = chart.plotting_area().map_coordinate(&(confidence * 100.0, accuracy * 100.0));
    let words = thousands(count);
    let above = accuracy >= confidence && accuracy < 0.97 || accuracy < 0.04;
    let (dx, dy, h) = if above { (-7, -14, HPos::Right) } else { (8, 15, HPos::Left) };
    chart::label(area, &words, (x + dx, y + dy), h, VPos::Center)?;
    Marker::Disc.draw(area, (x, y), BLUE)
}

fn alt_text(points: &[(f64, f64, usize)], error: &str) -> String {
    let each: Vec<String> = points
        .iter()
        .map(|(confidence, accuracy, count)| {
            let images = counted(*count as u64, "image", "images");
            format!("{} sure, {} right ({images})", percent(*confidence), percent(*accuracy))
        })
        .collect();
    format!("Calibration curve, {error}: {}.", each.join("; "))
}
