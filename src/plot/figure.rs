//! A finished figure that a cell can keep, show and save, as a small PNG file.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};

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
        let shown = path.display();
        ensure!(
            path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")),
            "{shown}: figures are PNG images; give a file name that ends in .png"
        );
        let folder = whole_file::folder_of(path);
        if !folder.is_dir() {
            let folder = folder.display();
            bail!("{shown}: there is no folder {folder}; create it first, or save somewhere else");
        }
        ensure!(!path.is_dir(), "{shown}: this is a folder; give the name of a file in it");
        whole_file::write(path, |file| Ok(file.write_all(&self.png)?)).with_context(|| {
            let folder = folder.display();
            format!(
                "{shown}: cannot write here; check that {folder} is writable and has space left"
            )
        })
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, alt_text, .. } = self;
        write!(formatter, "Figure({width} x {height}: {alt_text})")
    }
}

/// Encodes `width` x `height` pixels of three bytes, one byte each where all are gray, with a
/// description inside the file.
fn encode(rgb: &[u8], width: u32, height: u32, description: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours repeat best as they are; filters are for photographs.
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.add_itxt_chunk("Description".to_owned(), description.to_owned())?;
    let (pixels, _) = rgb.as_chunks::<3>();
    if pixels.iter().all(|[red, green, blue]| red == green && green == blue) {
        encoder.set_color(png::ColorType::Grayscale);
        let gray: Vec<u8> = pixels.iter().map(|pixel| pixel[0]).collect();
        encoder.write_header()?.write_image_data(&gray)?;
    } else {
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(rgb)?;
    }
    Ok(bytes)
}
