//! Whether the network is as often right as it is sure: the reliability diagram.

use anyhow::Result;
use plotters::prelude::PathElement;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::chart::{self, Chart, Marker};
use super::figure::Figure;
use super::numbers::{Scale, counted, percent};
use super::style::{self, BLUE, LABEL, MARGIN, QUIET};
use crate::evaluate::Evaluation;
use mnist_files::thousands::thousands;

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
/// Nothing was tested, or a probability is NaN or infinite.
pub fn calibration(evaluation: &Evaluation) -> Result<Figure> {
    let calibration = evaluation.calibration(BINS)?;
    let points: Vec<Point> = calibration
        .bins
        .iter()
        .filter_map(|bin| Some((bin.confidence? * 100.0, bin.accuracy? * 100.0, bin.count)))
        .collect();
    let error = format!("expected calibration error {}", percent(calibration.expected_error));
    let each = points.iter().map(|(confidence, accuracy, count)| {
        let images = counted(*count, "image", "images");
        format!("{confidence:.2} % sure, {accuracy:.2} % right ({images})")
    });
    let alt_text = format!("Calibration curve, {error}: {}.", each.collect::<Vec<_>>().join("; "));
    // On the right there is room for the number beside the last point.
    let scale = |end: f64| Scale::new(-2.0, end, 10).up_to(100.0);
    let (x, y) = (scale(114.0), scale(104.0));
    let x_name = "confidence: mean winning probability (%)";
    render(SIZE, alt_text, |area| {
        let top = chart::title(area, &format!("Calibration: {error}"))?;
        let quiet = style::text(LABEL, QUIET, HPos::Left, VPos::Top);
        let hint = "Numbers: images in a bin. Gray line: right exactly as often as sure.";
        area.draw_text(hint, &quiet, (MARGIN, top - 6))?;
        let mut chart = chart::axes(area, top + 22, (x_name, &x), ("accuracy (%)", &y))?;
        let diagonal = [(0.0, 0.0), (100.0, 100.0)];
        chart.draw_series([PathElement::new(diagonal, style::line(QUIET, 1))])?;
        let line: Vec<(f64, f64)> = points.iter().map(|point| (point.0, point.1)).collect();
        chart.draw_series([PathElement::new(line, style::line(BLUE, 2))])?;
        points.iter().try_for_each(|point| mark(area, &chart, *point))
    })
}

/// Confidence and accuracy of a bin in percent, and how many images are in it.
type Point = (f64, f64, usize);

/// Draws a disc, and the number of images on the side away from the diagonal.
fn mark(area: &Area<'_>, chart: &Chart<'_>, point: Point) -> Result<()> {
    let (confidence, accuracy, count) = point;
    let (x, y) = chart::place(area, chart, (confidence, accuracy));
    let above = accuracy >= confidence && accuracy < 97.0 || accuracy < 4.0;
    let (dx, dy, h) = if above { (-7, -14, HPos::Right) } else { (8, 15, HPos::Left) };
    chart::label(area, &thousands(count), (x + dx, y + dy), h, VPos::Center)?;
    Marker::Disc.draw(area, (x, y), BLUE)
}
