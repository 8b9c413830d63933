//! A training batch by batch: the noise of its losses and the trend in it; and a training as a
//! whole, with the accuracy of its epochs beside that.

use anyhow::{Result, ensure};
use plotters::prelude::PathElement;

use super::canvas::{Area, render};
use super::chart::{self, Marker};
use super::curves::ACCURACY;
use super::figure::Figure;
use super::numbers::{Scale, counted, ends, value};
use super::style::{self, BLUE, CHART_SIZE, VERMILION, WIDTH, tint};
use crate::train::History;
use mnist_files::thousands::thousands;

/// More batches than this are drawn as the span of the batches that share a place: two
/// places for each pixel, so that the spans leave no gaps.
const MOST_PLACES: usize = 1600;
/// Height of two charts side by side, in pixels.
const PAIR_HEIGHT: u32 = 380;
/// Width of the left one of them.
const LEFT: u32 = WIDTH * 11 / 20;

/// The loss of each batch in light colour, and the mean of the last few in dark.
///
/// Batches whose loss is NaN or infinite are left out of the curves and counted in the title.
///
/// # Errors
/// There are no losses, or none is a finite number.
pub fn batch_losses(losses: &[f64]) -> Result<Figure> {
    let losses = Batches::new(losses)?;
    render(CHART_SIZE, losses.alt_text(), |area| losses.draw(area))
}

/// The loss of each batch of a training, and beside it the accuracy after each epoch, if that
/// was measured.
///
/// # Errors
/// There are no batches, no loss is a finite number, or an accuracy is NaN or infinite.
pub fn training(history: &History) -> Result<Figure> {
    if history.epochs.iter().all(|report| report.accuracy.is_none()) {
        return batch_losses(&history.batch_losses);
    }
    let losses = Batches::new(&history.batch_losses)?;
    let curves = ACCURACY.curves(&[("", history)])?;
    let alt_text = format!("{} {}", losses.alt_text(), ACCURACY.alt_text(&curves));
    render((WIDTH, PAIR_HEIGHT), alt_text, |area| {
        let (left, right) = area.split_horizontally(LEFT);
        losses.draw(&left)?;
        ACCURACY.draw(&right, &curves)
    })
}

/// The losses of a training's batches, ready to be drawn.
struct Batches {
    /// Number and loss of the batches whose loss is a finite number.
    finite: Vec<(f64, f64)>,
    /// Mean of the last `window` losses at each of the above.
    means: Vec<(f64, f64)>,
    window: usize,
    /// How many batches there are.
    count: usize,
}

impl Batches {
    fn new(losses: &[f64]) -> Result<Self> {
        ensure!(!losses.is_empty(), "no batch was trained, so there is no loss to show");
        let numbered = losses.iter().zip(1_u32..).map(|(loss, number)| (f64::from(number), *loss));
        let finite: Vec<(f64, f64)> = numbered.filter(|(_, loss)| loss.is_finite()).collect();
        ensure!(
            !finite.is_empty(),
            "no loss is a finite number, so there is no curve to draw: the training diverged, \
             try a smaller learning rate"
        );
        let window = (losses.len() / 50).clamp(10, 1000).min(losses.len());
        let means = running_means(&finite, window);
        Ok(Self { finite, means, window, count: losses.len() })
    }

    /// "NaN or infinite in 2 batches", if any were left out.
    fn left_out(&self) -> Option<String> {
        let lost = self.count - self.finite.len();
        let batches = counted(lost, "batch", "batches");
        (lost > 0).then(|| format!("NaN or infinite in {batches}"))
    }

    /// Draws the chart with its title and legend on the whole of `area`.
    fn draw(&self, area: &Area<'_>) -> Result<()> {
        // One label on about 100 pixels.
        let x = Scale::whole(1, self.count, area.dim_in_pixel().0 as usize / 100);
        let y = Scale::around(self.finite.iter().map(|(_, loss)| *loss), f64::MAX)?;
        let note = self.left_out().map_or(String::new(), |words| format!(" ({words})"));
        let mean = format!("mean of the last {}", thousands(self.window));
        let (light, dark) = (tint(BLUE, 0.4), VERMILION);
        let top = chart::title(area, &format!("Training loss by batch{note}"))?;
        let entries = [("each batch", light, 1, None), (mean.as_str(), dark, 3, None)];
        let top = chart::legend(area, top, entries)?;
        let mut chart = chart::axes(area, top, ("batch", &x), ("loss", &y))?;
        chart.draw_series([PathElement::new(thinned(&self.finite), style::line(light, 1))])?;
        chart.draw_series([PathElement::new(thinned(&self.means), style::line(dark, 2))])?;
        if let [only] = self.finite[..] {
            // No line leads to a single point.
            Marker::Disc.draw(area, chart::place(area, &chart, only), dark)?;
        }
        Ok(())
    }

    /// What the chart shows, in words.
    fn alt_text(&self) -> String {
        let (batches, window) = (counted(self.count, "batch", "batches"), self.window);
        let at = |(batch, mean): (f64, f64)| {
            format!("{} at batch {}", value(mean), thousands(batch as u64))
        };
        let first = self.means[window.min(self.means.len()) - 1];
        let last = self.means[self.means.len() - 1];
        let note = self.left_out().map_or(String::new(), |words| format!("; {words}"));
        format!(
            "Loss of each of {batches}, with the mean of the last {window}: {}, {}{note}.",
            at(first),
            at(last)
        )
    }
}

/// The mean of each loss and the `window` - 1 before it, as many as there are.
fn running_means(losses: &[(f64, f64)], window: usize) -> Vec<(f64, f64)> {
    (0..losses.len())
        .map(|i| {
            let last = &losses[(i + 1).saturating_sub(window)..=i];
            let mean = last.iter().map(|(_, loss)| loss / last.len() as f64).sum();
            (losses[i].0, mean)
        })
        .collect()
}

/// At most two points for each place along the axis: the lowest and the highest of those there.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_PLACES {
        return points.to_vec();
    }
    let groups = points.chunks(points.len().div_ceil(MOST_PLACES));
    let spans = groups.map(|group| {
        let (low, high) = ends(group.iter().map(|(_, value)| *value));
        [(group[0].0, low), (group[0].0, high)]
    });
    spans.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_mean_takes_what_is_there_so_far() {
        let losses = [(1.0, 4.0), (2.0, 2.0), (3.0, 0.0), (4.0, 1.0)];
        let means: Vec<f64> = running_means(&losses, 2).iter().map(|(_, mean)| *mean).collect();
        assert_eq!(means, [4.0, 3.0, 1.0, 0.5]);
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let mut losses: Vec<(f64, f64)> =
            (1..=20_000).map(|batch| (f64::from(batch), 1.0)).collect();
        losses[12_345].1 = 9.0;
        losses[321].1 = -3.0;
        let kept = thinned(&losses);
        assert!(kept.len() <= 2 * MOST_PLACES);
        assert!(kept.iter().any(|(_, loss)| *loss == 9.0));
        assert!(kept.iter().any(|(_, loss)| *loss == -3.0));
    }
}
