//! What a network says of images, without any training.

use fearless_simd::{Level, dispatch};

use crate::error::{Error, check_length};
use crate::idle::CatchUp;
use crate::images::{Image, SparseImages};
use crate::network::{OUTPUTS, Sizes, Weights};
use crate::output::Output;
use crate::pass::{self, Next};
use crate::rows;
use crate::tile::{Kind, Tile};

/// Images that go through a tile's weights together: few enough for the sums to stay in the
/// nearest caches.
const TOGETHER: usize = 60;

/// A network's weights as the forward pass wants them in memory.
#[derive(Debug)]
pub struct Forward {
    level: Level,
    inputs: usize,
    tiles: Vec<Tile>,
    output: Output,
    /// No weights to catch up.
    catch_up: CatchUp,
}

impl Forward {
    /// Copies a network's weights.
    ///
    /// # Errors
    /// If the weights are not of these sizes, naming which.
    pub fn new(sizes: Sizes, weights: &Weights) -> Result<Self, Error> {
        weights.check(sizes)?;
        let level = Level::new();
        let mut tiles = Tile::for_layer(sizes, rows::tile_width(level), TOGETHER);
        for tile in &mut tiles {
            tile.read(Kind::Weights, weights);
        }
        let output = Output::new(&weights.output_biases, &[0.0; OUTPUTS]);
        let catch_up = CatchUp::default();
        Ok(Self { level, inputs: sizes.inputs, tiles, output, catch_up })
    }

    /// Log-probabilities of the classes for each image.
    ///
    /// # Errors
    /// If the images have another number of pixels than the network has inputs.
    pub fn log_probabilities(
        &mut self,
        images: &SparseImages,
    ) -> Result<Vec<[f32; OUTPUTS]>, Error> {
        check_length("an image", images.inputs(), self.inputs)?;
        self.catch_up.find_blocks(images.blocks());
        let mut rows = vec![[0.0; OUTPUTS]; images.len()];
        let images: Vec<Image<'_>> = (0..images.len()).map(|index| images.image(index)).collect();
        let mut sums = [[0.0; OUTPUTS]; TOGETHER];
        for (images, rows) in images.chunks(TOGETHER).zip(rows.chunks_mut(TOGETHER)) {
            let sums = &mut sums[..images.len()];
            for tile in &mut self.tiles {
                let next = Some(Next { images, catch_up: &self.catch_up });
                dispatch!(self.level, simd => pass::pass(simd, tile, None, next, sums));
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
