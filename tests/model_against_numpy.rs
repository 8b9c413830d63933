//! Outputs, gradients and steps agree with the same network computed in numpy, float64.
//!
//! `tests/reference/make_fixture.py` computes what is expected; weights, images and labels
//! come from one formula that is written there and in `train_support`.
#![allow(clippy::unwrap_used, missing_docs)]

mod python_support;
mod train_support;

use std::path::Path;
use std::process::Command;

use mnist_tutorial::data::{Mnist, Source, Split};
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::train::{TrainConfig, train};
use python_support::python;
use tch::nn::{self, OptimizerConfig};
use tch::{Kind, Reduction, Tensor};
use train_support::{alone, bits, distance, network_of_numbers, weights};

const TOLERANCE: f64 = 1e-5;
const STEPS: usize = 6;
const MOMENTUM: f64 = 0.9;
const SMALL: Sizes = Sizes { inputs: 12, hidden: 7, outputs: 10 };
const LARGE: Sizes = Sizes { inputs: 784, hidden: 490, outputs: 10 };

/// What numpy computed for one of the two networks.
struct Expected {
    case: &'static str,
    tensors: Vec<(String, Tensor)>,
}

impl Expected {
    fn of(case: &'static str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/network.safetensors");
        Self { case, tensors: Tensor::read_safetensors(file).unwrap() }
    }

    fn get(&self, name: &str) -> &Tensor {
        let name = format!("{}.{name}", self.case);
        &self.tensors.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Fails unless every number of `found` is that of `name`, to 1e-5.
    fn assert_same(&self, name: &str, found: &Tensor) {
        let distance = distance(self.get(name), found);
        assert!(distance < TOLERANCE, "{}.{name} differs by {distance}", self.case);
    }

    /// The same for a tensor of which the file holds the length and every 97th number.
    fn assert_like(&self, name: &str, found: &Tensor) {
        let found = found.to_kind(Kind::Double);
        self.assert_same(&format!("{name}.length"), &found.norm().view(1));
        let sample = found.flatten(0, -1).slice(0, None, None, 97);
        self.assert_same(&format!("{name}.sample"), &sample);
    }
}

/// Bytes and labels of some images: whole numbers that numpy makes by the same formula.
fn bytes_and_digits(salt: u64, count: usize, pixels: usize) -> (Vec<u8>, Vec<u8>) {
    let bytes = bits(salt, count * pixels, 8).iter().map(|&number| number as u8).collect();
    let digits = bits(salt + 1, count, 16).iter().map(|number| (number % 10) as u8).collect();
    (bytes, digits)
}

fn small_batch(salt: u64) -> (Tensor, Tensor) {
    let (bytes, digits) = bytes_and_digits(salt, 5, 12);
    let images = Tensor::from_slice(&bytes).view([5, 12]).to_kind(Kind::Float) / 255.0;
    (images, Tensor::from_slice(&digits).to_kind(Kind::Int64))
}

fn large_data() -> Mnist {
    let (bytes, digits) = bytes_and_digits(30, 40, 784);
    let split = || Split::new(bytes.clone(), digits.clone()).unwrap();
    Mnist { train: split(), test: split(), source: Source::Folder("made by the test".into()) }
}

/// Loss and gradients, by libtorch's own differentiation.
fn gradients(
    network: &Network,
    images: &Tensor,
    labels: &Tensor,
) -> (Tensor, f64, Vec<(String, Tensor)>) {
    let log_probabilities = network.forward(images).unwrap();
    let loss = log_probabilities.nll_loss(labels);
    loss.backward();
    let gradients =
        network.named_tensors().into_iter().map(|(name, tensor)| (name, tensor.grad())).collect();
    (log_probabilities.detach(), loss.double_value(&[]), gradients)
}

#[test]
fn a_small_network_gives_numpys_outputs_loss_and_gradients() {
    let _alone = alone();
    let expected = Expected::of("small");
    let (images, labels) = small_batch(10);
    let (outputs, loss, gradients) = gradients(&network_of_numbers(SMALL, 12), &images, &labels);
    expected.assert_same("log_probabilities", &outputs);
    expected.assert_same("loss", &Tensor::from_slice(&[loss]));
    assert_eq!(gradients.len(), 4);
    for (name, gradient) in gradients {
        expected.assert_same(&format!("gradient.{name}"), &gradient);
    }
}

#[test]
fn the_courses_network_gives_numpys_outputs_loss_and_gradients() {
    let _alone = alone();
    let expected = Expected::of("large");
    let data = large_data();
    let (outputs, loss, gradients) =
        gradients(&network_of_numbers(LARGE, 16), &data.train.images, &data.train.labels);
    expected.assert_same("log_probabilities", &outputs);
    expected.assert_same("loss", &Tensor::from_slice(&[loss]));
    assert_eq!(gradients.len(), 4);
    for (name, gradient) in gradients {
        expected.assert_like(&format!("gradient.{name}"), &gradient);
    }
}

#[test]
fn steps_over_several_batches_end_at_numpys_weights() {
    let _alone = alone();
    let expected = Expected::of("small");
    let network = network_of_numbers(SMALL, 12);
    let mut optimizer = nn::Sgd { momentum: MOMENTUM, ..nn::Sgd::default() }
        .build(network.variables(), 0.1)
        .unwrap();
    let mut losses = Vec::new();
    for step in 0..STEPS as u64 {
        let (images, labels) = small_batch(10 + 2 * step);
        let loss = network.forward(&images).unwrap().g_nll_loss::<Tensor>(
            &labels,
            None,
            Reduction::Mean,
            -100,
        );
        losses.push(loss.double_value(&[]));
        optimizer.backward_step(&loss);
    }
    expected.assert_same("losses", &Tensor::from_slice(&losses));
    for (name, tensor) in network.named_tensors() {
        expected.assert_same(&format!("trained.{name}"), &tensor);
    }
}

#[test]
fn training_the_courses_network_ends_at_numpys_weights() {
    let _alone = alone();
    let expected = Expected::of("large");
    let mut network = network_of_numbers(LARGE, 16);
    let before = weights(&network);
    // One batch holds all images, so that their order is of no account.
    let config = TrainConfig {
        epochs: STEPS,
        batch_size: 40,
        learning_rate: 0.05,
        momentum: MOMENTUM,
        ..TrainConfig::default()
    };
    let history = train(&mut network, &large_data(), &config, &mut ()).unwrap();
    expected.assert_same("losses", &Tensor::from_slice(&history.losses()));
    for ((name, before), (_, after)) in before.iter().zip(network.named_tensors()) {
        let moved = after.detach().to_kind(Kind::Double) - before.to_kind(Kind::Double);
        expected.assert_like(&format!("moved.{name}"), &moved);
    }
}

#[test]
fn the_stored_numbers_are_those_that_the_script_computes() {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/make_fixture.py");
    let output = Command::new(python).arg("-B").arg(script).arg("--check").output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    assert!(words.contains("all as computed"), "{words}");
}
