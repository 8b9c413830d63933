//! Dropout: for each training image, some of the hidden neurons are left out.

use anyhow::Result;
use tch::Tensor;

use crate::data::random::Random;

/// Draws which neurons stay; another draw for each image, the same for the same seed.
///
/// Source: Srivastava and others, "Dropout", 2014, with what stays scaled up during training,
/// as PyTorch's `Dropout` does, so that nothing changes when the network is used.
pub(super) struct Dropout {
    probability: f64,
    random: Random,
}

impl Dropout {
    /// Drops each neuron with this probability, [0, 1); `None` if it is 0.
    pub(super) fn new(probability: f64, seed: u64) -> Option<Self> {
        (probability > 0.0).then(|| Self { probability, random: Random::new(!seed) })
    }

    /// Sets dropped activations to 0: `[batch, hidden]` -> `[batch, hidden]`.
    pub(super) fn apply(&mut self, hidden: &Tensor) -> Result<Tensor> {
        let limit = (self.probability * 2f64.powi(32)) as u64;
        let stays = (1.0 / (1.0 - self.probability)) as f32;
        let mask: Vec<f32> = (0..hidden.numel())
            .map(|_| if self.random.below(1 << 32) < limit { 0.0 } else { stays })
            .collect();
        Ok(hidden.f_mul(&Tensor::f_from_slice(&mask)?.f_view(hidden.size().as_slice())?)?)
    }
}
