//! The weights of some hidden neurons, as the step wants them in memory.

use anyhow::Result;
use tch::{IndexOp, Tensor};

use super::aligned::Aligned;
use super::{OUTPUTS, Parameters};

/// Some neighbouring hidden neurons with everything that belongs to them. No two tiles share
/// a number that is written, so each can be worked on by a thread of its own.
///
/// Rows are `width` long, the number of neurons; where the hidden layer ends before, the rest
/// is 0 and stays 0.
#[derive(Debug)]
pub(super) struct Tile {
    /// First of the hidden neurons.
    first: usize,
    /// How many of them are really there, at most `width`.
    count: usize,
    pub(super) width: usize,
    /// From the inputs: `[inputs, width]`.
    pub(super) weights: Pair,
    /// `[width]`
    pub(super) biases: Pair,
    /// To the outputs: `[OUTPUTS, width]`.
    pub(super) outputs: Pair,
    /// Activations of the batch at hand, `[batch, width]`.
    pub(super) hidden: Aligned,
    /// Derivatives of the loss by the sums before the LeakyReLU, `[batch, width]`.
    pub(super) deltas: Aligned,
}

/// Weights and their velocities.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) weights: Aligned,
    pub(super) velocities: Aligned,
}

impl Pair {
    fn zeros(length: usize) -> Self {
        Self { weights: Aligned::zeros(length), velocities: Aligned::zeros(length) }
    }

    /// Weights first, then velocities.
    fn both(&mut self) -> [&mut Aligned; 2] {
        [&mut self.weights, &mut self.velocities]
    }
}

impl Tile {
    /// Tiles for `hidden` neurons with room for `batch` images, all numbers 0.
    pub(super) fn for_layer(inputs: usize, hidden: usize, width: usize, batch: usize) -> Vec<Self> {
        let tiles = (0..hidden).step_by(width).map(|first| Self {
            first,
            count: width.min(hidden - first),
            width,
            weights: Pair::zeros(inputs * width),
            biases: Pair::zeros(width),
            outputs: Pair::zeros(OUTPUTS * width),
            hidden: Aligned::zeros(batch * width),
            deltas: Aligned::zeros(batch * width),
        });
        tiles.collect()
    }

    /// Copies weights and velocities in.
    pub(super) fn read(&mut self, parameters: &Parameters) -> Result<()> {
        let (first, count, width) = (self.first, self.count, self.width);
        let neurons = first as i64..(first + count) as i64;
        for (kind, tensors) in parameters.kinds() {
            // [hidden, inputs] -> [inputs, count]
            let rows = tensors[0].i(neurons.clone()).tr();
            read_rows(&rows, &mut self.weights.both()[kind][..], width)?;
            let biases = tensors[1].i(neurons.clone()).unsqueeze(0);
            read_rows(&biases, &mut self.biases.both()[kind][..], width)?;
            let outputs = tensors[2].i((.., neurons.clone()));
            read_rows(&outputs, &mut self.outputs.both()[kind][..], width)?;
        }
        Ok(())
    }

    /// Copies weights and velocities out again.
    pub(super) fn write(&mut self, parameters: &Parameters) -> Result<()> {
        let (first, count, width) = (self.first, self.count, self.width);
        let neurons = first as i64..(first + count) as i64;
        for (kind, tensors) in parameters.kinds() {
            let rows = tensors[0].i(neurons.clone()).tr();
            write_rows(rows, &self.weights.both()[kind][..], width)?;
            let biases = tensors[1].i(neurons.clone()).unsqueeze(0);
            write_rows(biases, &self.biases.both()[kind][..], width)?;
            let outputs = tensors[2].i((.., neurons.clone()));
            write_rows(outputs, &self.outputs.both()[kind][..], width)?;
        }
        Ok(())
    }
}

/// `[rows, count]` into rows of `width`.
fn read_rows(source: &Tensor, target: &mut [f32], width: usize) -> Result<()> {
    let source = source.f_contiguous()?;
    let count = usize::try_from(source.size2()?.1)?;
    let mut numbers = vec![0.0; source.numel()];
    source.f_copy_data(&mut numbers, source.numel())?;
    for (row, numbers) in target.chunks_exact_mut(width).zip(numbers.chunks_exact(count)) {
        row[..count].copy_from_slice(numbers);
    }
    Ok(())
}

/// Rows of `width` into `[rows, count]`, a view of where they belong.
fn write_rows(mut target: Tensor, source: &[f32], width: usize) -> Result<()> {
    let (_, count) = target.size2()?;
    let rows = Tensor::f_from_slice(source)?.f_view([-1, width as i64])?;
    tch::no_grad(|| target.f_copy_(&rows.f_narrow(1, 0, count)?))?;
    Ok(())
}
