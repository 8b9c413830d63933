//! The processors of others: every set of vector instructions comes to the same weights.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use fearless_simd::{Level, Simd};
use tch::{Kind, Tensor};

use super::{ByHand, Epoch, Rule};
use crate::data::Split;
use crate::model::{Network, Sizes};

/// 60 pictures with some random dots, as many as their digit and 10 more.
fn pictures() -> Split {
    let mut random = crate::data::random::Random::new(5);
    let digits: Vec<u8> = (0..60).map(|_| random.below(10) as u8).collect();
    let mut pixels = vec![0; 60 * 784];
    for (picture, digit) in pixels.chunks_mut(784).zip(&digits) {
        for _ in 0..10 + digit {
            picture[random.below(784) as usize] = random.below(256) as u8;
        }
    }
    Split::new(pixels, digits).unwrap()
}

/// Weights and velocities after two epochs.
fn trained(level: Level, rule: Rule) -> Vec<Tensor> {
    let sizes = Sizes { hidden: 300, ..Sizes::default() };
    let network = Network::with_sizes(sizes, 3).unwrap();
    let named = network.named_tensors();
    let velocities: Vec<(String, Tensor)> =
        named.iter().map(|(name, tensor)| (name.clone(), tensor.detach().zeros_like())).collect();
    let given =
        || velocities.iter().map(|(name, tensor)| (name.clone(), tensor.shallow_clone())).collect();
    let mut by_hand = ByHand::with_level(level, &network, &pictures(), rule, 8).unwrap();
    for seed in 0..2 {
        let epoch = Epoch { seed, rates: &[0.05; 8], threads: 2 };
        let mut losses = 0;
        let flow = by_hand.epoch(&network, given(), &epoch, &mut |_, loss| {
            losses += usize::from(loss.is_finite());
            Ok(ControlFlow::Continue(()))
        });
        assert!(flow.unwrap().is_continue());
        assert_eq!(losses, 8);
    }
    let tensors = named.into_iter().chain(velocities);
    tensors.map(|(_, tensor)| tensor.detach().to_kind(Kind::Double)).collect()
}

#[test]
fn every_set_of_vector_instructions_comes_to_the_same_weights() {
    let best = Level::new();
    let others = [
        best.as_avx2().map(Simd::level),
        best.as_sse4_2().map(Simd::level),
        best.as_sse2().map(Simd::level),
    ];
    for nesterov in [false, true] {
        let rule = Rule { momentum: 0.9, decay: 0.01, nesterov };
        let expected = trained(best, rule);
        for level in others.into_iter().flatten() {
            for (ours, expected) in trained(level, rule).iter().zip(&expected) {
                let far = (ours - expected).abs().max().double_value(&[]);
                assert!(far < 1e-6, "{level:?}: {far:e}");
            }
        }
    }
}
