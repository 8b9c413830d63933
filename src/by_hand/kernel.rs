//! The arithmetic on one tile, in the processor's widest vectors.
//!
//! Everything here is `inline(always)`: only then is it compiled for the instructions that
//! `fearless_simd::dispatch!` found at the call.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use super::OUTPUTS;
use super::columns::{Columns, Entry};
use super::idle::{IdleF32, Rule};
use super::lit::{BLOCK, Image};
use super::tile::{Pair, Tile};
use crate::model::LEAKY_SLOPE;

/// Numbers in a vector. Where the processor's are shorter, several stand for one.
pub(super) const LANES: usize = 16;

/// So many sums in registers at a time hide how long a multiplication takes, and leave
/// registers for what is multiplied: a row of a tile takes 8 registers.
const REGISTERS: usize = 8;

/// A row of a tile in registers.
type Row<S, const N: usize> = [f32x16<S>; N];

/// Vectors in a row of a tile.
#[inline(always)]
pub(super) fn vectors<S: Simd>(_: S) -> usize {
    (REGISTERS * S::f32s::LEN / LANES).clamp(2, 8)
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
    pub(super) images: &'a [Image<'a>],
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

/// A tile's part of a step, compiled for as many vectors as its rows have.
#[inline(always)]
pub(super) fn pass<S: Simd>(
    simd: S,
    tile: &mut Tile,
    done: Option<Done<'_>>,
    next: Option<Next<'_>>,
    sums: &mut [[f32; OUTPUTS]],
) {
    match vectors(simd) {
        8 => pass_of::<S, 8>(simd, tile, done, next, sums),
        4 => pass_of::<S, 4>(simd, tile, done, next, sums),
        _ => pass_of::<S, 2>(simd, tile, done, next, sums),
    }
}

/// Updates a tile after one batch and takes it through the next one, adding to `sums` what its
/// neurons contribute to the outputs.
#[inline(always)]
fn pass_of<S: Simd, const N: usize>(
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
            || last_layer::<S, N>(simd, tile, done, numbers),
        );
    }
    if let Some(next) = &next {
        begin_forward(tile, next.images.len());
    }
    let of_done = step.as_ref().map(|(done, _)| done.columns.blocks.len());
    let blocks = of_done.or(next.map(|next| next.late.blocks.len())).map_or(0, |ends| ends - 1);
    for block in 0..blocks {
        if let Some((done, numbers)) = &step {
            simd.vectorize(
                #[inline(always)]
                || update_columns::<S, N>(simd, tile, done.columns, block, numbers),
            );
        }
        if let Some(next) = &next {
            simd.vectorize(
                #[inline(always)]
                || {
                    let range = next.late.blocks[block]..next.late.blocks[block + 1];
                    catch_up_of::<S, N>(
                        simd,
                        &mut tile.weights,
                        &next.late.pixels[range.start as usize..range.end as usize],
                    );
                    forward_block::<S, N>(simd, tile, next.images, block);
                },
            );
        }
    }
    if next.is_some() {
        simd.vectorize(
            #[inline(always)]
            || finish_forward::<S, N>(simd, tile, sums),
        );
    }
}

/// The numbers of a step in vectors.
#[derive(Clone, Copy)]
struct StepNumbers<S: Simd> {
    momentum: f32x16<S>,
    decay: Option<f32x16<S>>,
    nesterov: bool,
    minus_rate: f32x16<S>,
}

impl<S: Simd> StepNumbers<S> {
    #[inline(always)]
    fn new(simd: S, rule: Rule, rate: f64) -> Self {
        Self {
            momentum: f32x16::splat(simd, rule.momentum as f32),
            decay: match rule.decay > 0.0 {
                true => Some(f32x16::splat(simd, rule.decay as f32)),
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

#[inline(always)]
fn zeros<S: Simd, const N: usize>(simd: S) -> Row<S, N> {
    [f32x16::splat(simd, 0.0); N]
}

/// Copies an array into a register. (`from_slice` would go over the stack where debug
/// assertions are on, as they are in notebooks.)
#[inline(always)]
fn vector<S: Simd>(simd: S, numbers: &[f32; LANES]) -> f32x16<S> {
    let mut vector = f32x16::splat(simd, 0.0);
    *vector = *numbers;
    vector
}

#[inline(always)]
fn load<S: Simd, const N: usize>(simd: S, numbers: &[[f32; LANES]; N]) -> Row<S, N> {
    let mut row = zeros::<S, N>(simd);
    for at in 0..N {
        row[at] = vector(simd, &numbers[at]);
    }
    row
}

#[inline(always)]
fn store<S: Simd, const N: usize>(row: &Row<S, N>, numbers: &mut [[f32; LANES]; N]) {
    for at in 0..N {
        numbers[at] = *row[at];
    }
}

/// `sums += factor * numbers`
#[inline(always)]
fn add<S: Simd, const N: usize>(
    simd: S,
    sums: &mut Row<S, N>,
    factor: f32,
    numbers: &[[f32; LANES]; N],
) {
    let factor = f32x16::splat(simd, factor);
    for at in 0..N {
        sums[at] = factor.mul_add(vector(simd, &numbers[at]), sums[at]);
    }
}

/// A matrix whose rows are as long as a tile is wide, as its rows.
#[inline(always)]
fn rows<const N: usize>(matrix: &[f32]) -> &[[[f32; LANES]; N]] {
    matrix.as_chunks().0.as_chunks().0
}

#[inline(always)]
fn rows_mut<const N: usize>(matrix: &mut [f32]) -> &mut [[[f32; LANES]; N]] {
    matrix.as_chunks_mut().0.as_chunks_mut().0
}

/// The derivatives by the hidden layer's sums, and the step of the output layer's weights and
/// of the hidden layer's biases.
#[inline(always)]
fn last_layer<S: Simd, const N: usize>(
    simd: S,
    tile: &mut Tile,
    done: &Done<'_>,
    numbers: &StepNumbers<S>,
) {
    let Tile { biases, outputs, hidden, deltas, .. } = tile;
    let hidden = rows::<N>(hidden);
    let weights = rows::<N>(&outputs.weights);
    let (zero, slope) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, LEAKY_SLOPE));
    let mut of_biases = zeros::<S, N>(simd);
    let images = done.errors.iter().zip(hidden).zip(rows_mut::<N>(deltas));
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
        for (errors, activations) in done.errors.iter().zip(hidden) {
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
fn update_columns<S: Simd, const N: usize>(
    simd: S,
    tile: &mut Tile,
    columns: &Columns<'_>,
    block: usize,
    numbers: &StepNumbers<S>,
) {
    let Pair { weights, velocities } = &mut tile.weights;
    let (weights, velocities) = (rows_mut::<N>(weights), rows_mut::<N>(velocities));
    let deltas = rows::<N>(&tile.deltas);
    for (pixel, entries) in columns.block(block) {
        let mut gradients = zeros::<S, N>(simd);
        for &Entry { row, value } in entries {
            add(simd, &mut gradients, value, &deltas[row as usize]);
        }
        numbers.apply(simd, &gradients, &mut weights[pixel], &mut velocities[pixel]);
    }
}

/// Catches up any pixels of a tile.
#[inline(always)]
pub(super) fn catch_up<S: Simd>(simd: S, pair: &mut Pair, late: &[(u16, IdleF32)]) {
    match vectors(simd) {
        8 => catch_up_of::<S, 8>(simd, pair, late),
        4 => catch_up_of::<S, 4>(simd, pair, late),
        _ => catch_up_of::<S, 2>(simd, pair, late),
    }
}

/// Does to weights what many steps without a gradient do.
#[inline(always)]
fn catch_up_of<S: Simd, const N: usize>(simd: S, pair: &mut Pair, late: &[(u16, IdleF32)]) {
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
fn forward_block<S: Simd, const N: usize>(
    simd: S,
    tile: &mut Tile,
    images: &[Image<'_>],
    block: usize,
) {
    let weights = rows::<N>(&tile.weights.weights);
    for (image, target) in images.iter().zip(rows_mut::<N>(&mut tile.hidden)) {
        let (pixels, values) = image.block(block);
        if pixels.is_empty() {
            continue;
        }
        let mut sums = load(simd, target);
        for (&pixel, &value) in pixels.iter().zip(values) {
            add(simd, &mut sums, value, &weights[usize::from(pixel)]);
        }
        store(&sums, target);
    }
}

/// LeakyReLU, and what the tile's neurons contribute to each output.
#[inline(always)]
fn finish_forward<S: Simd, const N: usize>(simd: S, tile: &mut Tile, sums: &mut [[f32; OUTPUTS]]) {
    let Tile { outputs, hidden, .. } = tile;
    let slope = f32x16::splat(simd, LEAKY_SLOPE);
    for (sums, target) in sums.iter_mut().zip(rows_mut::<N>(hidden)) {
        let mut activations = load(simd, target);
        for at in 0..N {
            activations[at] = activations[at].max(activations[at] * slope);
        }
        store(&activations, target);
        for (sum, weights) in sums.iter_mut().zip(rows::<N>(&outputs.weights)) {
            let mut products = f32x16::splat(simd, 0.0);
            for at in 0..N {
                products = activations[at].mul_add(vector(simd, &weights[at]), products);
            }
            *sum = products.reduce_sum();
        }
    }
}
