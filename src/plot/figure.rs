//! A finished figure that a cell can keep, show and save, as a small PNG file.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use crate::whole_file;

/// A figure as PNG bytes, with the words that stand for it where it cannot be seen.
///
/// A figure owns everything it shows: a cell can keep it in a variable, show it again
/// later or save it, and cloning one is cheap.
#[derive(Clone, PartialEq)]
pub struct Figure {
    png: Arc<[u8]>,
    width: u32,
    height: u32,
    alt_text: String,
}

impl Figure {
    /// Encodes `width` x `height` pixels of three bytes (red, green, blue).
    pub(super) fn from_rgb(rgb: &[u8], width: u32, height: u32, alt_text: &str) -> Result<Self> {
        // One line: a name that somebody gave may contain line breaks.
        let alt_text = alt_text.replace(char::is_control, " ");
        let png =
            encode(rgb, width, height, &alt_text).context("encoding the figure as a PNG file")?;
        Ok(Self { png: png.into(), width, height, alt_text })
    }

    /// The figure as the bytes of a PNG file.
    pub fn png(&self) -> &[u8] {
        &self.png
    }

    /// What the figure shows, in words.
    pub fn alt_text(&self) -> &str {
        &self.alt_text
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Writes the figure to a `.png` file, all of it or nothing: a file that was there
    /// stays as it was if this fails.
    ///
    /// # Errors
    /// The name doesn't end in `.png`, the folder doesn't exist, or it can't be written to.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let folder = whole_file::folder_of(path);
        let (shown, place) = (path.display(), folder.display());
        ensure!(
            path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")),
            "{shown}: figures are PNG images; give a file name that ends in .png"
        );
        ensure!(
            folder.is_dir(),
            "{shown}: there is no folder {place}; create it first, or save somewhere else"
        );
        ensure!(!path.is_dir(), "{shown}: this is a folder; give the name of a file in it");
        whole_file::write(path, |file| Ok(file.write_all(&self.png)?)).with_context(|| {
            format!("{shown}: cannot write here; check that {place} is writable and has space left")
        })
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, alt_text, .. } = self;
        write!(formatter, "Figure({width} x {height}: {alt_text})")
    }
}

/// Most colours that one byte a pixel can name.
const MOST_COLORS: usize = 256;

/// Red, green, blue.
type Rgb = [u8; 3];

/// Encodes `width` x `height` pixels of three bytes, with a description inside the file.
///
/// A gray figure is kept exactly. Of a coloured one the most frequent colours are, and with them
/// all flat fills; the rarest shades of smoothed edges become the colour most like them, so that
/// one byte names each: a notebook keeps every figure as text inside itself, and this halves it.
fn encode(rgb: &[u8], width: u32, height: u32, description: &str) -> Result<Vec<u8>> {
    let (pixels, _) = rgb.as_chunks::<3>();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours repeat best as they are; filters are for photographs.
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.add_itxt_chunk("Description".to_owned(), description.to_owned())?;
    let data: Vec<u8> = if pixels.iter().all(|[red, green, blue]| red == green && green == blue) {
        encoder.set_color(png::ColorType::Grayscale);
        pixels.iter().map(|pixel| pixel[0]).collect()
    } else {
        let colors = by_frequency(pixels);
        let palette = &colors[..colors.len().min(MOST_COLORS)];
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette.concat());
        let index = |color: &Rgb| (*color, nearest(palette, *color));
        let indices: HashMap<Rgb, u8> = colors.iter().map(index).collect();
        pixels.iter().map(|pixel| indices[pixel]).collect()
    };
    encoder.write_header()?.write_image_data(&data)?;
    Ok(bytes)
}

/// The different colours, most frequent first.
fn by_frequency(pixels: &[Rgb]) -> Vec<Rgb> {
    let mut counts: HashMap<Rgb, usize> = HashMap::new();
    for pixel in pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut colors: Vec<Rgb> = counts.keys().copied().collect();
    // By colour where the counts are equal: the same figure is always the same file.
    colors.sort_unstable_by_key(|color| (Reverse(counts[color]), *color));
    colors
}

/// The index of the colour of a palette that is most like `color`.
fn nearest(palette: &[Rgb], color: Rgb) -> u8 {
    let apart = |other: &Rgb| color.iter().zip(other).map(|(a, b)| a.abs_diff(*b)).max();
    (0..=u8::MAX).zip(palette).min_by_key(|(_, other)| apart(other)).map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (png::ColorType, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let color = decoder.read_header_info().expect("a header").color_type;
        let mut reader = decoder.read_info().expect("a header");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a small image")];
        reader.next_frame(&mut pixels).expect("an image");
        (color, pixels)
    }

    #[test]
    fn grays_and_few_colours_are_kept_exactly() {
        let gray: Vec<u8> = (0..=255).flat_map(|value| [value; 3]).collect();
        let (color, pixels) = decoded(&encode(&gray, 16, 16, "").expect("encodes"));
        assert_eq!(color, png::ColorType::Grayscale);
        assert_eq!(pixels, (0..=255).collect::<Vec<u8>>());
        let colors: Vec<u8> = (0..=255).flat_map(|value| [value, 77, 255 - value]).collect();
        let (color, pixels) = decoded(&encode(&colors, 16, 16, "").expect("encodes"));
        assert_eq!(color, png::ColorType::Indexed);
        assert_eq!(pixels, colors);
    }

    #[test]
    fn of_many_colours_the_rare_ones_become_the_one_most_like_them() {
        let shades = |blue| (0..=255).flat_map(move |red| [red, 77, blue]);
        let frequent = shades(77).chain(shades(77)).chain([255; 768]);
        let colors: Vec<u8> = frequent.chain(shades(78)).collect();
        let (color, pixels) = decoded(&encode(&colors, 32, 32, "").expect("encodes"));
        assert_eq!(color, png::ColorType::Indexed);
        assert_eq!(pixels[1536..2304], [255; 768], "white stays white");
        assert!(colors.iter().zip(&pixels).all(|(a, b)| a.abs_diff(*b) <= 1));
    }
}
