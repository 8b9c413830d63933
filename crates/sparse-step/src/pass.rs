//! One pass through a tile's weights: the update after one batch, the forward pass of the next.
//!
//! Everything here is `inline(always)`: only then is it compiled for the instructions that
//! `fearless_simd::dispatch!` found at the call.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use crate::idle::CatchUp;
use crate::images::Image;
use crate::network::{LEAKY_SLOPE, OUTPUTS};
use crate::rows::{add, load, rows, rows_mut, store, vector, vectors};
use crate::tile::Tile;
use crate::update::{StepNumbers, Update, catch_up, last_layer, update_block};

/// A batch to take through the hidden layer; of no image where weights are to be caught up only.
#[derive(Clone, Copy)]
pub(crate) struct Next<'a> {
    pub(crate) images: &'a [Image<'a>],
    /// The pixels whose weights have to be caught up first.
    pub(crate) catch_up: &'a CatchUp,
}

/// A tile's part of a step, compiled for as many vectors as its rows have.
#[inline(always)]
pub(crate) fn pass<S: Simd>(
    simd: S,
    tile: &mut Tile,
    update: Option<Update<'_>>,
    next: Option<Next<'_>>,
    sums: &mut [[f32; OUTPUTS]],
) {
    match vectors(simd) {
        8 => pass_of::<S, 8>(simd, tile, update, next, sums),
        4 => pass_of::<S, 4>(simd, tile, update, next, sums),
        _ => pass_of::<S, 2>(simd, tile, update, next, sums),
    }
}

/// Updates a tile after one batch and takes it through the next one, leaving in `sums` what its
/// neurons contribute to the outputs.
#[inline(always)]
fn pass_of<S: Simd, const N: usize>(
    simd: S,
    tile: &mut Tile,
    update: Option<Update<'_>>,
    next: Option<Next<'_>>,
    sums: &mut [[f32; OUTPUTS]],
) {
    let step = update.map(|update| (update, StepNumbers::new(simd, update.rule, update.rate)));
    if let Some((update, numbers)) = &step {
        simd.vectorize(
            #[inline(always)]
            || last_layer::<S, N>(simd, tile, update, numbers),
        );
    }
    if let Some(next) = &next {
        begin_forward(tile, next.images.len());
    }
    let of_update = step.as_ref().map(|(update, _)| update.batch.blocks.len());
    let of_next = next.map(|next| next.catch_up.blocks.len());
    let blocks = of_update.or(of_next).map_or(0, |ends| ends - 1);
    for block in 0..blocks {
        if let Some((update, numbers)) = &step {
            simd.vectorize(
                #[inline(always)]
                || update_block::<S, N>(simd, tile, update.batch, block, numbers),
            );
        }
        if let Some(next) = &next {
            simd.vectorize(
                #[inline(always)]
                || {
                    let range = next.catch_up.blocks[block]..next.catch_up.blocks[block + 1];
                    catch_up::<S, N>(
                        simd,
                        &mut tile.weights,
                        &next.catch_up.pixels[range.start as usize..range.end as usize],
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
