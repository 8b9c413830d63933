//! Threads, epochs that end early, and what is refused.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::ops::ControlFlow;

use sparse_step::{Error, Forward, MAX_INPUTS, Parameters, Rule, Sizes, SparseImages, Trainer};
use support::{Set, start};

const SIZES: Sizes = Sizes { inputs: 100, hidden: 600 };
const RULE: Rule = Rule { momentum: 0.9, weight_decay: 0.01, nesterov: false };
const COUNT: usize = 50;
const ORDER: [usize; COUNT] = {
    let mut order = [0; COUNT];
    let mut place = 0;
    while place < COUNT {
        order[place] = place * 7 % COUNT;
        place += 1;
    }
    order
};

fn trainer(batch_size: usize) -> Trainer {
    let set = Set::new(SIZES.inputs, COUNT, 0.1, 1);
    Trainer::new(SIZES.hidden, set.sparse(), set.labels, RULE, batch_size).unwrap()
}

/// Trains for an epoch in batches of 8; ends it after the loss of batch `last`.
fn trained(threads: usize, rate: f64, last: usize) -> (Parameters, Vec<u64>, bool) {
    let mut parameters = start(SIZES, 1);
    let mut losses = Vec::new();
    let mut listen = |batch, loss: f64| {
        losses.push(loss.to_bits());
        if batch < last { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let flow = trainer(8).epoch(&mut parameters, &ORDER, &[rate; 7], threads, &mut listen);
    let ended_early = flow.unwrap().is_break();
    (parameters, losses, ended_early)
}

#[test]
fn the_number_of_threads_changes_not_a_bit() {
    for last in [0, 3, 100] {
        let expected = trained(1, 0.05, last);
        assert_eq!(expected.2, last < 100);
        for threads in [2, 3, 7, 100] {
            assert!(trained(threads, 0.05, last) == expected, "{threads} threads to {last}");
        }
    }
}

#[test]
fn an_epoch_that_ends_early_leaves_what_was_learnt() {
    let (parameters, losses, _) = trained(2, 0.05, 2);
    assert_eq!(losses.len(), 3);
    let mut expected = start(SIZES, 1);
    let mut listen = |_, _| ControlFlow::Continue(());
    let flow = trainer(8).epoch(&mut expected, &ORDER[..24], &[0.05; 3], 1, &mut listen);
    assert!(flow.unwrap().is_continue());
    assert!(parameters == expected);
}

#[test]
fn a_loss_that_is_nan_or_infinite_ends_the_epoch_before_its_update() {
    for threads in [1, 3] {
        let (parameters, losses, ended_early) = trained(threads, 1e30, 100);
        let last = f64::from_bits(*losses.last().unwrap());
        assert!(ended_early && !last.is_finite() && losses.len() < 7, "{losses:?}");
        let (expected, ..) = trained(1, 1e30, losses.len() - 2);
        // Compared as text, since NaN is not equal to itself.
        assert!(format!("{parameters:?}") == format!("{expected:?}"));
    }
}

#[test]
fn an_epoch_of_no_image_changes_nothing() {
    let mut parameters = start(SIZES, 1);
    let flow = trainer(8).epoch(&mut parameters, &[], &[], 2, &mut |_, _| panic!("no batch"));
    assert!(flow.unwrap().is_continue() && parameters == start(SIZES, 1));
}

fn message<T>(result: Result<T, Error>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn what_does_not_fit_is_refused_with_what_was_expected() {
    let set = Set::new(SIZES.inputs, COUNT, 0.1, 1);
    let new = |hidden, labels: &[u8], batch_size| {
        message(Trainer::new(hidden, set.sparse(), labels.to_vec(), RULE, batch_size))
    };
    assert_eq!(new(0, &set.labels, 8), "hidden: 0, expected 1 or more");
    assert_eq!(new(4, &set.labels, 0), "batch_size: 0, expected 1 or more");
    assert_eq!(new(4, &set.labels[1..], 8), "labels: 49 numbers, expected 50");
    assert_eq!(new(4, &[10; COUNT], 8), "label 10, expected one below 10");
    let none = SparseImages::new(5).unwrap();
    assert!(message(Trainer::new(4, none, vec![], RULE, 8)).starts_with("images: 0, expected"));

    let before = start(SIZES, 1);
    let refusal = |parameters: &Parameters, order: &[usize], rates: &[f64]| {
        let mut parameters = parameters.clone();
        let mut listen = |_, _| panic!("a batch was trained");
        message(trainer(8).epoch(&mut parameters, order, rates, 2, &mut listen))
    };
    assert_eq!(refusal(&before, &[3, 50], &[0.1]), "order: image 50, expected one below 50");
    assert_eq!(refusal(&before, &ORDER, &[0.1; 6]), "rates: 6 numbers, expected 7");
    let mut short = before.clone();
    short.velocities.output_weights.pop();
    assert_eq!(refusal(&short, &ORDER, &[0.1; 7]), "output_weights: 5999 numbers, expected 6000");

    for inputs in [0, MAX_INPUTS + 1] {
        assert!(message(SparseImages::new(inputs)).contains("pixels, expected 1 to 65535"));
    }
    let mut images = SparseImages::new(3).unwrap();
    assert_eq!(message(images.push_rows(&[0.0; 7])), "images: 7 numbers, expected a multiple of 3");
    assert!(images.is_empty());
    assert!(message(Forward::new(Sizes { hidden: 5, ..SIZES }, &before.weights)).contains("600"));
    let mut forward = Forward::new(SIZES, &before.weights).unwrap();
    assert!(message(forward.log_probabilities(&images)).contains("3 numbers, expected 100"));
}
