//! A batch seen from its pixels: for each lit one, the images in which it is lit.

use super::lit::{BLOCK, Image, Lit};

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
    /// Where each pixel's entries begin within `entries`; one more for the end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    /// For each pixel of an image, how many entries it has, then where the next one goes.
    next: Vec<u32>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(lit: &'a Lit) -> Self {
        Self {
            lit,
            images: Vec::new(),
            labels: Vec::new(),
            pixels: Vec::new(),
            blocks: Vec::new(),
            starts: Vec::new(),
            entries: Vec::new(),
            next: vec![0; lit.inputs()],
        }
    }

    /// Takes up the images of these numbers.
    pub(super) fn fill(&mut self, numbers: &[i64], labels: &[u8]) {
        self.images.clear();
        self.images.extend(numbers.iter().map(|&number| self.lit.image(number as usize)));
        self.labels.clear();
        self.labels.extend(numbers.iter().map(|&number| labels[number as usize]));
        self.next.fill(0);
        for image in &self.images {
            for &pixel in image.pixels {
                self.next[usize::from(pixel)] += 1;
            }
        }
        self.list_pixels();
        for (row, image) in self.images.iter().enumerate() {
            for (&pixel, &value) in image.pixels.iter().zip(image.values) {
                let place = &mut self.next[usize::from(pixel)];
                self.entries[*place as usize] = Entry { row: row as u32, value };
                *place += 1;
            }
        }
    }

    /// Lists the pixels that were counted, and turns the counts into places.
    fn list_pixels(&mut self) {
        self.pixels.clear();
        self.blocks.clear();
        self.starts.clear();
        let mut place = 0;
        for (block, counts) in self.next.chunks_mut(BLOCK).enumerate() {
            self.blocks.push(self.pixels.len() as u32);
            for (pixel, count) in (block * BLOCK..).zip(counts) {
                let entries = *count;
                *count = place;
                if entries > 0 {
                    self.pixels.push(pixel as u16);
                    self.starts.push(place);
                    place += entries;
                }
            }
        }
        self.blocks.push(self.pixels.len() as u32);
        self.starts.push(place);
        self.entries.resize(place as usize, Entry::default());
    }

    /// The lit pixels of one block, each with the images in which it is lit.
    #[inline(always)]
    pub(super) fn block(&self, block: usize) -> impl Iterator<Item = (usize, &[Entry])> {
        let range = self.blocks[block] as usize..self.blocks[block + 1] as usize;
        let bounds = &self.starts[range.start..=range.end];
        self.pixels[range].iter().zip(bounds.windows(2)).map(|(&pixel, bounds)| {
            (usize::from(pixel), &self.entries[bounds[0] as usize..bounds[1] as usize])
        })
    }
}
