//! What does not fit a network is an error that says so, and changes nothing.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use mnist_tutorial::model::{Network, Sizes};
use tch::{Device, Kind, Tensor};
use train_support::{message, weight_bits, weights};

const SIZES: Sizes = Sizes { inputs: 4, hidden: 3, outputs: 2 };

#[test]
fn a_size_below_one_is_named() {
    for (sizes, name) in [
        (Sizes { inputs: 0, ..SIZES }, "inputs is 0"),
        (Sizes { hidden: -1, ..SIZES }, "hidden is -1"),
        (Sizes { outputs: i64::MIN, ..SIZES }, "outputs is -9223372036854775808"),
    ] {
        let message = message(Network::with_sizes(sizes, 0));
        assert!(message.contains(name) && message.contains("1 or more"), "{message}");
    }
}

#[test]
fn a_network_beyond_all_memory_is_an_error() {
    for hidden in [1 << 50, i64::MAX] {
        let message = message(Network::with_sizes(Sizes { hidden, ..SIZES }, 0));
        // The first where the system tells how much memory there is.
        let named = message.contains("GiB of memory") && message.contains("are free");
        assert!(named || message.contains("cannot make a layer's"), "{message}");
        assert!(message.contains(&hidden.to_string()), "{message}");
    }
}

#[test]
fn images_of_another_shape_or_kind_are_named_with_what_is_expected() {
    let network = Network::with_sizes(SIZES, 0).unwrap();
    let images = |shape: &[i64], kind| Tensor::zeros(shape, (kind, Device::Cpu));
    for (images, found, expected) in [
        (images(&[5, 3], Kind::Float), "[5, 3]", "[batch, 4]"),
        (images(&[4], Kind::Float), "[4]", "[batch, 4]"),
        (images(&[1, 2, 4], Kind::Float), "[1, 2, 4]", "[batch, 4]"),
        (images(&[], Kind::Float), "[]", "[batch, 4]"),
        (images(&[5, 4], Kind::Uint8), "Uint8", "Float"),
        (images(&[5, 4], Kind::Double), "Double", "Float"),
    ] {
        for message in [message(network.forward(&images)), message(network.predict(&images))] {
            assert!(message.contains(found) && message.contains(expected), "{message}");
        }
    }
}

#[test]
fn predictions_are_the_likeliest_classes_and_leave_no_gradient() {
    let network = train_support::network_of_numbers(SIZES, 10);
    let images = train_support::numbers(50, &[20, 4], 10);
    let outputs: Vec<Vec<f32>> = Vec::try_from(network.forward(&images).unwrap()).unwrap();
    let likeliest: Vec<i64> = outputs.iter().map(|two| i64::from(two[1] > two[0])).collect();
    let predictions = network.predict(&images).unwrap();
    assert_eq!(predictions.kind(), Kind::Int64);
    assert!(!predictions.requires_grad());
    assert_eq!(Vec::<i64>::try_from(predictions).unwrap(), likeliest);
    assert!(likeliest.contains(&0) && likeliest.contains(&1), "the test should see both");
}

#[test]
fn weights_are_copied_whatever_their_order() {
    let source = Network::with_sizes(SIZES, 1).unwrap();
    let mut target = Network::with_sizes(SIZES, 2).unwrap();
    let mut tensors = weights(&source);
    tensors.reverse();
    target.copy_from(&tensors).unwrap();
    assert_eq!(weight_bits(&target), weight_bits(&source));
    assert!(target.variables().trainable_variables().iter().all(Tensor::requires_grad));
}

#[test]
fn weights_that_do_not_fit_are_named_and_leave_the_network_as_it_was() {
    let mut network = Network::with_sizes(SIZES, 1).unwrap();
    let before = weight_bits(&network);
    let good = weights(&Network::with_sizes(SIZES, 2).unwrap());
    let with = |name: &str, tensor: Tensor| -> Vec<(String, Tensor)> {
        let others = good.iter().filter(|(known, _)| known != name);
        let mut all: Vec<_> = others.map(|(name, tensor)| (name.clone(), tensor.copy())).collect();
        all.push((name.to_string(), tensor));
        all
    };
    let zeros = |shape: &[i64], kind| Tensor::zeros(shape, (kind, Device::Cpu));
    let mut missing = with("2.bias", zeros(&[2], Kind::Float));
    missing.pop();
    let mut twice = with("2.bias", zeros(&[2], Kind::Float));
    twice.push(("2.bias".to_string(), zeros(&[2], Kind::Float)));
    for (tensors, words) in [
        (missing, vec!["`2.bias`", "missing"]),
        (twice, vec!["`2.bias`", "2 times"]),
        (with("3.bias", zeros(&[2], Kind::Float)), vec!["unknown", "`3.bias`"]),
        (with("2.bias", zeros(&[1], Kind::Float)), vec!["`2.bias`", "[1]", "[2]"]),
        (with("2.bias", zeros(&[], Kind::Float)), vec!["`2.bias`", "[]", "[2]"]),
        (with("0.weight", zeros(&[4, 3], Kind::Float)), vec!["`0.weight`", "[4, 3]", "[3, 4]"]),
        (with("0.weight", zeros(&[3, 4], Kind::Half)), vec!["`0.weight`", "Half", "Float"]),
        (with("2.bias", zeros(&[2], Kind::Double)), vec!["`2.bias`", "Double", "Float"]),
        (Vec::new(), vec!["`0.weight`", "missing"]),
    ] {
        let message = message(network.copy_from(&tensors));
        for word in words {
            assert!(message.contains(word), "{message} lacks {word}");
        }
        assert_eq!(weight_bits(&network), before, "{message}");
    }
}
