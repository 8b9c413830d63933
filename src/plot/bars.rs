//! One bar for each digit: how often it occurs, how often it is recognised.

use anyhow::{Result, ensure};
use plotters::prelude::Rectangle;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::canvas::render;
use super::chart::{self, Axis, CHART_SIZE};
use super::numbers::{Scale, counted, percent};
use super::style::BLUE;
use crate::data::Split;
use crate::evaluate::{Evaluation, digit_accuracy};
use crate::thousands::thousands;

/// Half the width of a bar, where two digits are 1 apart.
const HALF: f64 = 0.36;

/// How many images of each digit there are.
///
/// # Errors
/// There are no images.
pub fn label_histogram(split: &Split) -> Result<Figure> {
    label_histogram_from(&split.label_counts().map(|count| count as u64))
}

/// The same for a number of images for each digit.
///
/// # Errors
/// All numbers are 0.
pub fn label_histogram_from(counts: &[u64; 10]) -> Result<Figure> {
    let total = counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
    ensure!(total > 0, "no images, so there are no labels to count");
    let most = counts.iter().copied().max().unwrap_or(1);
    let each: Vec<String> = counts
        .iter()
        .enumerate()
        .map(|(digit, count)| format!("{digit}: {}", thousands(*count)))
        .collect();
    let title = format!("{} by label", counted(total, "image", "images"));
    let alt_text = format!("Bar chart, {title}: {}.", each.join(", "));
    let bars = counts.map(|count| Some((count as f64, thousands(count))));
    let scale = Scale::new(0.0, most as f64 * 1.1, 8);
    draw(&title, "number of images", scale, &bars, alt_text)
}

/// Which share of the images of each digit was recognised.
///
/// # Errors
/// Nothing was tested.
pub fn accuracy_per_digit(evaluation: &Evaluation) -> Result<Figure> {
    accuracy_per_digit_from(&evaluation.confusion)
}

/// The same for `confusion[truth][prediction]`, a number of images each.
///
/// # Errors
/// All numbers are 0.
pub fn accuracy_per_digit_from(confusion: &[[u64; 10]; 10]) -> Result<Figure> {
    let shares = digit_accuracy(confusion);
    let known = || shares.iter().flatten().copied();
    ensure!(known().count() > 0, "nothing was tested, so there is no accuracy to show");
    let each: Vec<String> = shares
        .iter()
        .enumerate()
        .map(|(digit, share)| match share {
            Some(share) => format!("{digit}: {}", percent(*share)),
            None => format!("{digit}: not tested"),
        })
        .collect();
    let start = axis_start(known().fold(1.0, f64::min));
    let title = match start {
        0.0 => "Accuracy for each digit".to_owned(),
        _ => format!("Accuracy for each digit (axis starts at {start} %, not 0)"),
    };
    let alt_text = format!("Bar chart, accuracy for each digit: {}.", each.join(", "));
    let bars =
        shares.map(|share| share.map(|share| (share * 100.0, format!("{:.1} %", share * 100.0))));
    let scale = Scale::new(start, 100.0 + (100.0 - start) * 0.06, 8).up_to(100.0);
    draw(&title, "accuracy (%)", scale, &bars, alt_text)
}

/// Where the axis of percentages begins: high enough to tell the digits apart, low enough
/// to leave the shortest bar a visible height.
fn axis_start(smallest_share: f64) -> f64 {
    [95.0, 90.0, 80.0, 50.0]
        .into_iter()
        .find(|start| smallest_share * 100.0 >= start + (100.0 - start) * 0.15)
        .unwrap_or(0.0)
}

/// Draws a bar with a text on it for each digit that has a value.
fn draw(
    title: &str,
    measured: &str,
    scale: Scale,
    bars: &[Option<(f64, String)>; 10],
    alt_text: String,
) -> Result<Figure> {
    let x = Axis { title: "digit".to_owned(), scale: Scale::whole(0, 9, 10) };
    let y = Axis { title: measured.to_owned(), scale };
    render(CHART_SIZE, alt_text, |area| {
        let top = chart::title(area, title)?;
        let mut chart = chart::chart(area, top, &x, &y)?;
        let base = y.scale.low;
        let drawn = bars.iter().enumerate().filter_map(|(digit, bar)| {
            let (value, _) = bar.as_ref()?;
            let middle = digit as f64;
            let corners = [(middle - HALF, *value), (middle + HALF, base)];
            Some(Rectangle::new(corners, BLUE.filled()))
        });
        chart.draw_series(drawn)?;
        for (digit, bar) in bars.iter().enumerate() {
            let (value, words) = match bar {
                Some((value, words)) => (*value, words.as_str()),
                None => (base, "not tested"),
            };
            let place = chart.plotting_area().map_coordinate(&(digit as f64, value));
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
