//! Images and weights that look random and are the same everywhere.
#![allow(dead_code, clippy::unwrap_used)] // Each test file uses a part of it.

use sparse_step::{OUTPUTS, Parameters, Sizes, SparseImages, Weights};

/// Numbers from 0 up to 1: a linear congruential generator.
pub fn draw(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (state >> 40) as f32 / (1 << 24) as f32
    })
}

/// Labelled images.
pub struct Set {
    pub inputs: usize,
    pub pixels: Vec<f32>,
    pub labels: Vec<u8>,
}

impl Set {
    /// Of the pixels, a share of `lit` is not 0; every fourth of those is negative.
    pub fn new(inputs: usize, count: usize, lit: f32, seed: u64) -> Self {
        let mut random = draw(seed ^ 0xabcd);
        let mut next = move || random.next().unwrap();
        let mut pixel = || match next() < lit {
            true => next() - 0.25,
            false => 0.0,
        };
        let pixels = (0..inputs * count).map(|_| pixel()).collect();
        let labels = draw(seed ^ 0x1234).take(count).map(|number| (number * 10.0) as u8).collect();
        Self { inputs, pixels, labels }
    }

    pub fn image(&self, index: usize) -> &[f32] {
        &self.pixels[index * self.inputs..][..self.inputs]
    }

    pub fn sparse(&self) -> SparseImages {
        let mut images = SparseImages::new(self.inputs).unwrap();
        images.push_rows(&self.pixels).unwrap();
        images
    }
}

/// Weights as PyTorch draws them, evenly within 1/√inputs of a layer, and no velocity.
pub fn start(sizes: Sizes, seed: u64) -> Parameters {
    let Sizes { inputs, hidden } = sizes;
    let mut random = draw(seed);
    let mut even = |count: usize, inputs: usize| {
        let bound = 1.0 / (inputs as f32).sqrt();
        random.by_ref().take(count).map(|number| bound * (2.0 * number - 1.0)).collect()
    };
    let weights = Weights {
        hidden_weights: even(hidden * inputs, inputs),
        hidden_biases: even(hidden, inputs),
        output_weights: even(OUTPUTS * hidden, hidden),
        output_biases: even(OUTPUTS, hidden),
    };
    Parameters::new(weights)
}
