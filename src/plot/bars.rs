//! One bar for each digit: how often it occurs, how often it is recognised.

use anyhow::{Result, bail, ensure};
use plotters::prelude::Rectangle;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::render;
use super::numbers::{Scale, counted, each_digit, percent};
use super::style::{BLUE, CHART_SIZE};
use super::{chart, figure::Figure};
use crate::data::Split;
use crate::evaluate::Evaluation;
use mnist_files::thousands::thousands;

/// Half the width of a bar, where two digits are 1 apart.
const HALF: f64 = 0.36;

/// How many images of each digit there are.
///
/// # Errors
/// There are no images.
pub fn label_histogram(split: &Split) -> Result<Figure> {
    let counts = split.label_counts();
    let total: usize = counts.iter().sum();
    ensure!(total > 0, "no images, so there are no labels to count");
    let most = counts.iter().copied().max().unwrap_or(1);
    let title = format!("{} by label", counted(total, "image", "images"));
    let alt_text = format!("Bar chart, {title}: {}.", each_digit(&counts, thousands));
    let bars = counts.map(|count| (count as f64, thousands(count)));
    let scale = Scale::new(0.0, most as f64 * 1.1, 8);
    draw(&title, "number of images", &scale, &bars, alt_text)
}

/// Which share of the images of each digit was recognised.
///
/// # Errors
/// Nothing was tested.
pub fn accuracy_per_digit(evaluation: &Evaluation) -> Result<Figure> {
    let shares = evaluation.digit_accuracy();
    let smallest = shares.iter().flatten().copied().reduce(f64::min);
    let Some(smallest) = smallest else {
        bail!("nothing was tested, so there is no accuracy to show")
    };
    let words = |share: Option<f64>| share.map_or("not tested".to_owned(), percent);
    let start = axis_start(smallest);
    let title = match start {
        0.0 => "Accuracy for each digit".to_owned(),
        _ => format!("Accuracy for each digit (axis starts at {start} %, not 0)"),
    };
    let alt_text = format!("Bar chart, accuracy for each digit: {}.", each_digit(&shares, words));
    let bars = shares.map(|share| match share {
        Some(share) => (share * 100.0, format!("{:.1} %", share * 100.0)),
        None => (start, "not tested".to_owned()),
    });
    let scale = Scale::new(start, 100.0 + (100.0 - start) * 0.06, 8).up_to(100.0);
    draw(&title, "accuracy (%)", &scale, &bars, alt_text)
}

/// Where the axis of percentages begins: high enough to tell the digits apart, low enough
/// to leave the shortest bar a visible height.
fn axis_start(smallest_share: f64) -> f64 {
    [95.0, 90.0, 80.0, 50.0]
        .into_iter()
        .find(|start| smallest_share * 100.0 >= start + (100.0 - start) * 0.15)
        .unwrap_or(0.0)
}

/// Draws a bar with a text on it for each digit.
fn draw(
    title: &str,
    measured: &str,
    scale: &Scale,
    bars: &[(f64, String); 10],
    alt_text: String,
) -> Result<Figure> {
    render(CHART_SIZE, alt_text, |area| {
        let top = chart::title(area, title)?;
        let digits = Scale::whole(0, 9, 10);
        let mut chart = chart::axes(area, top, ("digit", &digits), (measured, scale))?;
        let drawn = (0..).zip(bars).map(|(digit, (value, _))| {
            let middle = f64::from(digit);
            let corners = [(middle - HALF, *value), (middle + HALF, scale.low)];
            Rectangle::new(corners, BLUE.filled())
        });
        chart.draw_series(drawn)?;
        for (digit, (value, words)) in (0..).zip(bars) {
            let place = chart::place(area, &chart, (f64::from(digit), *value));
            chart::label(area, words, place, HPos::Center, VPos::Bottom)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_leaves_the_shortest_bar_visible() {
        assert_eq!(axis_start(0.97), 95.0);
        assert_eq!(axis_start(0.955), 90.0);
        assert_eq!(axis_start(0.85), 80.0);
        assert_eq!(axis_start(0.3), 0.0);
        assert_eq!(axis_start(0.0), 0.0);
    }
}
