//! Plots of the course's own data: images with their labels, mistakes, counts.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::evaluate::Mistake;
use mnist_tutorial::plot::{self, Figure};
use plot_support::some_pixels;

fn split() -> Split {
    let mut pixels = some_pixels();
    pixels.extend([0; 784]);
    pixels.extend([255; 784]);
    Split::new(pixels, vec![7, 0, 8]).expect("three images")
}

fn words(figure: anyhow::Result<Figure>) -> String {
    figure.expect("draws").alt_text().to_owned()
}

#[test]
fn an_image_comes_with_its_label() {
    let text = words(plot::digit(&split(), 2));
    assert!(text.starts_with("Handwritten digit, captioned \"image 2: an 8\"; "), "{text}");
    let text = words(plot::pixels(&split(), 0));
    assert!(text.starts_with("The 784 pixel values of image 0: a 7, from 0"), "{text}");
}

#[test]
fn images_come_in_the_order_asked_for() {
    let figure = plot::digits(&split(), &[2, 0]).expect("draws");
    let other_order = Split::new([vec![255; 784], some_pixels()].concat(), vec![8, 7]);
    let expected = plot::digits(&other_order.expect("two images"), &[0, 1]).expect("draws");
    assert_eq!(figure, expected);
    assert!(figure.alt_text().ends_with("captioned: 8; 7."), "{figure:?}");
}

#[test]
fn labels_are_counted() {
    assert_eq!(
        words(plot::label_histogram(&split())),
        "Bar chart, 3 images by label: 0: 1, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 1, 8: 1, 9: 0."
    );
}

#[test]
fn mistakes_show_what_was_taken_for_what() {
    let mistake = Mistake { index: 0, truth: 7, prediction: 1, probability: 0.9876 };
    let figure = plot::mistakes(&split(), &[mistake]).expect("draws");
    assert_eq!(
        figure.alt_text(),
        "1 handwritten digit in 1 row of up to 1, captioned: image 0, 7 taken for 1, 98.8 % sure."
    );
    let other = Mistake { truth: 3, ..mistake };
    let error = plot::mistakes(&split(), &[other]).expect_err("another set of images");
    assert!(error.to_string().contains("image 0 is a 7 here"), "{error}");
}

#[test]
fn an_image_that_is_not_there_is_an_error() {
    assert!(plot::digit(&split(), 3).is_err());
    assert!(plot::pixels(&split(), 3).is_err());
    assert!(plot::digits(&split(), &[0, 3]).is_err());
    assert!(plot::digits(&split(), &[]).is_err());
}
