//! Figures that look into a network: hesitations, calibration, hidden weights, any values.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::plot::{self, Figure};
use plot_support::{Picture, is_blue, is_orange, is_white, some_evaluation, some_split, tested};
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
    assert!(refusal(plot::least_sure(&split, &tested, 0)).contains("0 images to draw"));
}

#[test]
fn a_hidden_neuron_is_orange_where_ink_excites_it_and_blue_where_it_inhibits() {
    let figure = plot::hidden_weights(&two_neurons(), &[1, 0]).expect("draws");
    assert_eq!(
        figure.alt_text(),
        "Weights of 2 of 2 hidden neurons, each as an image of 28 x 28 weights from -0.5000 \
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
    assert!(refusal(plot::hidden_weights(&network, &[])).contains("0 images to draw"));
    assert!(refusal(plot::hidden_weights(&network, &[0; 101])).contains("101 images"));
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
    assert!(
        refusal(plot::hidden_weights(&broken, &[1])).contains("of neuron 1 is NaN or infinite")
    );
    let zeros: Vec<(String, Tensor)> =
        tensors.into_iter().map(|(name, tensor)| (name, tensor.zeros_like())).collect();
    broken.copy_from(&zeros).expect("fits");
    assert!(words(plot::hidden_weights(&broken, &[0])).contains("from 0.0000 to 0.0000"));
}

#[test]
fn a_calibration_says_how_sure_and_how_right_each_bin_is() {
    // 19 of 20 images right where the network is 90 % sure, and one of two where 55 %.
    let mut evaluation = tested([[0; 10]; 10]);
    let sure = |share: f32| std::array::from_fn(|digit| if digit == 3 { share } else { 0.0 });
    evaluation.probabilities = [[sure(0.875); 20].as_slice(), &[sure(0.5625); 2]].concat();
    evaluation.predictions = vec![3; 22];
    evaluation.labels = vec![3; 22];
    (evaluation.labels[7], evaluation.labels[20]) = (8, 5);
    assert_eq!(
        words(plot::calibration(&evaluation)),
        "Calibration curve, expected calibration error 7.39 %: 56.25 % sure, 50.00 % right (2 \
         images); 87.50 % sure, 95.00 % right (20 images)."
    );
}

#[test]
fn losses_at_their_epoch_are_a_smear_and_at_their_step_a_curve() {
    let losses: Vec<f64> = (0..300).map(|i| 2.0 - f64::from(i) / 200.0).collect();
    let by_epoch: Vec<(f64, f64)> =
        losses.iter().enumerate().map(|(i, loss)| ((i / 100 + 1) as f64, *loss)).collect();
    // How many columns have at least so many blue pixels.
    let columns = |figure: anyhow::Result<Figure>, least: usize| {
        let picture = Picture::of(&figure.expect("draws"));
        (60..860).filter(|x| picture.count(*x..*x + 1, 40..400, is_blue) >= least).count()
    };
    // Straight up and down at each epoch, by a third of the height.
    let smear = columns(plot::scalar_curve("losses", "epoch", "loss", &by_epoch), 60);
    assert!((3..20).contains(&smear), "{smear} columns for three epochs");
    let by_step: Vec<(f64, f64)> =
        losses.iter().enumerate().map(|(step, loss)| (step as f64, *loss)).collect();
    assert!(columns(plot::scalar_curve("losses", "step", "loss", &by_step), 1) > 500);
    assert_eq!(
        words(plot::scalar_curve("losses", "epoch", "loss", &by_epoch)),
        "Curve, losses: loss by epoch, 300 points; epoch from 1 to 3, loss from 0.5050 to 2; the \
         first loss is 2, the last 0.5050."
    );
}

#[test]
fn points_without_two_finite_numbers_are_counted_in_the_title() {
    let curve = |points: &[(f64, f64)]| plot::scalar_curve("losses", "epoch", "loss", points);
    let text = words(curve(&[(1.0, f64::NAN), (2.0, 0.5)]));
    assert!(text.contains("losses (NaN or infinite: 1): loss by epoch, 1 point;"), "{text}");
    let message = refusal(curve(&[(f64::INFINITY, 1.0)]));
    assert!(message.contains("losses: 1 points, none of two finite numbers"), "{message}");
    assert!(refusal(curve(&[])).contains("losses: 0 points"));
    assert!(refusal(curve(&[(1.0, 1e301)])).contains("too large to draw"));
}
