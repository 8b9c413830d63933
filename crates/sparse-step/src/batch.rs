//! A batch seen from its pixels: for each lit one, the images in which it is lit.

use super::lit::{BLOCK, Image, Lit};

/// Bytes of a cache line.
const LINE: usize = 64;

/// One image in which a pixel is lit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    /// Number of the image within the batch.
    pub(super) row: u32,
    /// The pixel's value there.
    pub(super) value: f32,
}

/// The images of one batch and its lit pixels, both ways round.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    lit: &'a Lit,
    /// The images of this batch.
    pub(super) images: Vec<Image<'a>>,
    /// The digit each of them shows.
    pub(super) labels: Vec<u8>,
    /// Pixels lit in any of them, in their order.
    pub(super) pixels: Vec<u16>,
    /// Where each block begins within `pixels`; one more for the end.
    pub(super) blocks: Vec<u32>,
    /// How many images each pixel of an image is lit in.
    counts: Vec<u32>,
    /// Room for `batch_size` entries for each pixel of an image.
    entries: Vec<Entry>,
    batch_size: usize,
}

impl<'a> Columns<'a> {
    /// Room for batches of up to so many images.
    pub(super) fn new(lit: &'a Lit, batch_size: usize) -> Self {
        Self {
            lit,
            images: Vec::new(),
            labels: Vec::new(),
            pixels: Vec::new(),
            blocks: Vec::new(),
            counts: vec![0; lit.inputs()],
            entries: vec![Entry::default(); lit.inputs() * batch_size],
            batch_size,
        }
    }

    /// Takes up the images of these numbers.
    pub(super) fn fill(&mut self, numbers: &[i64], labels: &[u8]) {
        self.images.clear();
        self.images.extend(numbers.iter().map(|&number| self.lit.image(number as usize)));
        self.labels.clear();
        self.labels.extend(numbers.iter().map(|&number| labels[number as usize]));
        self.fetch();
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

    /// Looks at every cache line of the images: asked for all at once, they come from memory side
    /// by side, while the loop over their pixels would wait for one after the other.
    fn fetch(&self) {
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
    pub(super) fn block(&self, block: usize) -> impl Iterator<Item = (usize, &[Entry])> {
        let range = self.blocks[block] as usize..self.blocks[block + 1] as usize;
        self.pixels[range].iter().map(|&pixel| {
            let pixel = usize::from(pixel);
            let entries = &self.entries[pixel * self.batch_size..];
            (pixel, &entries[..self.counts[pixel] as usize])
        })
    }
}
