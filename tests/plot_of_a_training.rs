//! The figure of a whole training: one chart, or two where the accuracy was measured.
#![allow(clippy::unwrap_used, missing_docs)]

mod plot_support;

use mnist_tutorial::plot;
use mnist_tutorial::train::{EpochReport, History};
use plot_support::{Picture, is_blue, is_orange};
use proptest::prelude::*;

fn history(batch_losses: Vec<f64>, accuracies: &[Option<f64>]) -> History {
    let report = |(epoch, accuracy): (usize, &Option<f64>)| EpochReport {
        epoch,
        loss: 0.5,
        accuracy: *accuracy,
        seconds: 1.0,
    };
    let epochs = (1..).zip(accuracies).map(report).collect();
    History { epochs, batch_losses, stopped: None }
}

#[test]
fn without_accuracies_it_is_the_losses_of_the_batches() {
    let history = history(vec![2.3, 1.5, 0.7, 0.4], &[None, None]);
    let figure = plot::training(&history).unwrap();
    assert_eq!(figure, plot::batch_losses(&history.batch_losses).unwrap());
}

#[test]
fn with_accuracies_they_stand_beside_the_losses() {
    let history = history(vec![2.3, 1.5, 0.7, 0.4], &[Some(0.91), Some(0.97)]);
    let figure = plot::training(&history).unwrap();
    let words = figure.alt_text();
    assert!(words.starts_with("Loss of each of 4 batches"), "{words}");
    assert!(words.ends_with("91.00 % in epoch 1, rising to 97.00 % in epoch 2."), "{words}");
    // The left chart has the losses' colours, the right one the accuracies', and both have words.
    let picture = Picture::of(&figure);
    let (half, height) = (picture.width / 2, picture.height);
    let top = height / 6..height;
    assert!(picture.count(0..half, top.clone(), is_orange) > 100);
    assert_eq!(picture.count(half + 60..picture.width, top.clone(), is_orange), 0);
    assert!(picture.count(half + 60..picture.width, top, is_blue) > 100);
    for left in [0, half + 60] {
        assert!(picture.count(left..left + 200, 0..40, |pixel| pixel[0] < 60) > 100, "a title");
    }
}

#[test]
fn a_training_of_nothing_is_an_error() {
    let error = plot::training(&history(Vec::new(), &[])).unwrap_err().to_string();
    assert!(error.contains("no batch was trained"), "{error}");
    let error = plot::training(&history(vec![f64::NAN], &[None])).unwrap_err().to_string();
    assert!(error.contains("diverged"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 40, ..ProptestConfig::default()
    })]

    #[test]
    fn any_training_is_a_figure_or_an_error(
        losses in prop::collection::vec(prop_oneof![Just(f64::NAN), 0.0..3.0_f64, any::<f64>()], 0..40),
        accuracies in prop::collection::vec(
            prop_oneof![Just(None), (0.0..=1.0).prop_map(Some)], 0..8),
    ) {
        // What cannot be drawn alone cannot be drawn beside something else.
        let drawn = plot::batch_losses(&losses).is_ok();
        prop_assert_eq!(plot::training(&history(losses, &accuracies)).is_ok(), drawn);
    }
}
