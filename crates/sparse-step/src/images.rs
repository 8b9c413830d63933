//! The pixels of the images that are not 0, which is all that the hidden layer needs.

use crate::error::Error;
use crate::network::MAX_INPUTS;

/// Pixels whose weights are worked on together: their rows stay in the fastest cache while all
/// images of a batch use them.
pub(crate) const BLOCK: usize = 56;

/// Neighbouring pixels that are often dark together; divides [`BLOCK`].
const PART: usize = 8;

/// For each image its lit pixels (those that are not 0) in their order, and where each block of
/// pixels begins.
#[derive(Debug, Clone)]
pub struct SparseImages {
    inputs: usize,
    starts: Vec<usize>,
    pixels: Vec<u16>,
    values: Vec<f32>,
    /// `[images, blocks + 1]`, counted from the image's first lit pixel.
    bounds: Vec<u16>,
}

/// The lit pixels of one image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image<'a> {
    pub(crate) pixels: &'a [u16],
    pub(crate) values: &'a [f32],
    bounds: &'a [u16],
}

impl SparseImages {
    /// No images yet, of `inputs` pixels each.
    ///
    /// # Errors
    /// If `inputs` is 0 or above [`MAX_INPUTS`].
    pub fn new(inputs: usize) -> Result<Self, Error> {
        if !(1..=MAX_INPUTS).contains(&inputs) {
            return Err(Error(format!("images of {inputs} pixels, expected 1 to {MAX_INPUTS}")));
        }
        let (pixels, values, bounds) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { inputs, starts: vec![0], pixels, values, bounds })
    }

    /// Adds images, `[images, inputs]` row-major.
    ///
    /// # Errors
    /// If the last row is not complete; then none is added.
    pub fn push_rows(&mut self, rows: &[f32]) -> Result<(), Error> {
        let inputs = self.inputs;
        if !rows.len().is_multiple_of(inputs) {
            return Err(Error(format!(
                "images: {} numbers, expected a multiple of {inputs}",
                rows.len()
            )));
        }
        let mut found = (vec![0; inputs], vec![0.0; inputs]);
        for image in rows.chunks_exact(inputs) {
            self.push(image, &mut found);
        }
        Ok(())
    }

    /// Adds one image; `found` is room for all of its pixels.
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

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no image yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pixels an image has.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many blocks of pixels an image has.
    pub(crate) fn blocks(&self) -> usize {
        self.inputs.div_ceil(BLOCK)
    }

    /// One image; `index` is below the number of images.
    pub(crate) fn image(&self, index: usize) -> Image<'_> {
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
    pub(crate) fn block(&self, block: usize) -> (&'a [u16], &'a [f32]) {
        let range = usize::from(self.bounds[block])..usize::from(self.bounds[block + 1]);
        (&self.pixels[range.clone()], &self.values[range])
    }
}
