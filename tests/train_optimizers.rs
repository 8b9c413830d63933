//! The optimisers take libtorch's steps, the schedules PyTorch's learning rates.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::ops::ControlFlow;

use anyhow::Result;
use mnist_tutorial::data::Mnist;
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{BatchReport, Observer, Optimizer, Schedule, TrainConfig, train};
use proptest::prelude::*;
use tch::nn::{self, OptimizerConfig};
use train_support::{NARROW, alone, data, distance};

fn config(optimizer: Optimizer, weight_decay: f64) -> TrainConfig {
    let learning_rate = match optimizer {
        Optimizer::Sgd | Optimizer::Nesterov => 0.02,
        _ => 0.001,
    };
    TrainConfig {
        epochs: 3,
        batch_size: 8,
        optimizer,
        weight_decay,
        learning_rate,
        threads: Some(1),
        ..TrainConfig::default()
    }
}

/// The optimiser of libtorch with the same settings.
fn of_libtorch(network: &Network, config: &TrainConfig) -> nn::Optimizer {
    let (variables, rate, wd) = (network.variables(), config.learning_rate, config.weight_decay);
    let momentum = config.momentum;
    match config.optimizer {
        Optimizer::Sgd => nn::Sgd { momentum, wd, ..nn::Sgd::default() }.build(variables, rate),
        Optimizer::Nesterov => {
            nn::Sgd { momentum, wd, nesterov: true, ..nn::Sgd::default() }.build(variables, rate)
        }
        Optimizer::Adam => nn::Adam { wd, ..nn::Adam::default() }.build(variables, rate),
        Optimizer::AdamW => nn::AdamW { wd, ..nn::AdamW::default() }.build(variables, rate),
        Optimizer::RmsProp => nn::RmsProp { wd, ..nn::RmsProp::default() }.build(variables, rate),
    }
    .unwrap()
}

fn by_libtorch(data: &Mnist, config: &TrainConfig) -> Network {
    let network = Network::with_sizes(NARROW, 3).unwrap();
    let mut optimizer = of_libtorch(&network, config);
    for epoch in 1..=config.epochs {
        let batches = data.train.batches(config.batch_size);
        for (images, labels) in batches.shuffle(config.shuffle_seed(epoch)) {
            let loss = network.forward(&images).unwrap().nll_loss(&labels);
            optimizer.backward_step(&loss);
        }
    }
    network
}

#[test]
fn every_optimizer_takes_libtorchs_steps() {
    let _alone = alone();
    let data = data(160, 10);
    for optimizer in Optimizer::ALL {
        for weight_decay in [0.0, 0.01] {
            let config = config(optimizer, weight_decay);
            let mut ours = Network::with_sizes(NARROW, 3).unwrap();
            train(&mut ours, &data, &config, &mut ()).unwrap();
            let theirs = by_libtorch(&data, &config);
            for ((name, a), (_, b)) in ours.named_tensors().iter().zip(theirs.named_tensors()) {
                let far = distance(a, &b);
                assert!(far < 2e-6, "{optimizer}, decay {weight_decay}, {name}: {far:e}");
            }
        }
    }
}

#[test]
fn every_optimizer_learns() {
    let _alone = alone();
    let data = data(400, 100);
    for optimizer in Optimizer::ALL {
        let mut network = Network::with_sizes(NARROW, 3).unwrap();
        let config = TrainConfig { epochs: 8, dropout: 0.2, ..config(optimizer, 1e-4) };
        train(&mut network, &data, &config, &mut ()).unwrap();
        let accuracy = evaluate(&network, &data.test).unwrap().accuracy();
        assert!(accuracy > 0.9, "{optimizer}: {accuracy}");
    }
}

#[test]
fn an_unknown_optimizer_is_named_with_those_there_are() {
    for optimizer in Optimizer::ALL {
        let json = serde_json::to_string(&optimizer).unwrap();
        assert_eq!(json, format!("\"{optimizer}\""));
    }
    let error = serde_json::from_str::<TrainConfig>(r#"{"optimizer": "adagrad"}"#).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("unknown variant `adagrad`") && error.contains("`rmsprop`"), "{error}");
    let error = serde_json::from_str::<TrainConfig>(r#"{"learnig_rate": 1}"#).unwrap_err();
    assert!(error.to_string().contains("unknown field `learnig_rate`"), "{error}");
}

/// Learning rates of ten steps, by PyTorch 2.13: `torch.optim.lr_scheduler` over `SGD(lr=1)`.
/// `OneCycleLR(max_lr=1, total_steps=10, cycle_momentum=False)`,
/// `CosineAnnealingLR(T_max=10)`, `StepLR(step_size=4, gamma=0.5)`.
const ONE_CYCLE: [f64; 10] = [
    0.04,
    0.52,
    1.0,
    0.950484632013,
    0.81174565395,
    0.611262021936,
    0.388741978064,
    0.18825834605,
    0.049519367987,
    4e-06,
];
const COSINE: [f64; 10] = [
    1.0,
    0.975528258148,
    0.904508497187,
    0.793892626146,
    0.654508497187,
    0.5,
    0.345491502813,
    0.206107373854,
    0.095491502813,
    0.024471741852,
];
const STEP: [f64; 10] = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25];

#[test]
fn schedules_give_pytorchs_learning_rates() {
    let step = Schedule::Step { every: 2, factor: 0.5 };
    for (schedule, expected) in
        [(Schedule::OneCycle, ONE_CYCLE), (Schedule::Cosine, COSINE), (step, STEP)]
    {
        let rates: Vec<f64> = (0..10).map(|done| schedule.factor(done, 10, 2)).collect();
        let near = rates.iter().zip(expected).all(|(rate, other)| (rate - other).abs() < 1e-9);
        assert!(near, "{schedule}: {rates:?}, expected {expected:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_schedule_leaves_the_range_from_0_to_1(steps in 1usize..300, part in 0.0..1.0f64) {
        let done = (steps as f64 * part) as usize;
        for schedule in [
            Schedule::Constant,
            Schedule::Step { every: 3, factor: 0.3 },
            Schedule::Cosine,
            Schedule::OneCycle,
        ] {
            let factor = schedule.factor(done, steps, 7);
            prop_assert!(factor > 0.0 && factor <= 1.0, "{} {}", schedule, factor);
        }
    }
}

/// Keeps the learning rates it is told.
#[derive(Default)]
struct Rates(Vec<f64>);

impl Observer for Rates {
    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        assert_eq!(report.step, self.0.len() + 1);
        self.0.push(report.learning_rate);
        Ok(ControlFlow::Continue(()))
    }
}

#[test]
fn training_follows_its_schedule() {
    let _alone = alone();
    let mut rates = (Rates::default(), Rates::default());
    let schedule = Schedule::Step { every: 1, factor: 0.1 };
    let config = TrainConfig { schedule, ..config(Optimizer::Sgd, 0.0) };
    let mut network = Network::with_sizes(NARROW, 3).unwrap();
    train(&mut network, &data(16, 10), &config, &mut rates).unwrap();
    let expected = [0.02, 0.02, 0.002, 0.002, 0.0002, 0.0002];
    assert!(rates.0.0.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", rates.0.0);
    assert_eq!(rates.0.0, rates.1.0, "both of a pair are told the same");
}

#[test]
fn dropout_keeps_the_mean_and_leaves_the_network_whole_in_use() {
    let _alone = alone();
    let data = data(160, 10);
    let train_with = |dropout| {
        let mut network = Network::with_sizes(NARROW, 3).unwrap();
        let config = TrainConfig { dropout, epochs: 1, ..config(Optimizer::Sgd, 0.0) };
        let history = train(&mut network, &data, &config, &mut ()).unwrap();
        (network, history.losses()[0])
    };
    let (_, plain) = train_with(0.0);
    let (network, dropped) = train_with(0.5);
    assert_ne!(plain.to_bits(), dropped.to_bits());
    assert!((plain - dropped).abs() < 0.5, "{plain} against {dropped}");
    let outputs = [(); 2].map(|()| network.forward(&data.test.images).unwrap());
    assert_eq!(distance(&outputs[0], &outputs[1]), 0.0);
}
