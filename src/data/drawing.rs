//! A digit of one's own: read from a PNG and prepared as the pictures of MNIST were.
//!
//! A network knows only what it was trained with. So the digit is cut out of its page, reduced and
//! centred as MNIST's makers did it (<http://yann.lecun.com/exdb/mnist/>): "size normalized to fit
//! in a 20x20 pixel box while preserving their aspect ratio", with gray levels from anti-aliasing,
//! then "centered in a 28x28 image by computing the center of mass of the pixels".

mod fit;
mod page;

use super::files::PIXELS;
use anyhow::{Context, Result};
use page::Page;
use std::fmt;
use std::path::Path;
use tch::{Kind, Tensor};

/// One drawn digit, as a picture of MNIST: 20 pixels in its longer direction, centred in 28 x 28.
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
        Page::read(path)
            .and_then(|page| Drawing::new(fit::prepared(&page).to_vec()))
            .with_context(|| format!("reading the drawing {}", path.display()))
    }

    /// The 784 bytes: 28 rows of 28, 0 background, 255 full ink, as [`Split::picture`](super::Split::picture).
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    fn new(pixels: Vec<u8>) -> Result<Drawing> {
        // [784] u8 -> [1, 784] f32, then 0..255 -> 0..1 in place
        let image = Tensor::f_from_slice(&pixels)?.f_view([1, PIXELS as i64])?;
        let image = image.f_to_kind(Kind::Float)?.f_div_scalar_(255.0)?;
        Ok(Drawing { image, pixels })
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Drawing {{ image: {:?} }}", self.image.size())
    }
}
