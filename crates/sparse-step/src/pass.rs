//! The arithmetic on one tile, in the processor's widest vectors.
//!
//! Everything here is `inline(always)`: only then is it compiled for the instructions that
//! `fearless_simd::dispatch!` found at the call.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use super::OUTPUTS;
use super::columns::Columns;
use super::idle::{IdleF32, Rule};
use super::lit::{BLOCK, Image};
use super::rows::{add, load, rows, rows_mut, store, vector, vectors};
use super::tile::{Pair, Tile};
use super::update::{StepNumbers, catch_up_of, last_layer, update_columns};
use crate::model::LEAKY_SLOPE;

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

/// Updates a tile after one batch and takes it through the next one, leaving in `sums` what its
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

/// Catches up any pixels of a tile.
#[inline(always)]
pub(super) fn catch_up<S: Simd>(simd: S, pair: &mut Pair, late: &[(u16, IdleF32)]) {
    match vectors(simd) {
        8 => catch_up_of::<S, 8>(simd, pair, late),
        4 => catch_up_of::<S, 4>(simd, pair, late),
        _ => catch_up_of::<S, 2>(simd, pair, late),
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
        for activation in &mut activations {
            *activation = activation.max(*activation * slope);
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
