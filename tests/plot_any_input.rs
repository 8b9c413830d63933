//! Whatever comes in, a plot is a picture or an error, never a panic.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::plot::{self, Figure};
use mnist_tutorial::train::{EpochReport, History};
use plot_support::Picture;
use proptest::collection::vec;
use proptest::prelude::*;

/// A picture that decodes, or an error that says something.
fn sound(figure: anyhow::Result<Figure>) {
    match figure {
        Ok(figure) => {
            let picture = Picture::of(&figure);
            assert!(picture.width > 100 && picture.height > 100);
            assert!(!figure.alt_text().contains(char::is_control));
        }
        Err(error) => assert!(error.to_string().len() > 10),
    }
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..3.0, 2 => any::<f64>(), 1 => Just(f64::NAN), 1 => 1e-12..1e-9]
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
    let count = || prop_oneof![Just(0), 0_u64..1500, any::<u64>()];
    proptest::array::uniform10(proptest::array::uniform10(count()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn curves_of_any_history(first in any_history(), second in any_history(), name in ".*") {
        sound(plot::loss_curve(&first));
        sound(plot::accuracy_curve(&first));
        sound(plot::loss_curves(&[(&name, &first), ("", &second)]));
        sound(plot::accuracy_curves(&[(&name, &first), (&name, &second)]));
    }

    #[test]
    fn any_batch_losses(losses in vec(any_number(), 0..4000)) {
        sound(plot::batch_losses(&losses));
    }

    #[test]
    fn any_counts(confusion in any_confusion()) {
        sound(plot::confusion_matrix_from(&confusion));
        sound(plot::accuracy_per_digit_from(&confusion));
        sound(plot::label_histogram_from(&confusion[0]));
    }

    #[test]
    fn any_pixels_and_captions(
        pixels in prop_oneof![vec(any::<u8>(), 784), vec(any::<u8>(), 0..900)],
        captions in vec("(?s).{0,40}", 0..104),
    ) {
        let caption = captions.first().map_or("", String::as_str);
        sound(plot::digit_from(&pixels, caption));
        sound(plot::pixels_from(&pixels, caption));
        sound(plot::digits_from(&vec![&pixels; captions.len()], &captions));
    }
}
