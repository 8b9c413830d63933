//! A digit of one's own, read from a PNG and prepared as the images of MNIST were.

use super::split::rows;
use anyhow::{Context, Result, anyhow, bail, ensure};
use mnist_files::drawing::prepared;
use mnist_files::files::PIXELS;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::Path;
use tch::Tensor;

/// Most pixels a side: a decoded page takes at most 64 MB.
const LARGEST: u32 = 4000;

/// One drawn digit, as an image of MNIST: 20 pixels in its longer direction, centred in 28 x 28.
pub struct Drawing {
    /// `[1, 784]`, f32: 0 background, 1 full ink, as a row of [`Split::images`](super::Split::images).
    pub image: Tensor,
    pixels: Vec<u8>,
}

impl Drawing {
    /// Reads a PNG of any kind, up to 4000 x 4000 pixels: one digit, dark on light or light on dark.
    ///
    /// What is transparent counts as paper.
    ///
    /// # Errors
    /// The file is missing, no PNG or too large, its page is blank, or libtorch cannot make the tensor.
    pub fn from_png(path: impl AsRef<Path>) -> Result<Drawing> {
        let path = path.as_ref();
        read(path)
            .and_then(|pixels| Ok(Drawing { image: rows(&pixels)?, pixels: pixels.to_vec() }))
            .with_context(|| format!("reading the drawing {}", path.display()))
    }

    /// The 784 bytes: 28 rows of 28, 0 background, 255 full ink, as [`Split::image`](super::Split::image).
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// The pixels of a PNG file's digit.
fn read(path: &Path) -> Result<[u8; PIXELS]> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "there is no such file; draw a digit first and press \"Use this digit\", or save a \
             PNG image of your own there"
        ),
        file => file.context("the file cannot be opened")?,
    };
    let not_png = |error: png::DecodingError| {
        anyhow!("this is not a whole PNG image ({error}); save the drawing again, as PNG")
    };
    let mut decoder = png::Decoder::new(BufReader::new(file));
    // Neither palettes, nor 1, 2, 4 or 16 bits: 8 bits a channel.
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let (width, height) = decoder.read_header_info().map_err(not_png)?.size();
    ensure!(
        width.max(height) <= LARGEST,
        "the image has {width} x {height} pixels; expected at most {LARGEST} x {LARGEST}; \
         save it smaller"
    );
    let mut reader = decoder.read_info().map_err(not_png)?;
    let size = reader.output_buffer_size().context("the image is too large")?;
    let mut bytes = vec![0; size];
    reader.next_frame(&mut bytes).map_err(not_png)?;
    let channels = reader.output_color_type().0.samples();
    prepared(&bytes, width as usize, channels).context(
        "the page is blank; expected one digit in dark ink on light paper, or light on dark; \
         draw it and save it again",
    )
}

impl fmt::Debug for Drawing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Drawing {{ image: {:?} }}", self.image.size())
    }
}
