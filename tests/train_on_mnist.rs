//! The figures that the course prints, on the real digits: those of PyTorch.
//!
//! Both tests need the files of MNIST, in `data/` or where `MNIST_DIR` says. The one over 18
//! epochs takes minutes:
//! `cargo test --test train_on_mnist -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use mnist_tutorial::data::Mnist;
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{EpochReport, TrainConfig, train};
use train_support::{alone, mnist};

/// One training with the course's settings.
fn run(mnist: &Mnist, epochs: usize, seed: u64) -> Vec<EpochReport> {
    let mut network = Network::new(seed).unwrap();
    let config = TrainConfig {
        epochs,
        seed,
        threads: Some(1),
        test_every_epoch: true,
        ..TrainConfig::default()
    };
    let history = train(&mut network, mnist, &config, &mut ()).unwrap();
    assert_eq!((history.epochs.len(), history.batch_losses.len()), (epochs, 2000 * epochs));
    history.epochs
}

fn assert_first(report: &EpochReport) {
    assert!((0.50..=0.52).contains(&report.loss), "{report}");
    assert!((0.915..=0.927).contains(&report.accuracy.unwrap()), "{report}");
}

#[test]
fn the_first_epoch_ends_where_pytorchs_does() {
    let _alone = alone();
    let Some(mnist) = mnist() else { return };
    assert_first(&run(&mnist, 1, 0)[0]);
}

#[test]
#[ignore = "takes minutes"]
fn eighteen_epochs_reach_98_percent_whatever_the_seed() {
    let _alone = alone();
    let Some(mnist) = mnist() else { return };
    let mut accuracies = Vec::new();
    for seed in 0..3 {
        let epochs = run(&mnist, 18, seed);
        println!("seed {seed}: {}; {}", epochs[0], epochs[17]);
        assert_first(&epochs[0]);
        accuracies.push(epochs[17].accuracy.unwrap());
    }
    assert!(accuracies.iter().all(|accuracy| (0.977..=0.982).contains(accuracy)), "{accuracies:?}");
    let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
    assert!(mean >= 0.978, "{mean}");
}
