//! The processors of others: every set of vector instructions comes to the same weights.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use fearless_simd::{Level, Simd};

use crate::{Parameters, Rule, Sizes, SparseImages, Trainer, Weights};

const SIZES: Sizes = Sizes { inputs: 784, hidden: 300 };

/// Numbers from 0 up to 1 that look random: a linear congruential generator.
fn numbers(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (state >> 40) as f32 / (1 << 24) as f32
    })
}

/// 60 images with some random dots, as many as their digit and 10 more.
fn images() -> (SparseImages, Vec<u8>) {
    let mut random = numbers(5);
    let digits: Vec<u8> = (0..60).map(|_| (random.next().unwrap() * 10.0) as u8).collect();
    let mut pixels = vec![0.0; 60 * SIZES.inputs];
    for (image, digit) in pixels.chunks_mut(SIZES.inputs).zip(&digits) {
        for _ in 0..10 + digit {
            let place = random.next().unwrap() * SIZES.inputs as f32;
            image[place as usize] = random.next().unwrap();
        }
    }
    let mut images = SparseImages::new(SIZES.inputs).unwrap();
    images.push_rows(&pixels).unwrap();
    (images, digits)
}

/// Weights and velocities after two epochs.
fn trained(level: Level, rule: Rule) -> Vec<f32> {
    let (mut weights, mut random) = (Weights::zeros(SIZES), numbers(3));
    for (part, bound) in [
        (&mut weights.hidden_weights, 1.0 / 28.0),
        (&mut weights.hidden_biases, 1.0 / 28.0),
        (&mut weights.output_weights, 0.06),
        (&mut weights.output_biases, 0.06),
    ] {
        part.fill_with(|| bound * (2.0 * random.next().unwrap() - 1.0));
    }
    let mut parameters = Parameters::new(weights);
    let (images, labels) = images();
    let mut trainer = Trainer::with_level(level, SIZES.hidden, images, labels, rule, 8).unwrap();
    for epoch in 0..2 {
        let order: Vec<usize> = (0..60).map(|place| (place * 7 + epoch) % 60).collect();
        let mut losses = 0;
        let flow = trainer.epoch(&mut parameters, &order, &[0.05; 8], 2, &mut |_, loss| {
            losses += usize::from(loss.is_finite());
            ControlFlow::Continue(())
        });
        assert!(flow.unwrap().is_continue());
        assert_eq!(losses, 8);
    }
    let Parameters { weights, velocities } = parameters;
    [weights.parts().concat(), velocities.parts().concat()].concat()
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
        let rule = Rule { momentum: 0.9, weight_decay: 0.01, nesterov };
        let expected = trained(best, rule);
        for level in others.into_iter().flatten() {
            for (ours, expected) in trained(level, rule).iter().zip(&expected) {
                let far = (ours - expected).abs();
                assert!(far < 1e-6, "{level:?}: {far:e}");
            }
        }
    }
}
