//! Pictures as small PNG files: a notebook keeps each one as text inside itself.

use std::cmp::Reverse;
use std::collections::HashMap;

use anyhow::Result;

/// Most colours that one byte a pixel can name.
const MOST_COLORS: usize = 256;
/// How many of the most frequent colours are always kept exactly: more than the flat fills
/// of any figure, of which a confusion matrix has the most (90 kinds of mistakes).
const FLAT_COLORS: usize = 128;

/// Encodes `width` x `height` pixels of three bytes, with a description inside the file.
///
/// A gray picture is kept exactly. Of a coloured one, all flat fills are, and the rare shades
/// of smoothed edges are merged, no more than needed to name each colour with one byte.
pub(super) fn encode(rgb: &[u8], width: u32, height: u32, description: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours repeat best as they are; filters are for photographs.
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.add_itxt_chunk("Description".to_owned(), description.to_owned())?;
    let gray = rgb.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    if gray {
        encoder.set_color(png::ColorType::Grayscale);
        let values: Vec<u8> = rgb.chunks_exact(3).map(|pixel| pixel[0]).collect();
        encoder.write_header()?.write_image_data(&values)?;
    } else {
        let (palette, places) = indexed(rgb);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette.concat());
        encoder.write_header()?.write_image_data(&places)?;
    }
    Ok(bytes)
}

/// Red, green, blue.
type Rgb = [u8; 3];

/// The palette, and for each pixel the place of its colour in it.
fn indexed(rgb: &[u8]) -> (Vec<Rgb>, Vec<u8>) {
    let pixels = || rgb.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let mut counts: HashMap<Rgb, usize> = HashMap::new();
    for pixel in pixels() {
        *counts.entry(pixel).or_default() += 1;
    }
    let mut colors: Vec<(Rgb, usize)> = counts.into_iter().collect();
    // By colour where the counts are equal: the same picture is always the same file.
    colors.sort_unstable_by_key(|(color, count)| (Reverse(*count), *color));
    let colors: Vec<Rgb> = colors.into_iter().map(|(color, _)| color).collect();
    let palette = palette(&colors);
    let places: HashMap<Rgb, u8> =
        colors.iter().map(|color| (*color, nearest(&palette, *color).0 as u8)).collect();
    let places = pixels().map(|pixel| places[&pixel]).collect();
    (palette, places)
}

/// The colours of a file, chosen from those of a picture, which come most frequent first.
///
/// All of them where they are few; else the flat ones, and of the others so many that each is
/// within the smallest distance of one of them for which there is room.
fn palette(colors: &[Rgb]) -> Vec<Rgb> {
    let (flat, shades) = colors.split_at(colors.len().min(FLAT_COLORS));
    let mut distance = 0;
    loop {
        let mut palette = flat.to_vec();
        for shade in shades {
            if palette.len() <= MOST_COLORS && nearest(&palette, *shade).1 > distance {
                palette.push(*shade);
            }
        }
        if palette.len() <= MOST_COLORS {
            return palette;
        }
        distance = (distance * 2).max(1);
    }
}

/// The place of the colour of a palette that is most like `color`, and the largest
/// difference of a channel.
fn nearest(palette: &[Rgb], color: Rgb) -> (usize, u16) {
    let apart = palette.iter().map(|other| {
        let differences = color.iter().zip(other).map(|(a, b)| u16::from(a.abs_diff(*b)));
        differences.max().unwrap_or(0)
    });
    apart.enumerate().min_by_key(|(_, apart)| *apart).unwrap_or((0, u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (png::ColorType, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let color = decoder.read_header_info().expect("a header").color_type;
        let mut reader = decoder.read_info().expect("a header");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
        reader.next_frame(&mut pixels).expect("a picture");
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
    fn many_colours_are_merged_a_little_and_white_stays_white() {
        let mut colors: Vec<u8> = (0..1023).flat_map(|i| [i as u8, (i / 4) as u8, 77]).collect();
        colors.extend([255, 255, 255]);
        let (color, pixels) = decoded(&encode(&colors, 32, 32, "").expect("encodes"));
        assert_eq!(color, png::ColorType::Indexed);
        assert_eq!(pixels[3069..], [255, 255, 255]);
        assert!(colors.iter().zip(&pixels).all(|(a, b)| a.abs_diff(*b) <= 16));
    }
}
