//! Training does what a loop written by hand in plain `tch` does, and does it again.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::ops::ControlFlow;

use anyhow::Result;
use mnist_tutorial::data::Mnist;
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::train::{BatchReport, GradientMethod, History, Observer, TrainConfig, train};
use tch::nn::{self, Init, LinearConfig, Module, OptimizerConfig};
use tch::{Device, Kind};
use train_support::{NARROW, WIDE, alone, data, weight_bits};

/// Settings for a short training in batches of which the last is short.
fn short() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 8,
        learning_rate: 0.05,
        threads: Some(1),
        ..TrainConfig::default()
    }
}

/// Losses and final weights of a new network.
fn run(data: &Mnist, config: &TrainConfig, network_seed: u64) -> (History, Vec<u32>) {
    run_with(NARROW, data, config, network_seed)
}

fn run_with(
    sizes: Sizes,
    data: &Mnist,
    config: &TrainConfig,
    network_seed: u64,
) -> (History, Vec<u32>) {
    let mut network = Network::with_sizes(sizes, network_seed).unwrap();
    let history = train(&mut network, data, config, &mut ()).unwrap();
    (history, weight_bits(&network))
}

/// Bits, so that not even the last one may differ.
fn bits_of(losses: &[f64]) -> Vec<u64> {
    losses.iter().map(|loss| loss.to_bits()).collect()
}

/// The training written out by hand; at most `steps` batches.
fn by_hand(
    sizes: Sizes,
    seed: i64,
    data: &Mnist,
    config: &TrainConfig,
    steps: usize,
) -> (Vec<f64>, Vec<u32>) {
    let threads = tch::get_num_threads();
    tch::set_num_threads(1);
    let layer = |path: nn::Path, inputs: i64, outputs: i64| {
        let bound = 1.0 / (inputs as f64).sqrt();
        let even = Init::Uniform { lo: -bound, up: bound };
        let config = LinearConfig { ws_init: even, bs_init: Some(even), bias: true };
        nn::linear(path, inputs, outputs, config)
    };
    tch::manual_seed(seed);
    let variables = nn::VarStore::new(Device::Cpu);
    let hidden = layer(variables.root() / "first", sizes.inputs, sizes.hidden);
    let output = layer(variables.root() / "second", sizes.hidden, sizes.outputs);
    let mut optimizer = nn::Sgd { momentum: config.momentum, ..nn::Sgd::default() }
        .build(&variables, config.learning_rate)
        .unwrap();
    let mut losses = Vec::new();
    'training: for epoch in 1..=config.epochs {
        let batches = data.train.batches(config.batch_size);
        for (images, labels) in batches.shuffle(config.shuffle_seed(epoch)) {
            if losses.len() == steps {
                break 'training;
            }
            let logits = output.forward(&hidden.forward(&images).leaky_relu());
            let loss = logits.log_softmax(-1, Kind::Float).nll_loss(&labels);
            losses.push(loss.double_value(&[]));
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
    }
    tch::set_num_threads(threads);
    let weights = [&hidden, &output]
        .into_iter()
        .flat_map(|layer| [&layer.ws, layer.bs.as_ref().unwrap()])
        .flat_map(|tensor| Vec::<f32>::try_from(tensor.flatten(0, -1)).unwrap())
        .map(f32::to_bits)
        .collect();
    (losses, weights)
}

#[test]
fn training_is_the_loop_one_would_write_by_hand() {
    let _alone = alone();
    let data = data(52, 10);
    for (momentum, learning_rate, seed) in [(0.9, 0.05, 4), (0.0, 0.2, 5)] {
        let step = GradientMethod::Autograd;
        let config = TrainConfig { momentum, learning_rate, seed: 11, gradients: step, ..short() };
        let (losses, weights) = by_hand(NARROW, seed, &data, &config, usize::MAX);
        let (history, trained) = run(&data, &config, seed as u64);
        assert_eq!(losses.len(), 3 * 7);
        assert_eq!(bits_of(&history.batch_losses), bits_of(&losses));
        assert!(trained == weights, "the weights differ, momentum {momentum}");
    }
}

/// Stops a training after one batch.
struct StopAt {
    epoch: usize,
    batch: usize,
}

impl Observer for StopAt {
    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        match (report.epoch, report.batch) == (self.epoch, self.batch) {
            true => Ok(ControlFlow::Break(())),
            false => Ok(ControlFlow::Continue(())),
        }
    }
}

#[test]
fn a_stopped_training_leaves_the_network_with_what_it_had_learnt() {
    let _alone = alone();
    let data = data(52, 10);
    let (losses, weights) = by_hand(NARROW, 6, &data, &short(), 7 + 2);
    let mut network = Network::with_sizes(NARROW, 6).unwrap();
    let mut stop = StopAt { epoch: 2, batch: 2 };
    let history = train(&mut network, &data, &short(), &mut stop).unwrap();
    assert_eq!(bits_of(&history.batch_losses), bits_of(&losses));
    assert!(weight_bits(&network) == weights, "the weights are not those of 9 steps");
}

#[test]
fn the_same_seeds_and_threads_give_the_same_bits() {
    let _alone = alone();
    let data = data(130, 10);
    for threads in [1, 2] {
        let config = TrainConfig { threads: Some(threads), batch_size: 60, ..short() };
        let (first, first_weights) = run_with(WIDE, &data, &config, 1);
        tch::manual_seed(12345);
        let (second, second_weights) = run_with(WIDE, &data, &config, 1);
        assert_eq!(bits_of(&first.batch_losses), bits_of(&second.batch_losses));
        assert_eq!(bits_of(&first.losses()), bits_of(&second.losses()));
        assert!(first_weights == second_weights, "{threads} threads");
    }
}

#[test]
fn another_seed_gives_other_numbers() {
    let _alone = alone();
    let data = data(52, 10);
    let (history, weights) = run(&data, &short(), 1);
    let (other_order, other_weights) = run(&data, &TrainConfig { seed: 1, ..short() }, 1);
    assert!(weights != other_weights);
    assert_ne!(bits_of(&history.batch_losses), bits_of(&other_order.batch_losses));
    let (other_network, other_weights) = run(&data, &short(), 2);
    assert!(weights != other_weights);
    assert_ne!(bits_of(&history.batch_losses), bits_of(&other_network.batch_losses));
}

#[test]
fn every_epoch_has_an_order_of_its_own() {
    let _alone = alone();
    let data = data(24, 10);
    // Steps too small to change a weight: only the order can change a batch's loss.
    let config = TrainConfig { learning_rate: 1e-30, epochs: 4, ..short() };
    let (history, weights) = run(&data, &config, 1);
    assert!(weights == weight_bits(&Network::with_sizes(NARROW, 1).unwrap()));
    let epochs: Vec<Vec<u64>> = history.batch_losses.chunks(3).map(bits_of).collect();
    for (index, epoch) in epochs.iter().enumerate() {
        assert!(!epochs[..index].contains(epoch), "epoch {} repeats an order", index + 1);
    }
    // Each still takes every image once, so with equal batches the mean stays.
    let losses = history.losses();
    assert!(losses.iter().all(|loss| (loss - losses[0]).abs() < 1e-6), "{losses:?}");
}

#[test]
fn testing_every_epoch_changes_nothing_of_what_is_learnt() {
    let _alone = alone();
    let data = data(52, 30);
    let (history, weights) = run(&data, &short(), 1);
    let (tested, tested_weights) =
        run(&data, &TrainConfig { test_every_epoch: true, ..short() }, 1);
    assert_eq!(bits_of(&history.batch_losses), bits_of(&tested.batch_losses));
    assert!(weights == tested_weights);
}

#[test]
fn the_number_of_threads_is_put_back_even_after_an_error() {
    let _alone = alone();
    let before = tch::get_num_threads();
    for threads in [1, 3] {
        let config = TrainConfig { threads: Some(threads), ..short() };
        run(&data(16, 10), &config, 1);
        assert_eq!(tch::get_num_threads(), before);
        let mut network = Network::with_sizes(NARROW, 1).unwrap();
        let diverging = TrainConfig { learning_rate: 1e30, ..config };
        assert!(train(&mut network, &data(52, 10), &diverging, &mut ()).is_err());
        assert_eq!(tch::get_num_threads(), before);
    }
}

#[test]
fn training_computes_with_the_threads_it_was_given() {
    let _alone = alone();
    struct Threads(Vec<i32>);
    impl Observer for Threads {
        fn on_batch(&mut self, _: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
            self.0.push(tch::get_num_threads());
            Ok(ControlFlow::Continue(()))
        }
    }
    let cores = std::thread::available_parallelism().unwrap().get() as i32;
    for (threads, expected) in [(Some(1), 1..=1), (Some(2), 2..=2), (None, 1..=cores)] {
        let mut seen = Threads(Vec::new());
        let mut network = Network::with_sizes(NARROW, 1).unwrap();
        let config = TrainConfig { threads, ..short() };
        train(&mut network, &data(16, 10), &config, &mut seen).unwrap();
        assert_eq!(seen.0.len(), 6);
        assert!(seen.0.iter().all(|threads| expected.contains(threads)), "{:?}", seen.0);
    }
}

#[test]
fn digits_that_can_be_told_apart_are_learnt() {
    let _alone = alone();
    let data = data(400, 100);
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    assert!(evaluate(&network, &data.test).unwrap().accuracy() < 0.5);
    let config = TrainConfig { epochs: 5, ..short() };
    let history = train(&mut network, &data, &config, &mut ()).unwrap();
    assert!(history.losses().is_sorted_by(|a, b| a > b), "{:?}", history.losses());
    let accuracy = evaluate(&network, &data.test).unwrap().accuracy();
    assert!(accuracy > 0.95, "{accuracy}");
}
