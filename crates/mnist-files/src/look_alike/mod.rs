//! Draws the whole set, on all cores.

use super::pen;
use crate::data::files::{Content, FILES, MnistFile, PIXELS, SIDE};
use crate::data::random::Random;

/// The four unpacked files' content, header and items, in the order of [`FILES`]: the same for the same seed.
pub(super) fn draw(seed: u64) -> [Vec<u8>; 4] {
    let [train_images, train_labels, test_images, test_labels] = &FILES;
    let mut contents = [train_images, train_labels, test_images, test_labels].map(header);
    let [train_pixels, train_digits, test_pixels, test_digits] = &mut contents;
    for (split, pixels, digits) in [(0, train_pixels, train_digits), (1, test_pixels, test_digits)]
    {
        let images = &mut pixels[train_images.header_bytes()..];
        fill(seed, split, images, &mut digits[train_labels.header_bytes()..]);
    }
    contents
}

/// A file's header, followed by zeros for its items.
fn header(file: &MnistFile) -> Vec<u8> {
    let mut content = Vec::with_capacity(file.unpacked_bytes());
    content.extend(file.magic().to_be_bytes());
    content.extend((file.count as u32).to_be_bytes());
    if file.content == Content::Images {
        content.extend((SIDE as u32).to_be_bytes());
        content.extend((SIDE as u32).to_be_bytes());
    }
    content.resize(file.unpacked_bytes(), 0);
    content
}

/// Draws one picture for each label; each has random numbers of its own, whichever thread draws it.
fn fill(seed: u64, split: u64, pixels: &mut [u8], digits: &mut [u8]) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = digits.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let parts = pixels.chunks_mut(share * PIXELS).zip(digits.chunks_mut(share));
        for (part, (pixels, digits)) in parts.enumerate() {
            scope.spawn(move || {
                for (index, (picture, digit)) in pixels.chunks_mut(PIXELS).zip(digits).enumerate() {
                    let number = (split << 32) + (part * share + index) as u64;
                    let mut random = Random::new(Random::new(seed ^ number).next());
                    let (label, drawn) = pen::digit(&mut random);
                    picture.copy_from_slice(&drawn);
                    *digit = label;
                }
            });
        }
    });
}
