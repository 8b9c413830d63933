//! Rows of a tile in registers.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

/// Numbers in a vector. Where the processor's are shorter, several stand for one.
pub(crate) const LANES: usize = 16;

/// Registers of a tile's row: enough accumulators to hide FMA latency, and some left for what is
/// multiplied.
const REGISTERS: usize = 8;

/// A row of a tile in registers.
pub(crate) type Row<S, const N: usize> = [f32x16<S>; N];

/// Vectors in a row of a tile.
#[inline(always)]
pub(crate) fn vectors<S: Simd>(_: S) -> usize {
    (REGISTERS * S::f32s::LEN / LANES).clamp(2, 8)
}

/// Neurons in a row of a tile.
pub(crate) fn tile_width(level: Level) -> usize {
    dispatch!(level, simd => vectors(simd)) * LANES
}

#[inline(always)]
pub(crate) fn zeros<S: Simd, const N: usize>(simd: S) -> Row<S, N> {
    [f32x16::splat(simd, 0.0); N]
}

/// Copies an array into a register. (`from_slice` would go over the stack where debug
/// assertions are on, as they are in notebooks.)
#[inline(always)]
pub(crate) fn vector<S: Simd>(simd: S, numbers: &[f32; LANES]) -> f32x16<S> {
    let mut vector = f32x16::splat(simd, 0.0);
    *vector = *numbers;
    vector
}

#[inline(always)]
pub(crate) fn load<S: Simd, const N: usize>(simd: S, numbers: &[[f32; LANES]; N]) -> Row<S, N> {
    let mut row = zeros::<S, N>(simd);
    for at in 0..N {
        row[at] = vector(simd, &numbers[at]);
    }
    row
}

#[inline(always)]
pub(crate) fn store<S: Simd, const N: usize>(row: &Row<S, N>, numbers: &mut [[f32; LANES]; N]) {
    for at in 0..N {
        numbers[at] = *row[at];
    }
}

/// `sums += factor * numbers`
#[inline(always)]
pub(crate) fn add<S: Simd, const N: usize>(
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
pub(crate) fn rows<const N: usize>(matrix: &[f32]) -> &[[[f32; LANES]; N]] {
    matrix.as_chunks().0.as_chunks().0
}

#[inline(always)]
pub(crate) fn rows_mut<const N: usize>(matrix: &mut [f32]) -> &mut [[[f32; LANES]; N]] {
    matrix.as_chunks_mut().0.as_chunks_mut().0
}
