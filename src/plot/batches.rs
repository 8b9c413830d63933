//! The loss of every batch: noise, and the trend in it.

use anyhow::{Result, ensure};
use plotters::prelude::PathElement;
use plotters::style::text_anchor::{HPos, VPos};

use super::Figure;
use super::canvas::{Area, render};
use super::chart::{self, Axis, CHART_SIZE};
use super::curve::range;
use super::marker::Marker;
use super::numbers::{Scale, counted, value};
use super::style::{self, BLUE, INK, LABEL, MARGIN, VERMILION, tint};
use crate::thousands::thousands;

/// More batches than this are drawn as the span of the batches that share a place: two
/// places for each pixel, so that the spans leave no gaps.
const MOST_PLACES: usize = 1600;

/// The loss of each batch in light colour, and the mean of the last few in dark.
///
/// Batches whose loss is not a finite number are left out of the curves and named in the title.
///
/// # Errors
/// There are no losses, or none is a finite number.
pub fn batch_losses(losses: &[f64]) -> Result<Figure> {
    let losses = Batches::new(losses)?;
    render(CHART_SIZE, losses.alt_text(), |area| losses.draw(area))
}

/// The losses of a training's batches, ready to be drawn.
pub(super) struct Batches {
    finite: Vec<(usize, f64)>,
    /// Mean of the last `window` losses at each of the above.
    means: Vec<(usize, f64)>,
    window: usize,
    /// How many batches there are, with those whose loss is no finite number.
    count: usize,
}

impl Batches {
    /// # Errors
    /// There are no losses, or none is a finite number.
    pub(super) fn new(losses: &[f64]) -> Result<Self> {
        ensure!(!losses.is_empty(), "no batch was trained, so there is no loss to show");
        let finite: Vec<(usize, f64)> =
            (1..).zip(losses.iter().copied()).filter(|(_, loss)| loss.is_finite()).collect();
        ensure!(
            !finite.is_empty(),
            "no loss is a finite number, so there is no curve to draw: the training diverged, \
             try a smaller learning rate"
        );
        let window = (losses.len() / 50).clamp(10, 1000).min(losses.len());
        let means = running_means(&finite, window);
        Ok(Self { finite, means, window, count: losses.len() })
    }

    /// How many losses are not a finite number.
    fn lost(&self) -> usize {
        self.count - self.finite.len()
    }

    /// What the chart shows, in words.
    pub(super) fn alt_text(&self) -> String {
        alt_text(self.count, &self.means, self.window, self.lost())
    }

    /// Draws the chart with its title and legend on the whole of `area`.
    pub(super) fn draw(&self, area: &Area<'_>) -> Result<()> {
        let values = || self.finite.iter().map(|(_, loss)| *loss);
        let (low, high) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let x = Axis { title: "batch".to_owned(), scale: Scale::whole(1, self.count, ticks(area)) };
        let y = Axis { title: "loss".to_owned(), scale: range(low, high, (0.0, f64::MAX))? };
        let mut top = chart::title(area, &title(self.lost()))?;
        top = legend(area, top, self.window)?;
        let mut chart = chart::chart(area, top, &x, &y)?;
        let light = style::line(tint(BLUE, 0.4), 1);
        chart.draw_series([PathElement::new(thinned(&self.finite), light)])?;
        let dark = style::line(VERMILION, 2);
        chart.draw_series([PathElement::new(sampled(&self.means), dark)])?;
        if let [(batch, loss)] = self.finite[..] {
            // No line leads to a single point.
            let place = chart::place(area, &chart, (batch as f64, loss));
            Marker::Disc.draw(area, place, VERMILION)?;
        }
        Ok(())
    }
}

/// How many ticks have room along the horizontal axis: one on about 100 pixels.
fn ticks(area: &Area<'_>) -> usize {
    (area.dim_in_pixel().0 / 100) as usize
}

fn title(lost: usize) -> String {
    match lost {
        0 => "Training loss by batch".to_owned(),
        _ => {
            let batches = counted(lost as u64, "batch", "batches");
            format!("Training loss by batch (not a finite number in {batches})")
        }
    }
}

fn legend(area: &Area<'_>, top: i32, window: usize) -> Result<i32> {
    let middle = top + 12;
    let style = style::text(LABEL, INK, HPos::Left, VPos::Center);
    let mean = format!("mean of the last {}", thousands(window as u64));
    let entries = [
        (MARGIN, style::line(tint(BLUE, 0.4), 1), "each batch"),
        (MARGIN + 170, style::line(VERMILION, 3), mean.as_str()),
    ];
    for (x, line, name) in entries {
        area.draw(&PathElement::new([(x, middle), (x + 34, middle)], line))?;
        area.draw_text(name, &style, (x + 42, middle))?;
    }
    Ok(top + 30)
}

/// The mean of each loss and the `window` - 1 before it, as many as there are.
fn running_means(losses: &[(usize, f64)], window: usize) -> Vec<(usize, f64)> {
    (0..losses.len())
        .map(|i| {
            let last = &losses[(i + 1).saturating_sub(window)..=i];
            let mean = last.iter().map(|(_, loss)| loss / last.len() as f64).sum();
            (losses[i].0, mean)
        })
        .collect()
}

/// At most a few points for each place along the axis: lowest and highest of those there.
fn thinned(points: &[(usize, f64)]) -> Vec<(f64, f64)> {
    let at = |(batch, loss): &(usize, f64)| (*batch as f64, *loss);
    if points.len() <= MOST_PLACES {
        return points.iter().map(at).collect();
    }
    let mut kept = Vec::with_capacity(2 * MOST_PLACES + 2);
    for group in points.chunks(points.len().div_ceil(MOST_PLACES)) {
        let place = group[0].0 as f64;
        let low = group.iter().map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
        let high = group.iter().map(|(_, loss)| *loss).fold(f64::NEG_INFINITY, f64::max);
        kept.extend([(place, low), (place, high)]);
    }
    kept
}

/// At most one point for each place: a mean changes little between two.
fn sampled(points: &[(usize, f64)]) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(MOST_PLACES);
    let last = points.last().filter(|_| step > 1);
    let kept = points.iter().step_by(step.max(1)).chain(last);
    kept.map(|(batch, mean)| (*batch as f64, *mean)).collect()
}

fn alt_text(count: usize, means: &[(usize, f64)], window: usize, lost: usize) -> String {
    let batches = counted(count as u64, "batch", "batches");
    let mut text = format!("Loss of each of {batches}");
    let first = means.get(window.min(means.len()) - 1);
    if let (Some(first), Some(last)) = (first, means.last()) {
        text += &format!(
            ", with the mean of the last {window}: {} at batch {}, {} at batch {}",
            value(first.1),
            thousands(first.0 as u64),
            value(last.1),
            thousands(last.0 as u64)
        );
    }
    if lost > 0 {
        text += &format!("; not a finite number in {}", counted(lost as u64, "batch", "batches"));
    }
    text + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_mean_takes_what_is_there_so_far() {
        let losses = [(1, 4.0), (2, 2.0), (3, 0.0), (4, 1.0)];
        let means: Vec<f64> = running_means(&losses, 2).iter().map(|(_, mean)| *mean).collect();
        assert_eq!(means, [4.0, 3.0, 1.0, 0.5]);
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let mut losses: Vec<(usize, f64)> = (1..=20_000).map(|batch| (batch, 1.0)).collect();
        losses[12_345].1 = 9.0;
        losses[321].1 = -3.0;
        let kept = thinned(&losses);
        assert!(kept.len() <= 2 * MOST_PLACES + 2);
        assert!(kept.iter().any(|(_, loss)| *loss == 9.0));
        assert!(kept.iter().any(|(_, loss)| *loss == -3.0));
    }
}
