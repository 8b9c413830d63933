//! A whole training in one picture: the loss of its batches, and the accuracy of its epochs.

use anyhow::Result;

use super::Figure;
use super::batches::Batches;
use super::canvas::render;
use super::chart::CHART_SIZE;
use super::curve::{Measure, alt_text};
use super::curves::curves_of;
use super::lines::draw_on;
use super::style::WIDTH;
use crate::train::History;

/// Height of two charts side by side, in pixels.
const HEIGHT: u32 = 380;
/// Width of the left one of them.
const LEFT: u32 = WIDTH * 11 / 20;

/// The loss of each batch of a training, and beside it the accuracy after each epoch, if that
/// was measured.
///
/// # Errors
/// There are no batches, or no loss is a finite number.
pub fn training(history: &History) -> Result<Figure> {
    let losses = Batches::new(&history.batch_losses)?;
    let curves = curves_of(&[("", history)], |report| Some(report.accuracy? * 100.0));
    if curves.iter().all(|curve| curve.finite().next().is_none()) {
        return render(CHART_SIZE, losses.alt_text(), |area| losses.draw(area));
    }
    let alt_text = format!("{} {}", losses.alt_text(), alt_text(&Measure::ACCURACY, &curves));
    render((WIDTH, HEIGHT), alt_text, |area| {
        let (left, right) = area.split_horizontally(LEFT);
        losses.draw(&left)?;
        draw_on(&right, &Measure::ACCURACY, &curves)
    })
}
