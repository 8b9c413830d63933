//! Pages with something drawn on them, as PNG files: what the tests of drawings share.

#![allow(dead_code, clippy::unwrap_used, missing_docs)] // Each test file uses a part of it.

use std::fs;
use std::path::PathBuf;

use mnist_tutorial::data::Drawing;
use png::{BitDepth, ColorType};
use tempfile::TempDir;

/// A page of so many pixels, and whether each is ink.
#[derive(Clone)]
pub struct Page {
    pub width: usize,
    pub height: usize,
    pub ink: Vec<bool>,
}

impl Page {
    pub fn new(width: usize, height: usize, is_ink: impl Fn(usize, usize) -> bool) -> Page {
        let ink = (0..width * height).map(|at| is_ink(at % width, at / width)).collect();
        Page { width, height, ink }
    }

    /// The same ink, each pixel `factor` x `factor` large, on a page with wider margins.
    pub fn placed(&self, factor: usize, left: usize, top: usize) -> Page {
        let (width, height) = (self.width * factor + left + 9, self.height * factor + top + 5);
        Page::new(width, height, |x, y| {
            let (Some(x), Some(y)) = (x.checked_sub(left), y.checked_sub(top)) else {
                return false;
            };
            let (x, y) = (x / factor, y / factor);
            x < self.width && y < self.height && self.ink[y * self.width + x]
        })
    }

    /// The bytes of a pixel for paper, and for ink.
    pub fn bytes(&self, paper: &[u8], ink: &[u8]) -> Vec<u8> {
        let bytes = self.ink.iter().flat_map(|is_ink| if *is_ink { ink } else { paper });
        bytes.copied().collect()
    }

    /// Dark ink on white, 8 bits.
    pub fn png(&self) -> Vec<u8> {
        let bytes = self.bytes(&[255], &[0]);
        encoded(self, ColorType::Grayscale, BitDepth::Eight, &bytes, None, None)
    }
}

/// A seven with a bar, 9 x 13.
pub fn seven() -> Page {
    let rows = [
        "#########",
        "#########",
        ".......##",
        "......##.",
        "......##.",
        ".....##..",
        "..######.",
        "..######.",
        "....##...",
        "...##....",
        "...##....",
        "...##....",
        "...##....",
    ];
    Page::new(9, 13, |x, y| rows[y].as_bytes()[x] == b'#').placed(1, 4, 4)
}

pub fn encoded(
    page: &Page,
    color: ColorType,
    depth: BitDepth,
    bytes: &[u8],
    palette: Option<&[u8]>,
    transparent: Option<&[u8]>,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, page.width as u32, page.height as u32);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some(palette) = palette {
        encoder.set_palette(palette.to_vec());
    }
    if let Some(transparent) = transparent {
        encoder.set_trns(transparent.to_vec());
    }
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
    file
}

/// A gray image, 8 bits.
pub fn gray(width: usize, bytes: &[u8]) -> Vec<u8> {
    let page = Page::new(width, bytes.len() / width, |_, _| false);
    encoded(&page, ColorType::Grayscale, BitDepth::Eight, bytes, None, None)
}

/// A file in a folder that goes with the first value.
pub fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my-digit.png");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

pub fn pixels(png: &[u8]) -> Vec<u8> {
    let (_folder, path) = file(png);
    Drawing::from_png(path).unwrap().pixels().to_vec()
}

/// What is said of a file that cannot be used, in one line, without the folder's name.
pub fn refusal(png: &[u8]) -> String {
    let (folder, path) = file(png);
    let error = format!("{:#}", Drawing::from_png(path).expect_err("must be refused"));
    error.replace(&format!("{}/", folder.path().display()), "")
}
