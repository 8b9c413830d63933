//! The one place where tensors are copied into and out of the plain vectors of [`sparse_step`].

use anyhow::{Context, Result};
use sparse_step::{Forward, MAX_INPUTS, OUTPUTS, SparseImages, Weights};
use tch::{Kind, Tensor};

use crate::model::{DIGITS, Network, Sizes};

/// Images that are copied from their tensor at a time: a copy of all would need as much memory
/// again.
const CHUNK: i64 = 500;

/// Numbers that are copied into a tensor at a time: few enough for libtorch to do it on the calling
/// thread. Others, once woken, busy-wait on cores that the next epoch needs.
const AT_ONCE: usize = 16_384;

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
    let mut weights = Weights::zeros(sizes);
    copy_in(&network.named_tensors(), &mut weights)?;
    Ok(Some(Forward::new(sizes, &weights)?))
}

/// Whether these are images for [`images`]: `[images, inputs]` of kind float.
pub(crate) fn supports(images: &Tensor, inputs: i64) -> bool {
    images.kind() == Kind::Float && matches!(images.size()[..], [_, n] if n == inputs)
}

/// Copies tensors of these sizes, in the order of [`Network::named_tensors`], if there are any.
///
/// # Errors
/// If libtorch cannot copy them.
pub(crate) fn copy_in(tensors: &[(String, Tensor)], weights: &mut Weights) -> Result<()> {
    for ((name, tensor), numbers) in tensors.iter().zip(weights.parts_mut()) {
        let tensor = tensor.detach().f_contiguous()?;
        tensor
            .f_copy_data(numbers, numbers.len())
            .with_context(|| format!("cannot read {name}"))?;
    }
    Ok(())
}

/// Copies weights or velocities back into their tensors, if there are any.
///
/// # Errors
/// If libtorch cannot copy them.
pub(crate) fn copy_back(weights: &Weights, tensors: &[(String, Tensor)]) -> Result<()> {
    for ((_, tensor), numbers) in tensors.iter().zip(weights.parts()) {
        let tensor = tensor.detach();
        let row = numbers.len() / usize::try_from(tensor.size()[0])?;
        let mut first = 0;
        for numbers in numbers.chunks((AT_ONCE / row).max(1) * row) {
            let count = (numbers.len() / row) as i64;
            let mut rows = tensor.f_narrow(0, first, count)?;
            rows.f_copy_(&Tensor::f_from_slice(numbers)?.f_view_as(&rows)?)?;
            first += count;
        }
    }
    Ok(())
}
