//! Dropout: for each training image, some of the hidden neurons are left out.

use anyhow::Result;
use tch::Tensor;

use crate::data::random::Random;

/// Sets each activation to 0 with a probability, [0, 1): `[batch, hidden]` -> `[batch, hidden]`.
///
/// Source: Srivastava and others, "Dropout", 2014, with what stays scaled up during training,
/// as PyTorch's `Dropout` does, so that nothing changes when the network is used.
pub(super) fn drop_out(hidden: &Tensor, probability: f64, random: &mut Random) -> Result<Tensor> {
    let limit = (probability * 2f64.powi(32)) as u64;
    let stays = (1.0 / (1.0 - probability)) as f32;
    let mask: Vec<f32> = (0..hidden.numel())
        .map(|_| if random.below(1 << 32) < limit { 0.0 } else { stays })
        .collect();
    Ok(hidden.f_mul(&Tensor::f_from_slice(&mask)?.f_view(hidden.size().as_slice())?)?)
}
