//! The pixels of the images that are not 0, which is all that the hidden layer needs.

use anyhow::{Context, Result, ensure};
use tch::Tensor;

/// Pixels whose weights are worked on together: their rows stay in the fastest cache while all
/// images of a batch use them.
pub(super) const BLOCK: usize = 56;

/// Neighbouring pixels that are often dark together; divides [`BLOCK`].
const PART: usize = 8;

/// Images that are read from their tensor at a time.
const READ: usize = 500;

/// For each image its lit pixels in their order, and where each block of pixels begins.
#[derive(Debug)]
pub(super) struct Lit {
    inputs: usize,
    starts: Vec<usize>,
    pixels: Vec<u16>,
    values: Vec<f32>,
    /// `[images, blocks + 1]`, counted from the image's first lit pixel.
    bounds: Vec<u16>,
}

/// The lit pixels of one image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Image<'a> {
    pub(super) pixels: &'a [u16],
    pub(super) values: &'a [f32],
    bounds: &'a [u16],
}

impl Lit {
    /// The most inputs a network can have here: a pixel's number is kept in 16 bits.
    pub(super) const MOST_INPUTS: usize = u16::MAX as usize;

    /// Looks through `images`, `[images, inputs]` of kind float.
    pub(super) fn new(images: &Tensor) -> Result<Self> {
        let (count, inputs) = images.size2()?;
        let inputs = usize::try_from(inputs)?;
        ensure!(inputs <= Self::MOST_INPUTS, "images of {inputs} numbers are too long");
        let mut lit = Self {
            inputs,
            starts: vec![0],
            pixels: Vec::new(),
            values: Vec::new(),
            bounds: Vec::new(),
        };
        let mut found = (vec![0; inputs], vec![0.0; inputs]);
        let mut numbers = vec![0.0_f32; READ * inputs];
        for first in (0..count).step_by(READ) {
            let rows = (count - first).min(READ as i64);
            let part = images.f_narrow(0, first, rows)?.f_contiguous()?;
            let numbers = &mut numbers[..rows as usize * inputs];
            part.f_copy_data(numbers, numbers.len()).context("cannot read the images")?;
            for image in numbers.chunks_exact(inputs) {
                lit.push(image, &mut found);
            }
        }
        Ok(lit)
    }

    /// Takes up one image; `found` is room for all of its pixels.
    fn push(&mut self, image: &[f32], found: &mut (Vec<u16>, Vec<f32>)) {
        let (pixels, values) = found;
        let mut count = 0;
        self.bounds.push(0);
        for (block, numbers) in image.chunks(BLOCK).enumerate() {
            for (part, numbers) in numbers.chunks(PART).enumerate() {
                if numbers.iter().fold(0, |bits, number| bits | number.to_bits()) == 0 {
                    continue;
                }
                let first = block * BLOCK + part * PART;
                for (pixel, &number) in (first..).zip(numbers) {
                    // Written always, kept only if it is lit: cheaper than a branch that nobody
                    // can foresee.
                    pixels[count] = pixel as u16;
                    values[count] = number;
                    count += usize::from(number != 0.0);
                }
            }
            self.bounds.push(count as u16);
        }
        self.pixels.extend_from_slice(&pixels[..count]);
        self.values.extend_from_slice(&values[..count]);
        self.starts.push(self.pixels.len());
    }

    /// How many numbers an image has.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many blocks of pixels an image has.
    pub(super) fn blocks(&self) -> usize {
        self.inputs.div_ceil(BLOCK)
    }

    /// One image; `index` is below the number of images.
    pub(super) fn image(&self, index: usize) -> Image<'_> {
        let range = self.starts[index]..self.starts[index + 1];
        let bounds = self.blocks() + 1;
        Image {
            pixels: &self.pixels[range.clone()],
            values: &self.values[range],
            bounds: &self.bounds[index * bounds..][..bounds],
        }
    }
}

impl<'a> Image<'a> {
    /// The lit pixels of one block, and their values.
    #[inline(always)]
    pub(super) fn block(&self, block: usize) -> (&'a [u16], &'a [f32]) {
        let range = usize::from(self.bounds[block])..usize::from(self.bounds[block + 1]);
        (&self.pixels[range.clone()], &self.values[range])
    }
}
