//! A drawing becomes an image as MNIST's are, whatever the file, the page and the pen.
#![allow(clippy::unwrap_used, missing_docs)]

mod drawing_support;

use drawing_support::{Page, encoded, file, gray, pixels, seven};
use mnist_tutorial::data::Drawing;
use png::{BitDepth, ColorType};
use proptest::prelude::*;
use tch::{Kind, Tensor};

/// Bits of each row, packed, `bits` a pixel.
fn packed(page: &Page, bits: usize, paper: u8, ink: u8) -> Vec<u8> {
    let row = |row: &[bool]| -> Vec<u8> {
        let byte = |part: &[bool]| {
            part.iter().enumerate().fold(0, |byte, (at, is_ink)| {
                byte | (if *is_ink { ink } else { paper }) << (8 - bits * (at + 1))
            })
        };
        row.chunks(8 / bits).map(byte).collect()
    };
    page.ink.chunks(page.width).flat_map(row).collect()
}

/// Rows and columns of the first and last ink, and the centre of mass.
struct Place {
    rows: (usize, usize),
    columns: (usize, usize),
    center: (f64, f64),
}

fn place(pixels: &[u8]) -> Place {
    let inked = || (0..784).filter(|at| pixels[*at] > 0);
    let mass: f64 = pixels.iter().map(|pixel| f64::from(*pixel)).sum();
    let mean = |of: fn(usize) -> usize| {
        inked().map(|at| of(at) as f64 * f64::from(pixels[at])).sum::<f64>() / mass
    };
    let extent =
        |of: fn(usize) -> usize| (inked().map(of).min().unwrap(), inked().map(of).max().unwrap());
    Place {
        rows: extent(|at| at / 28),
        columns: extent(|at| at % 28),
        center: (mean(|at| at / 28), mean(|at| at % 28)),
    }
}

#[test]
fn any_bit_depth_of_gray_gives_the_same_pixels() {
    let page = seven();
    let expected = pixels(&page.png());
    for (depth, bits) in [(BitDepth::One, 1), (BitDepth::Two, 2), (BitDepth::Four, 4)] {
        let white = ((1_u16 << bits) - 1) as u8;
        let bytes = packed(&page, bits, white, 0);
        assert_eq!(
            pixels(&encoded(&page, ColorType::Grayscale, depth, &bytes, None, None)),
            expected
        );
        let (palette, bytes) = ([255, 255, 255, 0, 0, 0], packed(&page, bits, 0, 1));
        let png = encoded(&page, ColorType::Indexed, depth, &bytes, Some(&palette), None);
        assert_eq!(pixels(&png), expected);
    }
    let bytes = page.bytes(&[255, 255], &[0, 0]);
    let png = encoded(&page, ColorType::Grayscale, BitDepth::Sixteen, &bytes, None, None);
    assert_eq!(pixels(&png), expected);
}

#[test]
fn any_colours_of_ink_and_paper_give_the_same_pixels() {
    use ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    let page = seven();
    let expected = pixels(&page.png());
    let (paper, ink, blue) = ([250, 245, 220], [70, 30, 30], [20, 40, 200]);
    let kinds: [(ColorType, &[u8], &[u8]); 9] = [
        (Grayscale, &[0], &[255]),
        (Rgb, &paper, &ink),
        (Rgb, &paper, &blue),
        (Rgb, &ink, &paper),
        (GrayscaleAlpha, &[0, 0], &[0, 255]),
        (GrayscaleAlpha, &[255, 0], &[255, 255]),
        (Rgba, &[255, 255, 255, 255], &[0, 0, 0, 255]),
        (Rgba, &[0, 0, 0, 0], &[20, 40, 200, 255]),
        (Rgba, &[255, 255, 255, 0], &[0, 0, 0, 200]),
    ];
    for (color, paper, ink) in kinds {
        let bytes = page.bytes(paper, ink);
        let png = encoded(&page, color, BitDepth::Eight, &bytes, None, None);
        assert_eq!(pixels(&png), expected, "{color:?} {ink:?} on {paper:?}");
        let wide: Vec<u8> = bytes.iter().flat_map(|byte| [*byte; 2]).collect();
        let png = encoded(&page, color, BitDepth::Sixteen, &wide, None, None);
        assert_eq!(pixels(&png), expected, "16 bits, {color:?} {ink:?} on {paper:?}");
    }
}

#[test]
fn a_palette_with_a_transparent_colour_gives_the_same_pixels() {
    let page = seven();
    let bytes = packed(&page, 8, 0, 1);
    for ink in [0, 255] {
        let palette = [128, 128, 128, ink, ink, ink];
        let (color, depth) = (ColorType::Indexed, BitDepth::Eight);
        let png = encoded(&page, color, depth, &bytes, Some(&palette), Some(&[0, 255]));
        assert_eq!(pixels(&png), pixels(&page.png()));
    }
}

#[test]
fn the_place_on_the_page_does_not_matter() {
    let expected = pixels(&seven().png());
    for (left, top) in [(0, 0), (0, 150), (150, 0), (33, 77)] {
        assert_eq!(pixels(&seven().placed(1, left, top).png()), expected);
    }
}

#[test]
fn the_size_on_the_page_does_not_matter() {
    let expected = pixels(&seven().png());
    for factor in [2, 3, 7, 20] {
        assert_eq!(pixels(&seven().placed(factor, 0, 0).png()), expected, "{factor}");
    }
}

#[test]
fn the_longer_direction_is_20_pixels_and_the_shape_is_kept() {
    // A tall box, 24 x 120, becomes 4 x 20; its centre lies between two pixels, and right of and
    // below the middle, as in MNIST.
    let page = Page::new(200, 200, |x, y| (50..74).contains(&x) && (60..180).contains(&y));
    let pixels = pixels(&page.png());
    let place = place(&pixels);
    assert_eq!(place.rows, (5, 24));
    assert_eq!(place.columns, (13, 16));
    assert!(pixels.iter().all(|pixel| *pixel == 0 || *pixel == 255));
}

#[test]
fn a_digit_that_leans_to_one_side_stays_in_the_image() {
    // Nearly all the ink in the lower right corner: centred, it would leave at the upper left.
    let page = Page::new(200, 200, |x, y| {
        (10..190).contains(&x)
            && (10..190).contains(&y)
            && ((x == 10 && y == 10) || (x > 150 && y > 150))
    });
    let place = place(&pixels(&page.png()));
    assert_eq!((place.rows.1, place.columns.1), (19, 19));
}

#[test]
fn a_thin_pen_is_as_dark_as_a_thick_one() {
    let page = Page::new(300, 300, |x, y| x == y && (20..280).contains(&x));
    assert_eq!(pixels(&page.png()).iter().max(), Some(&255));
}

#[test]
fn grain_and_shade_of_the_paper_are_not_ink() {
    let page = seven().placed(10, 30, 30);
    let grain = |at: usize| (at * 7919 % 31) as u8;
    let scan: Vec<u8> = page
        .ink
        .iter()
        .enumerate()
        .map(|(at, is_ink)| if *is_ink { 40 } else { 210 + grain(at) })
        .collect();
    let clean = pixels(&page.png());
    assert_eq!(pixels(&gray(page.width, &scan)), clean);
}

#[test]
fn the_tensor_holds_the_same_image() {
    let (_folder, path) = file(&seven().png());
    let drawing = Drawing::from_png(path).unwrap();
    assert_eq!((drawing.image.size(), drawing.image.kind()), (vec![1, 784], Kind::Float));
    let expected = Tensor::from_slice(drawing.pixels()).to_kind(Kind::Float) / 255.0;
    assert_eq!(drawing.image.view([784]), expected);
    assert_eq!(format!("{drawing:?}"), "Drawing { image: [1, 784] }");
}

#[test]
fn the_course_has_an_example() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/notebooks/drawings/example.png");
    let place = place(Drawing::from_png(path).unwrap().pixels());
    assert_eq!(place.rows.1 - place.rows.0, 19);
    assert!((8..16).contains(&(place.columns.1 - place.columns.0)));
}

proptest! {
    #[test]
    fn any_ink_is_centred_by_its_mass(
        width in 1_usize..60,
        height in 1_usize..60,
        seed in any::<u64>(),
        odds in 2_u64..40,
    ) {
        let is_ink = |x: usize, y: usize| {
            let number = (seed ^ (y * width + x) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (number >> 33).is_multiple_of(odds)
        };
        let page = Page::new(width, height, is_ink).placed(3, 4, 4);
        prop_assume!(page.ink.contains(&true));
        let pixels = pixels(&page.png());
        let place = place(&pixels);
        let extent = |(first, last): (usize, usize)| last - first + 1;
        prop_assert_eq!(pixels.iter().max(), Some(&255));
        prop_assert_eq!(extent(place.rows).max(extent(place.columns)), 20);
        for (center, (first, last)) in [(place.center.0, place.rows), (place.center.1, place.columns)] {
            // Half a pixel, and what rounding to bytes adds.
            let is_centred = (center - 14.0).abs() < 0.52;
            prop_assert!(is_centred || first == 0 || last == 27, "{}", center);
        }
    }
}
