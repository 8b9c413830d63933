//! Figures that look into a network: hesitations, calibration, hidden weights, any values.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::evaluate::{Calibration, CalibrationBin};
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::plot::{self, Figure};
use plot_support::{Picture, is_blue, is_orange, is_white, some_evaluation, some_split};
use tch::Tensor;

fn words(figure: anyhow::Result<Figure>) -> String {
    figure.expect("draws").alt_text().to_owned()
}

fn refusal(figure: anyhow::Result<Figure>) -> String {
    format!("{:#}", figure.expect_err("must be refused"))
}

/// Two neurons: 0 has weight 0.5 at pixel 0, the other -0.25 at pixel 783.
fn two_neurons() -> Network {
    let mut network =
        Network::with_sizes(Sizes { inputs: 784, hidden: 2, outputs: 10 }, 0).expect("a network");
    let mut tensors: Vec<(String, Tensor)> = network.named_tensors();
    for (_, tensor) in &mut tensors {
        *tensor = tensor.detach().zeros_like();
    }
    let _ = tensors[0].1.get(0).get(0).fill_(0.5);
    let _ = tensors[0].1.get(1).get(783).fill_(-0.25);
    network.copy_from(&tensors).expect("fits");
    network
}

#[test]
fn the_least_sure_images_come_with_both_guesses() {
    let (split, tested) = (some_split(), some_evaluation());
    let text = words(plot::least_sure(&split, &tested, 2));
    assert!(text.starts_with("2 handwritten digits in 1 row of up to 2, captioned: "), "{text}");
    for guess in tested.least_sure(2) {
        let expected = format!(
            "image {}: {} {}, {} with {:.1} %, {} with {:.1} %",
            guess.index,
            if guess.truth == 8 { "an" } else { "a" },
            guess.truth,
            guess.prediction,
            guess.probability * 100.0,
            guess.second,
            guess.second_probability * 100.0
        );
        assert!(text.contains(&expected), "{text:?} does not say {expected:?}");
    }
    let message = refusal(plot::least_sure(&split.first(39).expect("some"), &tested, 2));
    assert!(message.contains("39 images here, but 40 were tested"), "{message}");
    let other = Split::new(vec![0; 40 * 784], vec![1; 40]).expect("pictures");
    assert!(refusal(plot::least_sure(&other, &tested, 40)).contains("is a 1 here, but was tested"));
    assert!(refusal(plot::least_sure(&split, &tested, 0)).contains("0 pictures to draw"));
}

#[test]
fn a_hidden_neuron_is_orange_where_ink_excites_it_and_blue_where_it_inhibits() {
    let figure = plot::hidden_weights(&two_neurons(), &[1, 0]).expect("draws");
    assert_eq!(
        figure.alt_text(),
        "Weights of 2 of 2 hidden neurons, each as a picture of 28 x 28 weights from -0.5000 \
         (blue: ink inhibits) over 0 (white) to 0.5000 (orange: ink excites): neuron 1 from \
         -0.2500 to 0.0000, neuron 0 from 0.0000 to 0.5000."
    );
    let picture = Picture::of(&figure);
    let (top, side) = (14 + 92, 28 * 5);
    // The neuron asked for first stands left. Half the largest weight is half the colour.
    assert_eq!(picture.pixel(14 + side - 3, top + side - 3), [128, 185, 217]);
    assert!(is_white(picture.pixel(16, top + 2)));
    let second = 14 + side + 10;
    assert_eq!(picture.pixel(second + 2, top + 2), [213, 94, 0]);
    assert_eq!(picture.count(second..second + side, top..top + side, is_orange), 25);
    let orange = picture.count(14..200, 46..60, is_blue);
    assert!(orange > 50, "the key shows no blue");
}

#[test]
fn neurons_that_cannot_be_drawn_are_an_error() {
    let network = two_neurons();
    assert!(refusal(plot::hidden_weights(&network, &[2])).contains("expected a number below 2"));
    assert!(refusal(plot::hidden_weights(&network, &[])).contains("0 pictures to draw"));
    assert!(refusal(plot::hidden_weights(&network, &[0; 101])).contains("101 pictures"));
    let narrow = Network::with_sizes(Sizes { inputs: 100, hidden: 2, outputs: 10 }, 0);
    let message = refusal(plot::hidden_weights(&narrow.expect("a network"), &[0]));
    assert!(message.contains("takes 100 numbers; expected 784"), "{message}");
    let mut broken = two_neurons();
    let tensors: Vec<(String, Tensor)> = broken
        .named_tensors()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.detach().f_full_like(f64::NAN).expect("NaNs")))
        .collect();
    broken.copy_from(&tensors).expect("fits");
    assert!(refusal(plot::hidden_weights(&broken, &[1])).contains("of neuron 1 is not a finite"));
    let zeros: Vec<(String, Tensor)> =
        tensors.into_iter().map(|(name, tensor)| (name, tensor.zeros_like())).collect();
    broken.copy_from(&zeros).expect("fits");
    assert!(words(plot::hidden_weights(&broken, &[0])).contains("from 0.0000 to 0.0000"));
}

#[test]
fn a_calibration_says_how_sure_and_how_right_each_bin_is() {
    let bin = |low: f64, count, shares: Option<(f64, f64)>| CalibrationBin {
        low,
        high: low + 0.5,
        count,
        confidence: shares.map(|(confidence, _)| confidence),
        accuracy: shares.map(|(_, accuracy)| accuracy),
    };
    let bins = vec![bin(0.0, 0, None), bin(0.5, 1234, Some((0.9, 0.95)))];
    let calibration = Calibration { bins, expected_error: 0.05 };
    assert_eq!(
        words(plot::calibration_from(&calibration)),
        "Calibration curve, expected calibration error 5.00 %: 90.00 % sure, 95.00 % right (1,234 \
         images)."
    );
    let empty = Calibration { bins: vec![bin(0.0, 0, None)], expected_error: 0.0 };
    assert!(refusal(plot::calibration_from(&empty)).contains("no bin holds an image"));
    let tested = some_evaluation();
    let ten = tested.calibration(10).expect("a calibration");
    let same = plot::calibration_from(&ten).expect("draws");
    assert!(plot::calibration(&tested).expect("draws") == same);
}

#[test]
fn losses_at_their_epoch_are_a_smear_and_at_their_step_a_curve() {
    let losses: Vec<f64> = (0..300).map(|i| 2.0 - f64::from(i) / 200.0).collect();
    let by_epoch: Vec<(f64, f64)> =
        losses.iter().enumerate().map(|(i, loss)| ((i / 100 + 1) as f64, *loss)).collect();
    let columns = |figure: anyhow::Result<Figure>| {
        let picture = Picture::of(&figure.expect("draws"));
        (60..860).filter(|x| picture.count(*x..*x + 1, 40..400, is_blue) > 0).count()
    };
    let smear = columns(plot::points("losses", "epoch", "loss", &by_epoch));
    assert!(smear < 20, "{smear} columns for three epochs");
    let by_step: Vec<(f64, f64)> =
        losses.iter().enumerate().map(|(step, loss)| (step as f64, *loss)).collect();
    assert!(columns(plot::scalar_curve("losses", "step", "loss", &by_step)) > 500);
    assert_eq!(
        words(plot::scalar_curve("losses", "epoch", "loss", &by_epoch)),
        "Curve, losses: loss by epoch, 300 points; epoch from 1 to 3, loss from 0.5050 to 2; the \
         first loss is 2, the last 0.5050."
    );
}

#[test]
fn points_without_two_finite_numbers_are_counted_in_the_title() {
    let text = words(plot::points("losses", "epoch", "loss", &[(1.0, f64::NAN), (2.0, 0.5)]));
    assert!(text.contains("losses (not a finite number: 1): loss by epoch, 1 point;"), "{text}");
    let message = refusal(plot::points("losses", "epoch", "loss", &[(f64::INFINITY, 1.0)]));
    assert!(message.contains("losses: none of 1 points has two finite numbers"), "{message}");
    assert!(refusal(plot::scalar_curve("losses", "a", "b", &[])).contains("losses: no points"));
    let huge = plot::points("losses", "epoch", "loss", &[(1.0, 1e301)]);
    assert!(refusal(huge).contains("too large to draw"));
}
