//! A batch by pixels: for each lit one, the images in which it is lit.

use crate::images::{BLOCK, Image, SparseImages};

/// Bytes of a cache line.
const LINE: usize = 64;

/// One image in which a pixel is lit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    /// Number of the image within the batch.
    pub(crate) row: u32,
    /// The pixel's value there.
    pub(crate) value: f32,
}

/// The images of one batch, by image and by pixel.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    source: &'a SparseImages,
    /// The images of this batch.
    pub(crate) images: Vec<Image<'a>>,
    /// The class of each.
    pub(crate) labels: Vec<u8>,
    /// Pixels lit in any of them, in their order.
    pub(crate) pixels: Vec<u16>,
    /// Where each block begins within `pixels`; one more for the end.
    pub(crate) blocks: Vec<u32>,
    /// How many images each pixel of an image is lit in.
    counts: Vec<u32>,
    /// Room for `batch_size` entries for each pixel of an image.
    entries: Vec<Entry>,
    batch_size: usize,
}

impl<'a> Batch<'a> {
    /// Room for batches of up to so many images.
    pub(crate) fn new(source: &'a SparseImages, batch_size: usize) -> Self {
        Self {
            source,
            images: Vec::new(),
            labels: Vec::new(),
            pixels: Vec::new(),
            blocks: Vec::new(),
            counts: vec![0; source.inputs()],
            entries: vec![Entry::default(); source.inputs() * batch_size],
            batch_size,
        }
    }

    /// Replaces the batch by the images of these indices.
    pub(crate) fn fill(&mut self, indices: &[usize], labels: &[u8]) {
        self.images.clear();
        self.images.extend(indices.iter().map(|&index| self.source.image(index)));
        self.labels.clear();
        self.labels.extend(indices.iter().map(|&index| labels[index]));
        self.prefetch();
        self.counts.fill(0);
        for (row, image) in (0..).zip(&self.images) {
            for (&pixel, &value) in image.pixels.iter().zip(image.values) {
                let pixel = usize::from(pixel);
                let count = &mut self.counts[pixel];
                self.entries[pixel * self.batch_size + *count as usize] = Entry { row, value };
                *count += 1;
            }
        }
        self.list_pixels();
    }

    /// Reads every cache line of the images: asked for all at once, they come from memory in
    /// parallel, while the loop over their pixels would wait for one after the other.
    fn prefetch(&self) {
        let mut bits = 0;
        for image in &self.images {
            bits |= image.pixels.iter().step_by(LINE / 2).fold(0, |bits, &pixel| bits | pixel);
            for value in image.values.iter().step_by(LINE / 4) {
                bits |= value.to_bits() as u16;
            }
        }
        std::hint::black_box(bits);
    }

    fn list_pixels(&mut self) {
        self.pixels.clear();
        self.blocks.clear();
        for (block, counts) in self.counts.chunks(BLOCK).enumerate() {
            self.blocks.push(self.pixels.len() as u32);
            let pixels = (block * BLOCK..).zip(counts);
            let lit = pixels.filter(|(_, count)| **count > 0).map(|(pixel, _)| pixel as u16);
            self.pixels.extend(lit);
        }
        self.blocks.push(self.pixels.len() as u32);
    }

    /// The lit pixels of one block, each with the images in which it is lit.
    #[inline(always)]
    pub(crate) fn block(&self, block: usize) -> impl Iterator<Item = (usize, &[Entry])> {
        let range = self.blocks[block] as usize..self.blocks[block + 1] as usize;
        self.pixels[range].iter().map(|&pixel| {
            let pixel = usize::from(pixel);
            let entries = &self.entries[pixel * self.batch_size..];
            (pixel, &entries[..self.counts[pixel] as usize])
        })
    }
}
