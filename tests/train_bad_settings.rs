//! What training cannot work with is an error that names it, before a weight is touched.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::ops::ControlFlow;

use anyhow::Result;
use mnist_tutorial::data::Split;
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::train::{BatchReport, EpochReport, Observer, TrainConfig, train};
use train_support::{NARROW, alone, data, digits, message, weight_bits};

/// Fails if it is told anything.
struct Silence;

impl Observer for Silence {
    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        panic!("{report:?}")
    }

    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        panic!("{report:?}")
    }
}

fn short() -> TrainConfig {
    TrainConfig { epochs: 2, batch_size: 8, threads: Some(1), ..TrainConfig::default() }
}

#[test]
fn the_defaults_are_the_courses_and_can_be_trained_with() {
    let defaults = TrainConfig::default();
    assert_eq!((defaults.epochs, defaults.batch_size), (18, 30));
    assert_eq!((defaults.learning_rate, defaults.momentum), (0.003, 0.9));
    assert!(!defaults.test_every_epoch && defaults.threads.is_none());
    defaults.check().unwrap();
}

#[test]
fn a_setting_out_of_range_is_named_with_its_value() {
    let _alone = alone();
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let before = weight_bits(&network);
    let data = data(10, 10);
    let rate = |learning_rate| TrainConfig { learning_rate, ..short() };
    let momentum = |momentum| TrainConfig { momentum, ..short() };
    for (config, words) in [
        (TrainConfig { batch_size: 0, ..short() }, "batch_size is 0,"),
        (TrainConfig { epochs: 0, ..short() }, "epochs is 0,"),
        (TrainConfig { threads: Some(0), ..short() }, "threads is 0,"),
        (TrainConfig { threads: Some(1_000_000), ..short() }, "threads is 1000000,"),
        (TrainConfig { threads: Some(usize::MAX), ..short() }, "threads is 18446744073709551615,"),
        (rate(f64::NAN), "learning_rate is NaN,"),
        (rate(f64::INFINITY), "learning_rate is inf,"),
        (rate(f64::NEG_INFINITY), "learning_rate is -inf,"),
        (rate(0.0), "learning_rate is 0,"),
        (rate(-0.0), "learning_rate is -0,"),
        (rate(-0.003), "learning_rate is -0.003,"),
        (rate(1e39), "learning_rate is 1000000000000000"),
        (momentum(f64::NAN), "momentum is NaN,"),
        (momentum(f64::INFINITY), "momentum is inf,"),
        (momentum(-0.1), "momentum is -0.1,"),
        (momentum(1.0), "momentum is 1,"),
        (momentum(1.5), "momentum is 1.5,"),
    ] {
        let message = message(train(&mut network, &data, &config, &mut Silence));
        assert!(message.contains(words), "{message} lacks {words}");
        assert!(message.contains("TrainConfig: ") && message.contains("expected "), "{message}");
        assert_eq!(weight_bits(&network), before, "{message}");
        assert!(config.check().is_err());
    }
}

#[test]
fn the_ends_of_the_ranges_are_allowed() {
    let _alone = alone();
    for config in [
        TrainConfig { epochs: 1, batch_size: 1, momentum: 0.0, ..short() },
        TrainConfig { learning_rate: f64::MIN_POSITIVE, momentum: 0.999_999, ..short() },
    ] {
        let mut network = Network::with_sizes(NARROW, 1).unwrap();
        train(&mut network, &data(10, 10), &config, &mut ()).unwrap();
    }
}

#[test]
fn a_loss_that_is_no_number_any_more_is_an_error_that_names_the_learning_rate() {
    let _alone = alone();
    for learning_rate in [1e6, 1e30, 3e38] {
        let mut network = Network::with_sizes(NARROW, 1).unwrap();
        let config = TrainConfig { learning_rate, epochs: 50, ..short() };
        let message = message(train(&mut network, &data(52, 10), &config, &mut ()));
        assert!(message.contains("lower learning_rate"), "{message}");
        assert!(message.contains(&format!("(it is {learning_rate})")), "{message}");
        assert!(message.contains("in epoch 1, batch "), "{message}");
    }
}

#[test]
fn no_images_are_an_error() {
    let _alone = alone();
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let empty = || Split::new(Vec::new(), Vec::new()).unwrap();
    let mut data = data(10, 10);
    data.test = empty();
    train(&mut network, &data, &short(), &mut ()).unwrap();
    let tested = TrainConfig { test_every_epoch: true, ..short() };
    let words = message(train(&mut network, &data, &tested, &mut Silence));
    assert!(words.contains("no test images"), "{words}");
    data.train = empty();
    let words = message(train(&mut network, &data, &short(), &mut Silence));
    assert!(words.contains("no training images"), "{words}");
}

#[test]
fn a_network_that_does_not_fit_the_digits_is_an_error_that_names_both() {
    let _alone = alone();
    for (sizes, words) in [
        (Sizes { inputs: 100, ..NARROW }, ["[10, 784]", "[images, 100]"]),
        (Sizes { outputs: 5, ..NARROW }, ["5 outputs", "expected 10"]),
        (Sizes { outputs: 1, ..NARROW }, ["1 outputs", "expected 10"]),
        (Sizes { outputs: 12, ..NARROW }, ["12 outputs", "expected 10"]),
    ] {
        let mut network = Network::with_sizes(sizes, 1).unwrap();
        let before = weight_bits(&network);
        let message = message(train(&mut network, &data(10, 10), &short(), &mut Silence));
        for word in words {
            assert!(message.contains(word), "{message} lacks {word}");
        }
        assert_eq!(weight_bits(&network), before);
    }
}

#[test]
fn tensors_of_another_length_than_the_split_are_an_error_that_names_both() {
    let _alone = alone();
    let cut = |tensor: &tch::Tensor| tensor.narrow(0, 0, 4);
    for (images, labels) in [(true, true), (true, false), (false, true)] {
        let mut data = data(10, 10);
        if images {
            data.train.images = cut(&data.train.images);
        }
        if labels {
            data.train.labels = cut(&data.train.labels);
        }
        let mut network = Network::with_sizes(NARROW, 1).unwrap();
        let before = weight_bits(&network);
        let expected = "expected 10 of each";
        let words = message(train(&mut network, &data, &short(), &mut Silence));
        assert!(words.contains(expected), "{words}");
        assert_eq!(weight_bits(&network), before);
        let words = message(evaluate(&network, &data.train));
        assert!(words.contains(expected), "{words}");
    }
}

#[test]
fn images_that_hold_no_numbers_are_not_blamed_on_the_learning_rate() {
    let _alone = alone();
    let mut data = data(10, 10);
    data.train.images = &data.train.images / 0.0;
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let words = message(train(&mut network, &data, &short(), &mut ()));
    assert!(words.contains("before the first step") && !words.contains("learning_rate"), "{words}");
}

#[test]
fn labels_that_are_no_digits_are_an_error() {
    let _alone = alone();
    // A split's tensors are the reader's to change.
    for label in [10, -1, -100, 1000] {
        let mut data = data(10, 10);
        data.train = digits(100, 10);
        let _ = data.train.labels.get(3).fill_(label);
        let mut network = Network::with_sizes(NARROW, 1).unwrap();
        let config = TrainConfig { batch_size: 10, ..short() };
        let words = message(train(&mut network, &data, &config, &mut ()));
        assert!(words.contains(&label.to_string()), "label {label}: {words}");
    }
}
