//! Digits drawn by the crate, for where MNIST cannot be had, and never called MNIST.
//!
//! The course runs with them; the accuracy figures of its text do not hold.

mod glyphs;
mod pen;

use crate::files::{MNIST, PIXELS};
use crate::random::Random;

/// The seed of the set that takes MNIST's place.
pub const SEED: u64 = 28;

/// Draws the 60,000 + 10,000 digits of a seed, on all cores: the four unpacked files' content, header
/// and items, in the order of [`Dataset::files`](crate::files::Dataset::files).
pub fn draw(seed: u64) -> [Vec<u8>; 4] {
    let mut contents = MNIST.files.each_ref().map(|file| {
        let mut content = file.header();
        content.resize(file.unpacked_bytes(), 0);
        content
    });
    let headers = MNIST.files.each_ref().map(|file| file.header().len());
    let [train_images, train_labels, test_images, test_labels] = &mut contents;
    for (split, images, labels) in [(0, train_images, train_labels), (1, test_images, test_labels)]
    {
        fill(seed, split, &mut images[headers[0]..], &mut labels[headers[1]..]);
    }
    contents
}

/// Draws an image for each label; each has random numbers of its own, whichever thread draws it.
fn fill(seed: u64, split: u64, pixels: &mut [u8], labels: &mut [u8]) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = labels.len().div_ceil(threads);
    let draw = move |(part, (pixels, labels)): (usize, (&mut [u8], &mut [u8]))| {
        for (index, (image, label)) in pixels.chunks_mut(PIXELS).zip(labels).enumerate() {
            let number = (split << 32) + (part * share + index) as u64;
            let mut random = Random::new(Random::new(seed ^ number).bits());
            let (digit, drawn) = pen::digit(&mut random);
            image.copy_from_slice(&drawn);
            *label = digit;
        }
    };
    std::thread::scope(|scope| {
        let mut parts = pixels.chunks_mut(share * PIXELS).zip(labels.chunks_mut(share)).enumerate();
        let own = parts.next(); // WebAssembly has no other threads
        for part in parts {
            scope.spawn(move || draw(part));
        }
        own.map(draw);
    });
}
