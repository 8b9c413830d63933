//! A new network's weights are PyTorch's: evenly from -1/√inputs to 1/√inputs, and a seed's own.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::thread;

use mnist_tutorial::model::{Network, Sizes};
use proptest::prelude::*;
use tch::{Kind, Tensor};
use train_support::{alone, weight_bits};

/// Fails unless `count` numbers look drawn evenly from -bound to bound.
fn assert_even(name: &str, tensor: &Tensor, bound: f64) {
    let numbers: Vec<f64> =
        Vec::try_from(tensor.detach().to_kind(Kind::Double).flatten(0, -1)).unwrap();
    let count = numbers.len() as f64;
    let largest = numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    // An f32 may round the bound up by one part in 2^24.
    assert!(largest <= bound * (1.0 + 1e-7), "{name}: {largest} is beyond {bound}");
    assert!(largest > bound * (1.0 - 10.0 / count), "{name}: only up to {largest} of {bound}");
    // Five times what the mean of `count` even numbers usually strays.
    let mean = numbers.iter().sum::<f64>() / count;
    let stray = 5.0 * bound / (3.0 * count).sqrt();
    assert!(mean.abs() < stray, "{name}: mean {mean}, expected 0 ± {stray}");
    // An even distribution's variance is bound² / 3; the square's own variance 4/45 bound⁴.
    let variance = numbers.iter().map(|number| number * number).sum::<f64>() / count;
    let ratio = variance / (bound * bound / 3.0);
    let stray = 5.0 * (0.8 / count).sqrt();
    assert!((ratio - 1.0).abs() < stray, "{name}: {ratio} of the variance, expected 1 ± {stray}");
    // As many in each tenth of the range as in the next.
    if count >= 10_000.0 {
        let mut tenths = [0.0; 10];
        for number in numbers {
            tenths[(((number + bound) / bound * 5.0) as usize).min(9)] += 1.0;
        }
        let stray = 5.0 * (0.09 * count).sqrt();
        assert!(
            tenths.iter().all(|tenth: &f64| (tenth - count / 10.0).abs() < stray),
            "{name}: {tenths:?}"
        );
    }
}

#[test]
fn weights_and_biases_are_drawn_evenly_from_pytorchs_range() {
    let _alone = alone();
    for seed in [0, 1, 2026] {
        let network = Network::new(seed).unwrap();
        let bounds = [784.0, 784.0, 490.0, 490.0].map(|inputs: f64| 1.0 / inputs.sqrt());
        for ((name, tensor), bound) in network.named_tensors().iter().zip(bounds) {
            match name.as_str() {
                // Ten numbers: too few for a mean.
                "2.bias" => assert!(tensor.abs().max().double_value(&[]) <= bound),
                _ => assert_even(name, tensor, bound),
            }
        }
    }
}

#[test]
fn the_courses_network_holds_the_tensors_that_pytorch_names() {
    let _alone = alone();
    let network = Network::new(0).unwrap();
    let shapes: Vec<(String, Vec<i64>)> = network
        .named_tensors()
        .iter()
        .map(|(name, tensor)| (name.clone(), tensor.size()))
        .collect();
    let expected = [
        ("0.weight", vec![490, 784]),
        ("0.bias", vec![490]),
        ("2.weight", vec![10, 490]),
        ("2.bias", vec![10]),
    ];
    assert_eq!(shapes, expected.map(|(name, shape)| (name.to_string(), shape)));
    assert_eq!(network.parameters(), 784 * 490 + 490 + 490 * 10 + 10);
    assert_eq!(network.sizes(), Sizes::default());
    assert_eq!(network.variables().trainable_variables().len(), 4);
    let mut names: Vec<String> = network.variables().variables().into_keys().collect();
    names.sort();
    assert_eq!(names, ["0.bias", "0.weight", "2.bias", "2.weight"]);
}

#[test]
fn a_seed_gives_the_same_weights_again_and_another_seed_others() {
    let _alone = alone();
    let first = weight_bits(&Network::new(7).unwrap());
    tch::manual_seed(99);
    assert_eq!(first, weight_bits(&Network::new(7).unwrap()));
    let other = weight_bits(&Network::new(8).unwrap());
    let same = first.iter().zip(&other).filter(|(a, b)| a == b).count();
    assert!(same < first.len() / 100, "{same} of {} weights are the same", first.len());
}

#[test]
fn networks_made_in_several_threads_at_once_are_those_of_their_seeds() {
    let _alone = alone();
    let expected: Vec<Vec<u32>> =
        (0..4).map(|seed| weight_bits(&Network::new(seed).unwrap())).collect();
    for _ in 0..5 {
        let threads: Vec<_> = (0..4)
            .map(|seed| thread::spawn(move || weight_bits(&Network::new(seed).unwrap())))
            .collect();
        for (thread, expected) in threads.into_iter().zip(&expected) {
            assert!(thread.join().unwrap() == *expected, "a seed's weights changed");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_network_of_any_sizes_stays_in_its_range_and_gives_log_probabilities(
        inputs in 1i64..60,
        hidden in 1i64..60,
        outputs in 1i64..12,
        images in 0i64..9,
        seed in any::<u64>(),
    ) {
        let _alone = alone();
        let sizes = Sizes { inputs, hidden, outputs };
        let network = Network::with_sizes(sizes, seed).unwrap();
        prop_assert_eq!(network.sizes(), sizes);
        let counted = (inputs + 1) * hidden + (hidden + 1) * outputs;
        prop_assert_eq!(network.parameters() as i64, counted);
        for (name, tensor) in network.named_tensors() {
            let fan_in = if name.starts_with('0') { inputs } else { hidden };
            let bound = 1.0 / (fan_in as f64).sqrt();
            prop_assert!(tensor.abs().max().double_value(&[]) <= bound * (1.0 + 1e-7));
        }
        let batch = Tensor::full([images, inputs], 0.5, (Kind::Float, tch::Device::Cpu));
        let outputs_found = network.forward(&batch).unwrap();
        prop_assert_eq!(outputs_found.size(), vec![images, outputs]);
        let sums: Vec<f64> =
            Vec::try_from(outputs_found.exp().sum_dim_intlist(-1, false, Kind::Double)).unwrap();
        prop_assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{:?}", sums);
        prop_assert_eq!(network.predict(&batch).unwrap().size(), vec![images]);
    }
}
