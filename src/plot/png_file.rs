//! Pictures as small PNG files: a notebook keeps each one as text inside itself.

use std::collections::HashMap;

use anyhow::Result;

/// Most colours that one byte a pixel can name.
const MOST_COLORS: usize = 256;

/// Encodes `width` x `height` pixels of three bytes, with a description inside the file.
///
/// A gray picture is kept exactly. Of a coloured one, the finest shades of smoothed edges
/// are merged, no more than needed to name each colour with one byte.
pub(super) fn encode(rgb: &[u8], width: u32, height: u32, description: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours repeat best as they are; filters are for photographs.
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.add_itxt_chunk("Description".to_owned(), description.to_owned())?;
    let gray = rgb.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    let indexed = [1, 4, 8, 16, 32].into_iter().find_map(|step| indexed(rgb, step));
    if gray {
        encoder.set_color(png::ColorType::Grayscale);
        let values: Vec<u8> = rgb.chunks_exact(3).map(|pixel| pixel[0]).collect();
        encoder.write_header()?.write_image_data(&values)?;
    } else if let Some((palette, places)) = indexed {
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette);
        encoder.write_header()?.write_image_data(&places)?;
    } else {
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(rgb)?;
    }
    Ok(bytes)
}

/// Rounds each channel to a multiple of `step`; `None` if too many colours are left.
fn indexed(rgb: &[u8], step: u16) -> Option<(Vec<u8>, Vec<u8>)> {
    let rounded = |value: u8| ((u16::from(value) + step / 2) / step * step).min(255) as u8;
    let mut known: HashMap<[u8; 3], u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut places = Vec::with_capacity(rgb.len() / 3);
    // Most pixels are like the one before them.
    let mut last: Option<([u8; 3], u8)> = None;
    for pixel in rgb.chunks_exact(3) {
        let exact = [pixel[0], pixel[1], pixel[2]];
        let place = match last {
            Some((color, place)) if color == exact => place,
            _ => {
                let color = exact.map(rounded);
                match known.get(&color) {
                    Some(place) => *place,
                    None if known.len() == MOST_COLORS => return None,
                    None => {
                        let place = known.len() as u8;
                        known.insert(color, place);
                        palette.extend(color);
                        place
                    }
                }
            }
        };
        last = Some((exact, place));
        places.push(place);
    }
    Some((palette, places))
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
