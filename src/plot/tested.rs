//! What a test found: what was taken for what, and whether the network is as often right as it is
//! sure.

use anyhow::{Result, ensure};
use plotters::prelude::{FontTransform, PathElement, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::chart::{self, Chart, Marker};
use super::numbers::{Scale, counted, percent};
use super::style::{self, BLUE, GRID, INK, LABEL, MARGIN, QUIET, SMALL, VERMILION, tint};
use super::{figure::Figure, text};
use crate::evaluate::{ConfusedPair, Evaluation};
use mnist_files::thousands::thousands;

/// Width and height of one cell.
const CELL: (i32, i32) = (66, 44);
/// Upper left corner of the cells: below the title and the names of the columns.
const ORIGIN: (i32, i32) = (MARGIN + 62, MARGIN + 114);
/// How many kinds of mistakes the text alternative names.
const NAMED: usize = 5;

/// How many images of each digit (rows) were taken for which digit (columns).
///
/// Cells off the diagonal are the darker, the larger their share of the row is.
///
/// # Errors
/// Nothing was tested.
pub fn confusion_matrix(evaluation: &Evaluation) -> Result<Figure> {
    let Evaluation { tested, correct, confusion, .. } = evaluation;
    ensure!(*tested > 0, "nothing was tested, so there is nothing to show");
    let (images, right) = (counted(*tested, "image", "images"), thousands(*correct));
    let pairs = evaluation.confused_pairs();
    let darkest = pairs.iter().map(|pair| pair.share).fold(f64::MIN_POSITIVE, f64::max);
    let alt_text =
        format!("Confusion matrix of {images}: {right} on the diagonal{}.", in_words(&pairs));
    let size = (ORIGIN.0 + 10 * CELL.0 + MARGIN + 2, ORIGIN.1 + 10 * CELL.1 + MARGIN + 2);
    render((size.0 as u32, size.1 as u32), alt_text, |area| {
        chart::title(area, &format!("Confusion matrix: {right} of {images} recognised"))?;
        names(area)?;
        for (truth, row) in confusion.iter().enumerate() {
            let all: f64 = row.iter().map(|count| *count as f64).sum();
            for (prediction, count) in row.iter().enumerate() {
                cell(area, (truth, prediction), *count, *count as f64 / all / darkest)?;
            }
        }
        Ok(())
    })
}

/// Writes what rows and columns mean, and which digit each stands for.
fn names(area: &Area<'_>) -> Result<()> {
    let (left, top) = ORIGIN;
    let middle = (left + 5 * CELL.0, top + 5 * CELL.1);
    let hint = "Blue: recognised. Orange: mistakes, darker where a larger share of the row.";
    let quiet = style::text(LABEL, QUIET, HPos::Left, VPos::Top);
    area.draw_text(hint, &quiet, (MARGIN, MARGIN + 26))?;
    let bold = style::bold_if(true, LABEL, INK, HPos::Center, VPos::Center);
    area.draw_text("prediction", &bold, (middle.0, top - 44))?;
    let turned = bold.transform(FontTransform::Rotate270);
    area.draw_text("truth", &turned, (left - 46, middle.1))?;
    let style = style::text(LABEL, INK, HPos::Center, VPos::Center);
    for digit in 0..10 {
        let name = digit.to_string();
        area.draw_text(&name, &style, (left + digit * CELL.0 + CELL.0 / 2, top - 16))?;
        area.draw_text(&name, &style, (left - 18, top + digit * CELL.1 + CELL.1 / 2))?;
    }
    Ok(())
}

/// Draws one cell; for mistakes `share` is 0..1, 1 for the worst of the matrix.
fn cell(
    area: &Area<'_>,
    (truth, prediction): (usize, usize),
    count: u64,
    share: f64,
) -> Result<()> {
    let x = ORIGIN.0 + prediction as i32 * CELL.0;
    let y = ORIGIN.1 + truth as i32 * CELL.1;
    let right = truth == prediction;
    let color = match (right, count) {
        (true, _) => tint(BLUE, 0.28),
        (false, 0) => RGBColor(255, 255, 255),
        (false, _) => tint(VERMILION, 0.08 + 0.72 * share),
    };
    style::fill(area, [(x, y), (x + CELL.0 + 1, y + CELL.1 + 1)], GRID)?;
    style::fill(area, [(x + 1, y + 1), (x + CELL.0, y + CELL.1)], color)?;
    let number = thousands(count);
    let fits = text::width(&number, LABEL, right) <= CELL.0 - 6;
    let size = if fits { LABEL } else { SMALL };
    let ink = if count == 0 { QUIET } else { RGBColor(0, 0, 0) };
    let style = style::bold_if(right, size, ink, HPos::Center, VPos::Center);
    area.draw_text(&number, &style, (x + CELL.0 / 2, y + CELL.1 / 2))?;
    Ok(())
}

/// "; most frequent mistakes: 4 taken for 9 (40 times), …"
fn in_words(pairs: &[ConfusedPair]) -> String {
    if pairs.is_empty() {
        return ", no mistakes".to_owned();
    }
    let kinds =
        pairs.iter().take(NAMED).map(|ConfusedPair { truth, prediction, count, .. }| {
            format!("{truth} taken for {prediction} ({})", counted(*count, "time", "times"))
        });
    format!("; most frequent mistakes: {}", kinds.collect::<Vec<_>>().join(", "))
}

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
