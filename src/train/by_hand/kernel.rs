//! The arithmetic on one tile, in the processor's widest vectors.
//!
//! Everything here is `inline(always)`: only then is it compiled for the instructions that
//! `fearless_simd::dispatch!` found at the call.

use fearless_simd::prelude::*;

use super::OUTPUTS;
use super::columns::{Columns, Entry};
use super::idle::{IdleF32, Rule};
use super::lit::BLOCK;
use super::tile::{Pair, Tile};
use crate::model::LEAKY_SLOPE;

/// Vectors that a row of a tile is long. As many sums stay in registers at a time, which hides
/// how long a multiplication takes, and leaves registers for what is multiplied.
const VECTORS: usize = 8;

/// A row of a tile in registers.
type Row<S> = [<S as Simd>::f32s; VECTORS];

/// Neurons in a tile.
#[inline(always)]
pub(super) fn width<S: Simd>(_: S) -> usize {
    VECTORS * S::f32s::LEN
}

/// A batch whose loss is known.
#[derive(Clone, Copy)]
pub(super) struct Done<'a> {
    pub(super) columns: &'a Columns<'a>,
    /// Derivatives of the loss by the last layer's sums.
    pub(super) errors: &'a [[f32; OUTPUTS]],
    pub(super) rule: Rule,
    pub(super) rate: f64,
}

/// The batch after it.
#[derive(Clone, Copy)]
pub(super) struct Next<'a> {
    pub(super) columns: &'a Columns<'a>,
    /// The pixels whose weights have to be caught up first.
    pub(super) late: &'a Late,
}

/// Pixels that were dark for some steps, and what those steps did to their weights.
#[derive(Debug, Default)]
pub(super) struct Late {
    pub(super) pixels: Vec<(u16, IdleF32)>,
    /// Where each block begins within `pixels`; one more for the end.
    pub(super) blocks: Vec<u32>,
}

impl Late {
    /// Finds where each of `blocks` blocks begins.
    pub(super) fn find_blocks(&mut self, blocks: usize) {
        self.blocks.clear();
        let mut place = 0;
        for block in 0..=blocks {
            let first = block * BLOCK;
            while self.pixels.get(place).is_some_and(|(pixel, _)| usize::from(*pixel) < first) {
                place += 1;
            }
            self.blocks.push(place as u32);
        }
    }
}

/// Updates a tile after one batch and takes it through the next one, adding to `sums` what its
/// neurons contribute to the outputs.
#[inline(always)]
pub(super) fn pass<S: Simd>(
    simd: S,
    tile: &mut Tile,
    done: Option<Done<'_>>,
    next: Option<Next<'_>>,
    sums: &mut [[f32; OUTPUTS]],
) {
    let step = done.map(|done| (done, StepNumbers::new(simd, done.rule, done.rate)));
    if let Some((done, numbers)) = &step {
        simd.vectorize(
            #[inline(always)]
            || last_layer(simd, tile, done, numbers),
        );
    }
    if let Some(next) = &next {
        begin_forward(tile, next.columns.images.len());
    }
    let blocks = step.as_ref().map(|(done, _)| done.columns).or(next.map(|next| next.columns));
    let blocks = blocks.map_or(0, |columns| columns.blocks.len() - 1);
    for block in 0..blocks {
        if let Some((done, numbers)) = &step {
            simd.vectorize(
                #[inline(always)]
                || update_columns(simd, tile, done.columns, block, numbers),
            );
        }
        if let Some(next) = &next {
            simd.vectorize(
                #[inline(always)]
                || {
                    let range = next.late.blocks[block]..next.late.blocks[block + 1];
                    catch_up(
                        simd,
                        &mut tile.weights,
                        &next.late.pixels[range.start as usize..range.end as usize],
                    );
                    forward_block(simd, tile, next.columns, block);
                },
            );
        }
    }
    if next.is_some() {
        simd.vectorize(
            #[inline(always)]
            || finish_forward(simd, tile, sums),
        );
    }
}

/// The numbers of a step in vectors.
#[derive(Clone, Copy)]
struct StepNumbers<S: Simd> {
    momentum: S::f32s,
    decay: Option<S::f32s>,
    nesterov: bool,
    minus_rate: S::f32s,
}

impl<S: Simd> StepNumbers<S> {
    #[inline(always)]
    fn new(simd: S, rule: Rule, rate: f64) -> Self {
        Self {
            momentum: S::f32s::splat(simd, rule.momentum as f32),
            decay: match rule.decay > 0.0 {
                true => Some(S::f32s::splat(simd, rule.decay as f32)),
                false => None,
            },
            nesterov: rule.nesterov,
            minus_rate: S::f32s::splat(simd, -rate as f32),
        }
    }

    /// One step of a row of weights and their velocities.
    #[inline(always)]
    fn apply(&self, simd: S, gradients: &Row<S>, weights: &mut [f32], velocities: &mut [f32]) {
        let (mut w, mut v) = (load(simd, weights), load(simd, velocities));
        for at in 0..VECTORS {
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

#[inline(always)]
fn zeros<S: Simd>(simd: S) -> Row<S> {
    [S::f32s::splat(simd, 0.0); VECTORS]
}

#[inline(always)]
fn load<S: Simd>(simd: S, numbers: &[f32]) -> Row<S> {
    let length = S::f32s::LEN;
    let numbers = &numbers[..VECTORS * length];
    let mut row = zeros(simd);
    for at in 0..VECTORS {
        row[at] = S::f32s::from_slice(simd, &numbers[at * length..(at + 1) * length]);
    }
    row
}

#[inline(always)]
fn store<F: SimdBase<S, Element = f32>, S: Simd>(row: &[F; VECTORS], numbers: &mut [f32]) {
    let numbers = &mut numbers[..VECTORS * F::LEN];
    for at in 0..VECTORS {
        row[at].store_slice(&mut numbers[at * F::LEN..(at + 1) * F::LEN]);
    }
}

/// `sums += factor * numbers`
#[inline(always)]
fn add<S: Simd>(simd: S, sums: &mut Row<S>, factor: f32, numbers: &[f32]) {
    let length = S::f32s::LEN;
    let numbers = &numbers[..VECTORS * length];
    let factor = S::f32s::splat(simd, factor);
    for at in 0..VECTORS {
        let number = S::f32s::from_slice(simd, &numbers[at * length..(at + 1) * length]);
        sums[at] = factor.mul_add(number, sums[at]);
    }
}

/// One row of a matrix whose rows are as long as a tile is wide.
#[inline(always)]
fn row<S: Simd>(_: S, matrix: &[f32], number: usize) -> &[f32] {
    let width = VECTORS * S::f32s::LEN;
    &matrix[number * width..][..width]
}

#[inline(always)]
fn row_mut<S: Simd>(_: S, matrix: &mut [f32], number: usize) -> &mut [f32] {
    let width = VECTORS * S::f32s::LEN;
    &mut matrix[number * width..][..width]
}

/// The derivatives by the hidden layer's sums, and the step of the output layer's weights and
/// of the hidden layer's biases.
#[inline(always)]
fn last_layer<S: Simd>(simd: S, tile: &mut Tile, done: &Done<'_>, numbers: &StepNumbers<S>) {
    let Tile { biases, outputs, hidden, deltas, .. } = tile;
    let (zero, slope) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, LEAKY_SLOPE));
    let mut of_biases = zeros(simd);
    for (image, errors) in done.errors.iter().enumerate() {
        let mut sums = zeros(simd);
        for output in 0..OUTPUTS {
            add(simd, &mut sums, errors[output], row(simd, &outputs.weights, output));
        }
        let activations = load(simd, row(simd, hidden, image));
        for at in 0..VECTORS {
            // A LeakyReLU leaves the sign as it was.
            let lit = activations[at].simd_gt(zero);
            sums[at] = lit.select(sums[at], sums[at] * slope);
            of_biases[at] += sums[at];
        }
        store(&sums, row_mut(simd, deltas, image));
    }
    numbers.apply(simd, &of_biases, &mut biases.weights, &mut biases.velocities);
    for output in 0..OUTPUTS {
        let mut gradients = zeros(simd);
        for (image, errors) in done.errors.iter().enumerate() {
            add(simd, &mut gradients, errors[output], row(simd, hidden, image));
        }
        let weights = row_mut(simd, &mut outputs.weights, output);
        let velocities = row_mut(simd, &mut outputs.velocities, output);
        numbers.apply(simd, &gradients, weights, velocities);
    }
}

/// The step of the weights from one block of pixels, those that are lit in the batch.
#[inline(always)]
fn update_columns<S: Simd>(
    simd: S,
    tile: &mut Tile,
    columns: &Columns<'_>,
    block: usize,
    numbers: &StepNumbers<S>,
) {
    let Pair { weights, velocities } = &mut tile.weights;
    let (weights, velocities, deltas): (&mut [f32], &mut [f32], &[f32]) =
        (weights, velocities, &tile.deltas);
    for place in columns.blocks[block] as usize..columns.blocks[block + 1] as usize {
        let mut gradients = zeros(simd);
        for &Entry { row: image, value } in columns.entries(place) {
            add(simd, &mut gradients, value, row(simd, deltas, image as usize));
        }
        let pixel = usize::from(columns.pixels[place]);
        let velocities = row_mut(simd, velocities, pixel);
        numbers.apply(simd, &gradients, row_mut(simd, weights, pixel), velocities);
    }
}

/// Does to weights what many steps without a gradient do.
#[inline(always)]
pub(super) fn catch_up<S: Simd>(simd: S, pair: &mut Pair, late: &[(u16, IdleF32)]) {
    for (pixel, idle) in late {
        let pixel = usize::from(*pixel);
        let weights = row_mut(simd, &mut pair.weights, pixel);
        let velocities = row_mut(simd, &mut pair.velocities, pixel);
        let (mut w, mut v) = (load(simd, weights), load(simd, velocities));
        for at in 0..VECTORS {
            let (before, velocity) = (w[at], v[at]);
            w[at] = before * idle.keep + velocity * idle.push;
            v[at] = before * idle.pull + velocity * idle.fade;
        }
        store(&w, weights);
        store(&v, velocities);
    }
}

/// Every sum begins with its bias.
#[inline(always)]
fn begin_forward(tile: &mut Tile, images: usize) {
    let Tile { biases, hidden, width, .. } = tile;
    for sums in hidden.chunks_exact_mut(*width).take(images) {
        sums.copy_from_slice(&biases.weights);
    }
}

/// Adds what one block of pixels contributes to the sums of the hidden neurons.
#[inline(always)]
fn forward_block<S: Simd>(simd: S, tile: &mut Tile, columns: &Columns<'_>, block: usize) {
    let weights: &[f32] = &tile.weights.weights;
    let hidden: &mut [f32] = &mut tile.hidden;
    for (number, image) in columns.images.iter().enumerate() {
        let (pixels, values) = image.block(block);
        if pixels.is_empty() {
            continue;
        }
        let target = row_mut(simd, hidden, number);
        let mut sums = load(simd, target);
        for (&pixel, &value) in pixels.iter().zip(values) {
            add(simd, &mut sums, value, row(simd, weights, usize::from(pixel)));
        }
        store(&sums, target);
    }
}

/// LeakyReLU, and what the tile's neurons contribute to each output.
#[inline(always)]
fn finish_forward<S: Simd>(simd: S, tile: &mut Tile, sums: &mut [[f32; OUTPUTS]]) {
    let Tile { outputs, hidden, .. } = tile;
    let length = S::f32s::LEN;
    let slope = S::f32s::splat(simd, LEAKY_SLOPE);
    for (image, sums) in sums.iter_mut().enumerate() {
        let target = row_mut(simd, hidden, image);
        let mut activations = load(simd, target);
        for at in 0..VECTORS {
            activations[at] = activations[at].max(activations[at] * slope);
        }
        store(&activations, target);
        for output in 0..OUTPUTS {
            let weights = row(simd, &outputs.weights, output);
            let mut products = S::f32s::splat(simd, 0.0);
            for at in 0..VECTORS {
                let weight = S::f32s::from_slice(simd, &weights[at * length..(at + 1) * length]);
                products = activations[at].mul_add(weight, products);
            }
            sums[output] = products.reduce_sum();
        }
    }
}
