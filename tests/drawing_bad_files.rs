//! A file that holds no drawing: one clear sentence, never a panic.
#![allow(clippy::unwrap_used, missing_docs)]

mod drawing_support;

use drawing_support::{Page, encoded, file, gray, pixels, refusal, seven};
use mnist_tutorial::data::Drawing;
use png::{BitDepth, ColorType};
use proptest::prelude::*;

const BLANK: &str = "reading the drawing my-digit.png: the page is blank; expected one digit in \
                     dark ink on light paper, or light on dark; draw it and save it again";

#[test]
fn a_missing_file_asks_for_a_drawing() {
    let error = Drawing::from_png("drawings/none.png").unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "reading the drawing drawings/none.png: there is no such file; draw a digit first and \
         press \"Use this digit\", or save a PNG image of your own there"
    );
}

#[test]
fn a_folder_is_no_drawing() {
    let folder = tempfile::tempdir().unwrap();
    let error = format!("{:#}", Drawing::from_png(folder.path()).unwrap_err());
    assert!(error.starts_with("reading the drawing ") && !error.contains('\n'), "{error}");
}

#[test]
fn a_file_that_is_no_whole_png_asks_for_one() {
    let png = seven().png();
    let files: [&[u8]; 5] =
        [b"", b"a text", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", &png[..20], &png[..png.len() / 2]];
    for bytes in files {
        let error = refusal(bytes);
        let start = "reading the drawing my-digit.png: this is not a whole PNG image (";
        assert!(error.starts_with(start), "{error}");
        assert!(error.ends_with("); save the drawing again, as PNG"), "{error}");
    }
}

#[test]
fn a_page_without_ink_is_blank_whatever_its_colour() {
    for light in [0, 128, 255] {
        assert_eq!(refusal(&gray(50, &[light; 2500])), BLANK);
    }
    assert_eq!(refusal(&gray(1, &[255])), BLANK);
    let faint: Vec<u8> = (0..2500).map(|at| 255 - (at % 30) as u8).collect();
    assert_eq!(refusal(&gray(50, &faint)), BLANK);
    let page = Page::new(50, 50, |x, y| x == y);
    let bytes = page.bytes(&[255, 0], &[0, 0]);
    let png = encoded(&page, ColorType::GrayscaleAlpha, BitDepth::Eight, &bytes, None, None);
    assert_eq!(refusal(&png), BLANK, "ink that is transparent");
}

#[test]
fn an_image_of_more_than_4000_pixels_a_side_is_refused() {
    let page = Page::new(4001, 30, |x, _| (9..20).contains(&x));
    assert_eq!(
        refusal(&page.png()),
        "reading the drawing my-digit.png: the image has 4001 x 30 pixels; expected at most \
         4000 x 4000; save it smaller"
    );
    let page = Page::new(4000, 30, |x, y| (9..20).contains(&x) && y > 5);
    assert_eq!(pixels(&page.png()).len(), 784);
}

proptest! {
    #[test]
    fn a_damaged_file_never_panics(at in 0_usize..400, value in any::<u8>(), cut in 0_usize..400) {
        let mut png = seven().png();
        let length = png.len();
        png[at % length] = value;
        png.truncate(length - cut % length);
        let (_folder, path) = file(&png);
        if let Err(error) = Drawing::from_png(path) {
            let error = format!("{error:#}");
            prop_assert!(error.starts_with("reading the drawing "), "{}", error);
        }
    }
}
