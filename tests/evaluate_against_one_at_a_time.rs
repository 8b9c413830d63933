//! Testing counts what counting by hand, one image at a time, counts.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::evaluate::{Evaluation, Mistake, evaluate};
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::train::{TrainConfig, train};
use proptest::prelude::*;
use tch::Tensor;
use train_support::{NARROW, bits, data, digits, message};

/// Noise with the labels given.
fn split(salt: u64, labels: &[u8]) -> Split {
    let pixels = bits(salt, labels.len() * 784, 8).iter().map(|&number| number as u8).collect();
    Split::new(pixels, labels.to_vec()).unwrap()
}

/// What a loop over single images finds.
fn by_hand(network: &Network, split: &Split) -> Evaluation {
    let mut evaluation = Evaluation {
        tested: split.len(),
        correct: 0,
        loss: 0.0,
        confusion: [[0; 10]; 10],
        mistakes: Vec::new(),
        probabilities: Vec::new(),
        predictions: Vec::new(),
        labels: Vec::new(),
    };
    for index in 0..split.len() {
        let image = split.images.get(index as i64).view([1, 784]);
        let outputs: Vec<f32> =
            Vec::try_from(network.forward(&image).unwrap().detach().view(10)).unwrap();
        let truth = split.label(index).unwrap();
        let prediction = (0..10u8)
            .max_by(|a, b| outputs[usize::from(*a)].total_cmp(&outputs[usize::from(*b)]))
            .unwrap();
        evaluation.loss -= f64::from(outputs[usize::from(truth)]) / split.len() as f64;
        evaluation.probabilities.push(std::array::from_fn(|digit| outputs[digit].exp()));
        evaluation.predictions.push(prediction);
        evaluation.labels.push(truth);
        evaluation.confusion[usize::from(truth)][usize::from(prediction)] += 1;
        if truth == prediction {
            evaluation.correct += 1;
        } else {
            let probability = f64::from(outputs[usize::from(prediction)]).exp();
            evaluation.mistakes.push(Mistake { index, truth, prediction, probability });
        }
    }
    evaluation
}

/// Fails unless testing finds what counting by hand finds.
fn assert_as_by_hand(network: &Network, split: &Split) -> Evaluation {
    let found = evaluate(network, split).unwrap();
    let expected = by_hand(network, split);
    assert_eq!((found.tested, found.correct), (expected.tested, expected.correct));
    assert_eq!(found.accuracy(), expected.correct as f64 / split.len() as f64);
    assert!((found.loss - expected.loss).abs() < 1e-6, "{} {}", found.loss, expected.loss);
    assert_eq!(found.confusion, expected.confusion);

    let rows = found.confusion.map(|row| row.iter().sum::<u64>() as usize);
    assert_eq!(rows, split.label_counts());
    let diagonal: u64 = (0..10).map(|digit| found.confusion[digit][digit]).sum();
    assert_eq!(diagonal as usize, found.correct);
    for (digit, accuracy) in found.digit_accuracy().into_iter().enumerate() {
        let expected =
            (rows[digit] > 0).then(|| found.confusion[digit][digit] as f64 / rows[digit] as f64);
        assert_eq!(accuracy, expected, "digit {digit}");
    }

    assert_eq!(found.mistakes.len(), found.tested - found.correct);
    assert!(found.mistakes.is_sorted_by(|a, b| a.probability >= b.probability));
    assert_eq!((&found.labels, &found.predictions), (&expected.labels, &expected.predictions));
    assert_eq!(found.probabilities.len(), split.len());
    let pairs = found.probabilities.iter().flatten().zip(expected.probabilities.iter().flatten());
    assert!(pairs.into_iter().all(|(found, expected)| (found - expected).abs() < 1e-5));
    let mut by_index = found.mistakes.clone();
    by_index.sort_by_key(|mistake| mistake.index);
    for (found, expected) in by_index.iter().zip(&expected.mistakes) {
        assert_eq!(found.index, expected.index);
        assert_eq!((found.truth, found.prediction), (expected.truth, expected.prediction));
        assert!((found.probability - expected.probability).abs() < 1e-6);
        assert!(found.probability > 0.1 && found.probability <= 1.0, "{found:?}");
    }
    found
}

/// A network that gets about half of [`digits`] right.
fn half_trained() -> Network {
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let config =
        TrainConfig { epochs: 1, batch_size: 8, learning_rate: 0.03, ..TrainConfig::default() };
    train(&mut network, &data(120, 1), &config, &mut ()).unwrap();
    network
}

#[test]
fn more_images_than_a_batch_holds_are_counted_as_by_hand() {
    let found = assert_as_by_hand(&half_trained(), &digits(300, 2500));
    assert!((500..2400).contains(&found.correct), "{} right tells little", found.correct);
    // Images of the second and third batch keep their own numbers.
    assert!(found.mistakes.iter().any(|mistake| mistake.index >= 2000));
}

#[test]
fn whole_batches_and_single_images_are_counted_as_by_hand() {
    let network = half_trained();
    for count in [1, 2, 999, 1000, 1001] {
        assert_as_by_hand(&network, &digits(300, count));
    }
}

#[test]
fn a_digit_without_images_has_no_accuracy() {
    let network = Network::with_sizes(NARROW, 1).unwrap();
    let found = assert_as_by_hand(&network, &split(5, &[0, 2, 2, 4, 6, 8, 8, 8]));
    let known: Vec<usize> =
        (0..10).filter(|digit| found.digit_accuracy()[*digit].is_some()).collect();
    assert_eq!(known, [0, 2, 4, 6, 8]);
}

#[test]
fn the_courses_lines_say_how_many_were_tested_and_the_accuracy() {
    let mut evaluation = evaluate(&half_trained(), &digits(300, 8)).unwrap();
    (evaluation.tested, evaluation.correct) = (10_000, 9_796);
    assert_eq!(evaluation.to_string(), "Number Of Images Tested = 10000\nModel Accuracy = 0.9796");
}

#[test]
fn testing_leaves_weights_and_gradients_alone() {
    let network = Network::with_sizes(NARROW, 1).unwrap();
    let before = train_support::weight_bits(&network);
    evaluate(&network, &digits(300, 20)).unwrap();
    assert_eq!(train_support::weight_bits(&network), before);
    assert!(network.named_tensors().iter().all(|(_, tensor)| !tensor.grad().defined()));
}

#[test]
fn no_images_are_an_error() {
    let network = Network::with_sizes(NARROW, 1).unwrap();
    let message = message(evaluate(&network, &Split::new(Vec::new(), Vec::new()).unwrap()));
    assert!(message.contains("no images"), "{message}");
}

#[test]
fn a_network_that_does_not_fit_the_digits_is_an_error() {
    for (sizes, words) in [
        (Sizes { outputs: 5, ..NARROW }, ["5 outputs", "expected 10"]),
        (Sizes { outputs: 11, ..NARROW }, ["11 outputs", "expected 10"]),
        (Sizes { inputs: 100, ..NARROW }, ["[20, 784]", "[batch, 100]"]),
    ] {
        let network = Network::with_sizes(sizes, 1).unwrap();
        let message = message(evaluate(&network, &digits(300, 20)));
        for word in words {
            assert!(message.contains(word), "{message} lacks {word}");
        }
    }
}

#[test]
fn labels_that_are_no_digits_are_an_error() {
    let network = Network::with_sizes(NARROW, 1).unwrap();
    for label in [10, -1] {
        let split = digits(300, 20);
        let _ = split.labels.get(7).fill_(label);
        let message = message(evaluate(&network, &split));
        assert!(message.contains(&label.to_string()), "label {label}: {message}");
    }
}

#[test]
fn a_network_of_weights_that_are_no_numbers_is_counted_without_a_panic() {
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let broken: Vec<(String, Tensor)> = train_support::weights(&network)
        .into_iter()
        .map(|(name, tensor)| (name, tensor * f64::NAN))
        .collect();
    network.copy_from(&broken).unwrap();
    let found = evaluate(&network, &digits(300, 20)).unwrap();
    assert!(found.loss.is_nan());
    assert_eq!(found.tested, 20);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_network_on_any_images_is_counted_as_by_hand(
        labels in prop::collection::vec(0u8..10, 1..60),
        salt in 0u64..1000,
        seed in 0u64..1000,
        hidden in 1i64..30,
    ) {
        let network = Network::with_sizes(Sizes { hidden, ..NARROW }, seed).unwrap();
        assert_as_by_hand(&network, &split(salt, &labels));
    }
}
