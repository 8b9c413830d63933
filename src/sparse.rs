//! The one place where tensors are copied into and out of the plain vectors of [`sparse_step`].

use anyhow::{Context, Result};
use sparse_step::{Forward, MAX_INPUTS, OUTPUTS, SparseImages, Weights};
use tch::{Kind, Tensor};

use crate::model::{DIGITS, Network, Sizes};

/// Images that are copied from their tensor at a time: a copy of all would need as much memory
/// again.
const CHUNK: i64 = 500;

const _: () = assert!(OUTPUTS as i64 == DIGITS);

/// The sizes as [`sparse_step`] takes them, or `None` if it does not support them: 10 outputs,
/// and at most [`MAX_INPUTS`] inputs.
pub(crate) fn sizes(Sizes { inputs, hidden, outputs }: Sizes) -> Option<sparse_step::Sizes> {
    let (inputs, hidden) = (usize::try_from(inputs).ok()?, usize::try_from(hidden).ok()?);
    (outputs == DIGITS && inputs <= MAX_INPUTS).then_some(sparse_step::Sizes { inputs, hidden })
}

/// Copies the pixels that are not 0 of `images`, `[n, inputs]` of kind float.
///
/// # Errors
/// If `images` is of another shape or kind, or has more inputs than [`MAX_INPUTS`].
pub(crate) fn images(images: &Tensor) -> Result<SparseImages> {
    let (count, inputs) = images.size2()?;
    let mut sparse = SparseImages::new(usize::try_from(inputs)?)?;
    let mut numbers = vec![0.0; (CHUNK.min(count) * inputs) as usize];
    for first in (0..count).step_by(CHUNK as usize) {
        let rows = images.f_narrow(0, first, (count - first).min(CHUNK))?.f_contiguous()?;
        let numbers = &mut numbers[..rows.numel()];
        rows.f_copy_data(numbers, numbers.len()).context("cannot read the images")?;
        sparse.push_rows(numbers)?;
    }
    Ok(sparse)
}

/// A network's forward pass, or `None` if [`sizes`] does not support it.
///
/// # Errors
/// If libtorch cannot copy the weights.
pub(crate) fn forward(network: &Network) -> Result<Option<Forward>> {
    let Some(sizes) = sizes(network.sizes()) else { return Ok(None) };
    Ok(Some(Forward::new(sizes, &weights(&network.named_tensors())?)?))
}

/// Whether these are images for [`images`]: `[images, inputs]` of kind float.
pub(crate) fn supports(images: &Tensor, inputs: i64) -> bool {
    images.kind() == Kind::Float && matches!(images.size()[..], [_, n] if n == inputs)
}

/// Copies a network's tensors, or its velocities, in the order of [`Network::named_tensors`].
///
/// # Errors
/// If libtorch cannot copy them.
pub(crate) fn weights(tensors: &[(String, Tensor)]) -> Result<Weights> {
    let mut parts = [const { Vec::new() }; 4];
    for ((name, tensor), part) in tensors.iter().zip(&mut parts) {
        let numbers = tensor.detach().f_contiguous()?.f_view([-1])?;
        *part = Vec::try_from(&numbers).with_context(|| format!("cannot read {name}"))?;
    }
    Ok(Weights::from_parts(parts))
}

/// Copies weights or velocities back into their tensors, if there are any.
///
/// # Errors
/// If libtorch cannot copy them.
pub(crate) fn copy_back(weights: &Weights, tensors: &[(String, Tensor)]) -> Result<()> {
    for ((_, tensor), numbers) in tensors.iter().zip(weights.parts()) {
        let source = Tensor::f_from_slice(numbers)?.f_view_as(tensor)?;
        tensor.detach().f_copy_(&source)?;
    }
    Ok(())
}
