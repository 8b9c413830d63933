//! A training: the images and the room its steps need.

use std::ops::ControlFlow;

use fearless_simd::Level;

use crate::epoch::{self, Listener, Plan};
use crate::error::{Error, check_length};
use crate::idle::Rule;
use crate::images::SparseImages;
use crate::network::{OUTPUTS, Parameters, Sizes};
use crate::output::Output;
use crate::rows;
use crate::tile::{Kind, Tile};

/// Trains networks of one size with one set of images.
#[derive(Debug)]
pub struct Trainer {
    level: Level,
    images: SparseImages,
    labels: Vec<u8>,
    rule: Rule,
    batch_size: usize,
    sizes: Sizes,
    tiles: Vec<Tile>,
}

impl Trainer {
    /// Makes ready to train networks of `hidden` neurons with these images, a label each, in
    /// batches of `batch_size`.
    ///
    /// # Errors
    /// If there are no images or neurons, `batch_size` is 0, there are not as many labels as
    /// images, or a label is not below [`OUTPUTS`].
    pub fn new(
        hidden: usize,
        images: SparseImages,
        labels: Vec<u8>,
        rule: Rule,
        batch_size: usize,
    ) -> Result<Self, Error> {
        Self::with_level(Level::new(), hidden, images, labels, rule, batch_size)
    }

    /// The same with vector instructions that need not be the best there are.
    pub(crate) fn with_level(
        level: Level,
        hidden: usize,
        images: SparseImages,
        labels: Vec<u8>,
        rule: Rule,
        batch_size: usize,
    ) -> Result<Self, Error> {
        for (what, number) in
            [("images", images.len()), ("hidden", hidden), ("batch_size", batch_size)]
        {
            if number == 0 {
                return Err(Error(format!("{what}: 0, expected 1 or more")));
            }
        }
        check_length("labels", labels.len(), images.len())?;
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= OUTPUTS) {
            return Err(Error(format!("label {label}, expected one below {OUTPUTS}")));
        }
        let batch_size = batch_size.min(labels.len());
        let sizes = Sizes { inputs: images.inputs(), hidden };
        let tiles = Tile::for_layer(sizes, rows::tile_width(level), batch_size);
        Ok(Self { level, images, labels, rule, batch_size, sizes, tiles })
    }

    /// Trains for one epoch: the images in this `order`, a learning rate for each batch, with up
    /// to `threads` threads (one on wasm). Every number comes out the same whatever `threads`
    /// is.
    ///
    /// The `listener` is told of each batch and its loss, and may end the epoch after it. A loss
    /// that is NaN or infinite ends it before its update. Either way [`ControlFlow::Break`] is
    /// returned, and `parameters` hold what was learnt up to there.
    ///
    /// # Errors
    /// If the numbers of weights, images in order, or rates are wrong, before anything is
    /// changed; or if a thread cannot be started.
    pub fn epoch(
        &mut self,
        parameters: &mut Parameters,
        order: &[usize],
        rates: &[f64],
        threads: usize,
        listener: Listener<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let Parameters { weights, velocities } = &*parameters;
        weights.check(self.sizes)?;
        velocities.check(self.sizes)?;
        let images = self.labels.len();
        if let Some(index) = order.iter().find(|&&index| index >= images) {
            return Err(Error(format!("order: image {index}, expected one below {images}")));
        }
        check_length("rates", rates.len(), order.len().div_ceil(self.batch_size))?;
        for tile in &mut self.tiles {
            tile.read(Kind::Weights, weights);
            tile.read(Kind::Velocities, velocities);
        }
        let mut output = Output::new(&weights.output_biases, &velocities.output_biases);
        let plan = Plan {
            images: &self.images,
            labels: &self.labels,
            order,
            batch_size: self.batch_size,
            rule: self.rule,
            rates,
            level: self.level,
        };
        let threads = if cfg!(target_family = "wasm") { 1 } else { threads };
        let flow = epoch::run(&plan, &mut self.tiles, &mut output, threads, listener);
        for tile in &mut self.tiles {
            tile.write(Kind::Weights, &mut parameters.weights);
            tile.write(Kind::Velocities, &mut parameters.velocities);
        }
        output.write(parameters);
        flow
    }
}
