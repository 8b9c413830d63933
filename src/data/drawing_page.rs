//! A page with something drawn on it: from a PNG of any kind to how much ink is where.

use anyhow::{Context, Result, anyhow, bail, ensure};
use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::Path;

/// Most pixels a side: a decoded picture takes at most 64 MB.
const LARGEST: u32 = 4000;
/// Least difference between ink and paper, of 255: fainter is a blank page.
const LEAST_CONTRAST: u8 = 32;
/// What is fainter than one part in so many of the darkest ink is paper with its grain or a smudge.
const FAINTEST: u32 = 5;

/// A page, and how much ink each of its pixels holds.
pub(super) struct Page {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `height` rows of `width`: 0 paper, 255 the darkest ink.
    pub(super) ink: Vec<u8>,
}

impl Page {
    /// Reads a PNG file.
    ///
    /// # Errors
    /// The file cannot be read, is no PNG or too large, or the page is blank.
    pub(super) fn read(path: &Path) -> Result<Page> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "there is no such file; draw a digit first and press \"Use this digit\", or save a \
                 PNG picture of your own there"
            ),
            file => file.context("the file cannot be opened")?,
        };
        let pixels = Pixels::read(BufReader::new(file))?;
        // What is transparent takes the colour of white paper; under white ink, that of black.
        let ink = ink(&pixels.lightness(255)).or_else(|| ink(&pixels.lightness(0)));
        let ink = ink.context(
            "the page is blank; expected one digit in dark ink on light paper, or light on dark; \
             draw it and save it again",
        )?;
        Ok(Page { width: pixels.width, height: pixels.height, ink: ink.concat() })
    }
}

/// How light a page is, in rows: 0 black, 255 white.
type Rows = Vec<Vec<u8>>;

/// How far each pixel is from paper, 255 for the farthest; `None` if the page is blank.
///
/// Paper is what lies along the edges. Ink is darker or lighter than that, whichever goes farther.
fn ink(lightness: &Rows) -> Option<Rows> {
    let paper = median_of_the_edges(lightness)?;
    let darkest = *lightness.iter().flatten().min()?;
    let lightest = *lightness.iter().flatten().max()?;
    let is_dark = paper - darkest >= lightest - paper;
    let contrast = if is_dark { paper - darkest } else { lightest - paper };
    if contrast < LEAST_CONTRAST {
        return None;
    }
    let ink = |light: u8| {
        let far = if is_dark { paper.saturating_sub(light) } else { light.saturating_sub(paper) };
        let is_paper = u32::from(far) * FAINTEST < u32::from(contrast);
        if is_paper { 0 } else { (u32::from(far) * 255 / u32::from(contrast)) as u8 }
    };
    Some(lightness.iter().map(|row| row.iter().map(|light| ink(*light)).collect()).collect())
}

fn median_of_the_edges(rows: &Rows) -> Option<u8> {
    let mut edges = [rows.first()?.as_slice(), rows.last()?.as_slice()].concat();
    for row in rows {
        edges.extend([row.first()?, row.last()?]);
    }
    edges.sort_unstable();
    edges.get(edges.len() / 2).copied()
}

/// A decoded picture.
struct Pixels {
    width: usize,
    height: usize,
    /// Bytes of a pixel: gray, gray and alpha, RGB, or RGB and alpha.
    channels: usize,
    bytes: Vec<u8>,
}

impl Pixels {
    fn read(file: BufReader<File>) -> Result<Pixels> {
        let not_png = |error: png::DecodingError| {
            anyhow!("this is not a whole PNG picture ({error}); save the drawing again, as PNG")
        };
        let mut decoder = png::Decoder::new(file);
        // Neither palettes, nor 1, 2, 4 or 16 bits: 8 bits a channel.
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let (width, height) = decoder.read_header_info().map_err(not_png)?.size();
        ensure!(
            width.max(height) <= LARGEST,
            "the picture has {width} x {height} pixels; expected at most {LARGEST} x {LARGEST}; \
             save it smaller"
        );
        let mut reader = decoder.read_info().map_err(not_png)?;
        let size = reader.output_buffer_size().context("the picture is too large")?;
        let mut bytes = vec![0; size];
        reader.next_frame(&mut bytes).map_err(not_png)?;
        let channels = reader.output_color_type().0.samples();
        Ok(Pixels { width: width as usize, height: height as usize, channels, bytes })
    }

    /// How light the page is where what is transparent lies on a ground of this lightness.
    fn lightness(&self, ground: u8) -> Rows {
        let light = |pixel: &[u8]| match *pixel {
            [gray] => gray,
            [gray, alpha] => over(gray, alpha, ground),
            [red, green, blue] => luma(red, green, blue),
            [red, green, blue, alpha] => over(luma(red, green, blue), alpha, ground),
            _ => ground,
        };
        let row = |row: &[u8]| row.chunks_exact(self.channels).map(light).collect();
        self.bytes.chunks_exact(self.width * self.channels).map(row).collect()
    }
}

/// How light a colour looks (Rec. ITU-R BT.601, section 2.5.1); exact for grays.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    ((sum + 500) / 1000) as u8
}

/// A colour of this opacity over a ground.
fn over(light: u8, alpha: u8, ground: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(light) * alpha + u32::from(ground) * (255 - alpha) + 127) / 255) as u8
}
