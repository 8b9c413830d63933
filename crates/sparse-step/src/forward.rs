//! What a network says of images, without any training.

use anyhow::Result;
use fearless_simd::{Level, dispatch};
use tch::{Kind, Tensor};

use super::kernel::{self, Late, Next};
use super::lit::{Image, Lit};
use super::output::Output;
use super::tile::Tile;
use super::{MOST_INPUTS, OUTPUTS, Parameters, rows};
use crate::model::{DIGITS, Network};

/// Images that go through a tile's weights together: few enough for the sums to stay in the
/// nearest caches.
const TOGETHER: usize = 60;

/// A network's weights as the forward pass wants them in memory.
#[derive(Debug)]
pub(crate) struct Forward {
    level: Level,
    inputs: i64,
    tiles: Vec<Tile>,
    output: Output,
    /// No weights to catch up.
    late: Late,
}

impl Forward {
    /// Copies a network's weights; `None` if it is none of those this can do.
    ///
    /// # Errors
    /// If libtorch cannot copy them.
    pub(crate) fn new(network: &Network) -> Result<Option<Self>> {
        let sizes = network.sizes();
        if sizes.inputs > MOST_INPUTS || sizes.outputs != DIGITS {
            return Ok(None);
        }
        let level = Level::new();
        let width = dispatch!(level, simd => rows::vectors(simd)) * rows::LANES;
        let parameters = Parameters::of(network, Vec::new());
        let (inputs, hidden) = (sizes.inputs as usize, usize::try_from(sizes.hidden)?);
        let mut tiles = Tile::for_layer(inputs, hidden, width, TOGETHER);
        for tile in &mut tiles {
            tile.read(&parameters)?;
        }
        let output = Output::read(&parameters)?;
        Ok(Some(Self { level, inputs: sizes.inputs, tiles, output, late: Late::default() }))
    }

    /// Whether these are images as this can take them: `[images, inputs]`, float.
    pub(crate) fn takes(&self, images: &Tensor) -> bool {
        images.kind() == Kind::Float && matches!(images.size()[..], [_, n] if n == self.inputs)
    }

    /// Log-probabilities of the digits for each image, which [`takes`](Self::takes) accepts.
    ///
    /// # Errors
    /// If libtorch cannot copy the images.
    pub(crate) fn log_probabilities(&mut self, images: &Tensor) -> Result<Vec<[f32; OUTPUTS]>> {
        let lit = Lit::new(images)?;
        let count = usize::try_from(images.size2()?.0)?;
        let images: Vec<Image<'_>> = (0..count).map(|index| lit.image(index)).collect();
        self.late.find_blocks(lit.blocks());
        let mut rows = vec![[0.0; OUTPUTS]; count];
        let mut sums = [[0.0; OUTPUTS]; TOGETHER];
        for (images, rows) in images.chunks(TOGETHER).zip(rows.chunks_mut(TOGETHER)) {
            let sums = &mut sums[..images.len()];
            for tile in &mut self.tiles {
                let next = Some(Next { images, late: &self.late });
                dispatch!(self.level, simd => kernel::pass(simd, tile, None, next, sums));
                for (total, sum) in rows.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                    *total += sum;
                }
            }
            for row in rows {
                *row = self.output.log_softmax(row);
            }
        }
        Ok(rows)
    }
}
