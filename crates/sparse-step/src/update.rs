//! The steps of a tile's weights; everything is `inline(always)`, as in `pass.rs` and for its reason.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use crate::batch::{Batch, Entry};
use crate::idle::{Idle, Rule};
use crate::network::{LEAKY_SLOPE, OUTPUTS};
use crate::rows::{LANES, Row, add, load, rows, rows_mut, store, zeros};
use crate::tile::{Pair, Tile};

/// A batch whose loss is known.
#[derive(Clone, Copy)]
pub(crate) struct Update<'a> {
    pub(crate) batch: &'a Batch<'a>,
    /// Derivatives of the loss by the last layer's sums.
    pub(crate) errors: &'a [[f32; OUTPUTS]],
    pub(crate) rule: Rule,
    pub(crate) rate: f64,
}

/// The numbers of a step in vectors.
#[derive(Clone, Copy)]
pub(crate) struct StepNumbers<S: Simd> {
    momentum: f32x16<S>,
    decay: Option<f32x16<S>>,
    nesterov: bool,
    minus_rate: f32x16<S>,
}

impl<S: Simd> StepNumbers<S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, rule: Rule, rate: f64) -> Self {
        Self {
            momentum: f32x16::splat(simd, rule.momentum as f32),
            decay: match rule.weight_decay > 0.0 {
                true => Some(f32x16::splat(simd, rule.weight_decay as f32)),
                false => None,
            },
            nesterov: rule.nesterov,
            minus_rate: f32x16::splat(simd, -rate as f32),
        }
    }

    /// One step of a row of weights and their velocities.
    #[inline(always)]
    fn apply<const N: usize>(
        &self,
        simd: S,
        gradients: &Row<S, N>,
        weights: &mut [[f32; LANES]; N],
        velocities: &mut [[f32; LANES]; N],
    ) {
        let (mut w, mut v) = (load(simd, weights), load(simd, velocities));
        for at in 0..N {
            let mut gradient = gradients[at];
            if let Some(decay) = self.decay {
                gradient = w[at].mul_add(decay, gradient);
            }
            v[at] = v[at].mul_add(self.momentum, gradient);
            let direction =
                if self.nesterov { v[at].mul_add(self.momentum, gradient) } else { v[at] };
            w[at] = direction.mul_add(self.minus_rate, w[at]);
        }
        store(&v, velocities);
        store(&w, weights);
    }
}

/// The derivatives by the hidden layer's sums, and the step of the output layer's weights and
/// of the hidden layer's biases.
#[inline(always)]
pub(crate) fn last_layer<S: Simd, const N: usize>(
    simd: S,
    tile: &mut Tile,
    update: &Update<'_>,
    numbers: &StepNumbers<S>,
) {
    let Tile { biases, outputs, hidden, deltas, .. } = tile;
    let hidden = rows::<N>(hidden);
    let weights = rows::<N>(&outputs.weights);
    let (zero, slope) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, LEAKY_SLOPE));
    let mut of_biases = zeros::<S, N>(simd);
    let images = update.errors.iter().zip(hidden).zip(rows_mut::<N>(deltas));
    for ((errors, activations), deltas) in images {
        let mut sums = zeros::<S, N>(simd);
        for (&error, weights) in errors.iter().zip(weights) {
            add(simd, &mut sums, error, weights);
        }
        let activations = load(simd, activations);
        for at in 0..N {
            // A LeakyReLU leaves the sign as it was.
            let is_lit = activations[at].simd_gt(zero);
            sums[at] = is_lit.select(sums[at], sums[at] * slope);
            of_biases[at] += sums[at];
        }
        store(&sums, deltas);
    }
    step_row(simd, numbers, &of_biases, biases, 0);
    for output in 0..OUTPUTS {
        let mut gradients = zeros::<S, N>(simd);
        for (errors, activations) in update.errors.iter().zip(hidden) {
            add(simd, &mut gradients, errors[output], activations);
        }
        step_row(simd, numbers, &gradients, outputs, output);
    }
}

/// One step of one row.
#[inline(always)]
fn step_row<S: Simd, const N: usize>(
    simd: S,
    numbers: &StepNumbers<S>,
    gradients: &Row<S, N>,
    pair: &mut Pair,
    row: usize,
) {
    let Pair { weights, velocities } = pair;
    numbers.apply(simd, gradients, &mut rows_mut(weights)[row], &mut rows_mut(velocities)[row]);
}

/// The step of the weights from one block of pixels, those that are lit in the batch.
#[inline(always)]
pub(crate) fn update_block<S: Simd, const N: usize>(
    simd: S,
    tile: &mut Tile,
    batch: &Batch<'_>,
    block: usize,
    numbers: &StepNumbers<S>,
) {
    let Pair { weights, velocities } = &mut tile.weights;
    let (weights, velocities) = (rows_mut::<N>(weights), rows_mut::<N>(velocities));
    let deltas = rows::<N>(&tile.deltas);
    for (pixel, entries) in batch.block(block) {
        let mut gradients = zeros::<S, N>(simd);
        for &Entry { row, value } in entries {
            add(simd, &mut gradients, value, &deltas[row as usize]);
        }
        numbers.apply(simd, &gradients, &mut weights[pixel], &mut velocities[pixel]);
    }
}

/// Applies to weights what many steps without a gradient come to.
#[inline(always)]
pub(crate) fn catch_up<S: Simd, const N: usize>(
    simd: S,
    pair: &mut Pair,
    late: &[(u16, Idle<f32>)],
) {
    let Pair { weights, velocities } = pair;
    let (weights, velocities) = (rows_mut::<N>(weights), rows_mut::<N>(velocities));
    for (pixel, idle) in late {
        let pixel = usize::from(*pixel);
        let (mut w, mut v) = (load(simd, &weights[pixel]), load(simd, &velocities[pixel]));
        for at in 0..N {
            let (weight, velocity) = (w[at], v[at]);
            w[at] = weight * idle.keep + velocity * idle.push;
            v[at] = weight * idle.pull + velocity * idle.fade;
        }
        store(&w, &mut weights[pixel]);
        store(&v, &mut velocities[pixel]);
    }
}
