//! Whatever comes in, a plot is a figure or an error, never a panic.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::compare::TimeAccuracy;
use mnist_tutorial::model::Sizes;
use mnist_tutorial::plot::{self, Figure};
use mnist_tutorial::train::{EpochReport, History};
use plot_support::{Picture, split_of, tested};
use proptest::array;
use proptest::collection::vec;
use proptest::prelude::*;
use tch::Tensor;

/// A figure that decodes, or an error that says something.
fn sound(figure: anyhow::Result<Figure>) {
    match figure {
        Ok(figure) => {
            let picture = Picture::of(&figure);
            assert!(picture.width > 100 && picture.height > 100);
            assert!(!figure.alt_text().contains(char::is_control));
        }
        Err(error) => assert!(format!("{error:#}").len() > 10),
    }
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..3.0, 2 => any::<f64>(), 1 => Just(f64::NAN), 1 => 1e-12..1e-9]
}

fn any_time() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.5..200.0, 1 => any::<f64>(), 1 => 1e-8..1e11]
}

fn any_share() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..1.0, 2 => 0.98..0.981, 1 => any::<f64>(), 1 => Just(0.0), 1 => Just(1.0)]
}

fn any_history() -> impl Strategy<Value = History> {
    let report = (prop_oneof![0_usize..40, any::<usize>()], any_number(), any::<Option<f64>>());
    vec(report, 0..80).prop_map(|reports| History {
        epochs: reports
            .into_iter()
            .map(|(epoch, loss, accuracy)| EpochReport { epoch, loss, accuracy, seconds: 0.0 })
            .collect(),
        ..History::default()
    })
}

fn any_confusion() -> impl Strategy<Value = [[u64; 10]; 10]> {
    let count = || prop_oneof![Just(0), 0_u64..1500, 0_u64..1 << 50];
    array::uniform10(array::uniform10(count()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn curves_of_any_history(first in any_history(), second in any_history(), name in ".*") {
        sound(plot::loss_curve(&first));
        sound(plot::accuracy_curve(&first));
        sound(plot::loss_curves(&[(&name, &first), ("", &second)]));
        sound(plot::loss_curves(&[(&name, &first), (&name, &second)]));
    }

    #[test]
    fn any_batch_losses(losses in vec(any_number(), 0..4000)) {
        sound(plot::batch_losses(&losses));
    }

    #[test]
    fn any_counts(confusion in any_confusion()) {
        sound(plot::confusion_matrix(&tested(confusion)));
        sound(plot::accuracy_per_digit(&tested(confusion)));
    }

    #[test]
    fn any_pixels_and_captions(
        pixels in vec(any::<u8>(), 784),
        captions in vec("(?s).{0,40}", 0..104),
    ) {
        let split = split_of(&[&pixels]);
        sound(plot::digit(&split, 0));
        sound(plot::pixels(&split, 0));
        sound(plot::digits_with_captions(&split, &vec![0; captions.len()], &captions));
    }

    #[test]
    fn any_pairs_of_numbers(
        pairs in vec((any_number(), any_number()), 0..200),
        whole in vec((0_u32..30, any_number()), 0..200),
        title in ".*",
        name in ".*",
    ) {
        let whole: Vec<(f64, f64)> = whole.into_iter().map(|(x, y)| (f64::from(x), y)).collect();
        for pairs in [pairs, whole] {
            sound(plot::scalar_curve(&title, "step", &name, &pairs));
            sound(plot::curves(&title, "x", "y", &[(&name, &pairs), ("", &pairs[..pairs.len() / 2])]));
        }
    }

    #[test]
    fn any_maps(
        numbers in vec(any_number(), 1..600),
        (height, width) in (1_usize..7, 1_usize..40),
        captions in vec("(?s).{0,40}", 5),
    ) {
        let captions: Vec<&String> = captions.iter().cycle().take(100).collect();
        let count = numbers.len() / (height * width);
        let shape = [count, height, width].map(|size| size as i64);
        let images = Tensor::from_slice(&numbers[..count * height * width]).view(shape);
        sound(plot::maps(&images, &captions[..count.min(100)]));
        sound(plot::maps(&images, &captions[..0]));
    }

    #[test]
    fn any_network(inputs in any::<i64>(), hidden in -1_i64..30, outputs in 0_i64..12) {
        sound(plot::network(Sizes { inputs, hidden, outputs }));
    }

    #[test]
    fn any_times_and_accuracies(
        found in vec((".{0,60}", any_time(), any_share(), any_share()), 0..45),
    ) {
        let points: Vec<TimeAccuracy> = found
            .into_iter()
            .map(|(name, seconds, accuracy, spread)| TimeAccuracy { name, seconds, accuracy, spread })
            .collect();
        sound(plot::time_accuracy(&points));
        let sound_points: Vec<TimeAccuracy> = points
            .into_iter()
            .filter(|point| (1e-9..1e12).contains(&point.seconds))
            .filter(|point| [point.accuracy, point.spread].iter().all(|s| (0.0..=1.0).contains(s)))
            .take(40)
            .collect();
        if !sound_points.is_empty() {
            plot::time_accuracy(&sound_points).expect("each of them can be drawn");
        }
    }

    #[test]
    fn any_calibration(shares in vec(array::uniform10(any_share().prop_map(|share| share as f32)), 0..60)) {
        let mut evaluation = tested([[0; 10]; 10]);
        evaluation.labels = vec![3; shares.len()];
        evaluation.predictions = (0..10).cycle().take(shares.len()).collect();
        evaluation.probabilities = shares;
        sound(plot::calibration(&evaluation));
    }
}
