//! Curves of a training: what each epoch, or each batch, came to.

use anyhow::{Result, ensure};

use super::Figure;
use super::curve::{Curve, Measure};
use super::lines::draw_curves;
use crate::train::{EpochReport, History};

/// The loss of each epoch of one training.
///
/// # Errors
/// There is no epoch, or no loss is a finite number.
pub fn loss_curve(history: &History) -> Result<Figure> {
    loss_curves(&[("", history)])
}

/// The losses of several trainings in one chart, each with its name in the legend.
///
/// # Errors
/// There are no trainings or more than 7, one has no epoch, or no finite loss.
pub fn loss_curves(runs: &[(&str, &History)]) -> Result<Figure> {
    let curves = curves_of(runs, |report| Some(report.loss));
    for curve in &curves {
        ensure!(
            !curve.points.is_empty(),
            "{}no epoch was trained, so there is no loss to show",
            curve.prefix()
        );
        ensure!(
            curve.finite().next().is_some(),
            "{}no loss is a finite number, so there is no curve to draw: the training \
             diverged, try a smaller learning rate",
            curve.prefix()
        );
    }
    draw_curves(&Measure::LOSS, &curves)
}

/// One curve a training, of the epochs that have this value.
pub(super) fn curves_of(
    runs: &[(&str, &History)],
    value: impl Fn(&EpochReport) -> Option<f64>,
) -> Vec<Curve> {
    let curve = |(name, history): &(&str, &History)| {
        let reports = history.epochs.iter();
        let points = reports.filter_map(|report| Some((report.epoch, value(report)?))).collect();
        Curve { name: (*name).to_owned(), points }
    };
    runs.iter().map(curve).collect()
}

/// The accuracy after each epoch of one training, where it was measured.
///
/// # Errors
/// No epoch has an accuracy.
pub fn accuracy_curve(history: &History) -> Result<Figure> {
    accuracy_curves(&[("", history)])
}

/// The accuracies of several trainings in one chart, each with its name in the legend.
///
/// # Errors
/// There are no trainings or more than 7, or one has no accuracy.
pub fn accuracy_curves(runs: &[(&str, &History)]) -> Result<Figure> {
    let curves = curves_of(runs, |report| Some(report.accuracy? * 100.0));
    for curve in &curves {
        ensure!(
            curve.finite().next().is_some(),
            "{}no epoch has an accuracy; set `test_every_epoch: true` in TrainConfig",
            curve.prefix()
        );
    }
    draw_curves(&Measure::ACCURACY, &curves)
}
