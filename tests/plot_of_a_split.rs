//! Plots of the course's own data: pictures with their labels, mistakes, counts.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::evaluate::Mistake;
use mnist_tutorial::plot;
use plot_support::some_pixels;

fn split() -> Split {
    let mut pixels = some_pixels();
    pixels.extend([0; 784]);
    pixels.extend([255; 784]);
    Split::new(pixels, vec![7, 0, 8]).expect("three pictures")
}

#[test]
fn a_picture_comes_with_its_label() {
    let figure = plot::digit(&split(), 2).expect("draws");
    assert_eq!(figure, plot::digit_from(&[255; 784], "image 2: an 8").expect("draws"));
    let figure = plot::pixels(&split(), 0).expect("draws");
    assert_eq!(figure, plot::pixels_from(&some_pixels(), "image 0: a 7").expect("draws"));
}

#[test]
fn pictures_come_in_the_order_asked_for() {
    let figure = plot::digits(&split(), &[2, 0]).expect("draws");
    let expected = plot::digits_from(&[vec![255; 784], some_pixels()], &["8", "7"]);
    assert_eq!(figure, expected.expect("draws"));
}

#[test]
fn labels_are_counted() {
    let figure = plot::label_histogram(&split()).expect("draws");
    let expected = plot::label_histogram_from(&[1, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
    assert_eq!(figure, expected.expect("draws"));
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
fn a_picture_that_is_not_there_is_an_error() {
    assert!(plot::digit(&split(), 3).is_err());
    assert!(plot::pixels(&split(), 3).is_err());
    assert!(plot::digits(&split(), &[0, 3]).is_err());
    assert!(plot::digits(&split(), &[]).is_err());
}
