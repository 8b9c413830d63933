//! An image and its class probabilities: what is shown, what is said, what is refused.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::plot::{self, Figure};
use plot_support::{Picture, is_blue, is_orange, some_pixels};
use proptest::prelude::*;
use tch::{Kind, Tensor};

/// `[784]`, floats from 0 to 1.
fn image() -> Tensor {
    Tensor::from_slice(&some_pixels()).to_kind(Kind::Float) / 255.0
}

/// A 7 with 90 %, a 9 with 6 %, the rest even.
fn sevenish() -> Tensor {
    let mut shares = [0.005_f32; 10];
    (shares[7], shares[9]) = (0.9, 0.06);
    Tensor::from_slice(&shares)
}

fn drawn(figure: anyhow::Result<Figure>) -> Figure {
    figure.expect("draws")
}

/// The error's whole chain of words.
fn refusal(figure: anyhow::Result<Figure>) -> String {
    format!("{:#}", figure.expect_err("must be refused"))
}

#[test]
fn every_shape_of_one_image_gives_the_same_figure() {
    let expected = drawn(plot::view_classify(&image(), &sevenish()));
    for shape in [&[1, 784][..], &[28, 28], &[1, 28, 28]] {
        let figure = plot::view_classify(&image().view(shape), &sevenish().view([1, 10]));
        assert!(drawn(figure) == expected, "{shape:?}");
    }
    let turned = image().view([28, 28]).tr().contiguous().tr(); // not contiguous in memory
    let doubles = sevenish().to_kind(Kind::Double);
    assert!(drawn(plot::view_classify(&turned, &doubles)).png().len() > 1000);
    assert!(drawn(plot::view_classify(&turned, &sevenish())) == expected);
}

#[test]
fn probabilities_that_take_gradients_just_work() {
    let output = sevenish().log().set_requires_grad(true).exp();
    assert!(output.requires_grad());
    let figure = drawn(plot::view_classify(&image().set_requires_grad(true), &output));
    assert!(figure.alt_text().contains("Prediction: 7 with 90.0 %"));
}

#[test]
fn the_image_is_drawn_as_its_bytes() {
    let picture = Picture::of(&drawn(plot::view_classify(&image(), &sevenish())));
    for (place, value) in some_pixels().iter().enumerate() {
        let (x, y) = (14 + place % 28 * 10, 70 + place / 28 * 10);
        let [red, green, blue] = picture.pixel(x + 5, y + 5);
        assert!(red == green && green == blue, "pixel {place} is not gray");
        assert!(red.abs_diff(255 - value) <= 4, "pixel {place}: {red}, not {}", 255 - value);
    }
}

#[test]
fn the_largest_probability_is_the_blue_bar_and_as_long_as_its_share() {
    let picture = Picture::of(&drawn(plot::view_classify(&image(), &sevenish())));
    let bar = |digit: usize, like: fn([u8; 3]) -> bool| {
        let y = 70 + digit * 28 + 8;
        picture.count(346..640, y..y + 1, like)
    };
    assert!(bar(7, is_blue).abs_diff(234) <= 2, "{} pixels for 90 % of 260", bar(7, is_blue));
    for digit in (0..10).filter(|digit| *digit != 7) {
        assert_eq!((bar(digit, is_blue), bar(digit, is_orange)), (0, 0), "digit {digit}");
    }
}

#[test]
fn a_wrong_prediction_is_orange_and_the_true_digit_blue() {
    let orange = |label| {
        let figure = drawn(plot::view_classify_labelled(&image(), &sevenish(), label));
        let picture = Picture::of(&figure);
        let row = |digit: usize| 94 + digit * 28..94 + digit * 28 + 28;
        [7, 9].map(|digit| {
            [is_orange, is_blue].map(|like| picture.count(346..640, row(digit), like) > 100)
        })
    };
    assert_eq!(orange(7), [[false, true], [false, false]]);
    assert_eq!(orange(9), [[true, false], [false, true]]);
}

#[test]
fn the_words_say_what_the_figure_shows() {
    let words = |figure| drawn(figure).alt_text().to_owned();
    let all = "Probabilities: 0: 0.5 %, 1: 0.5 %, 2: 0.5 %, 3: 0.5 %, 4: 0.5 %, 5: 0.5 %, 6: 0.5 \
               %, 7: 90.0 %, 8: 0.5 %, 9: 6.0 %.";
    let ink = "In the image, the ink is in rows 4 to 23 and columns 6 to 21 of 0 to 27.";
    let start = "A handwritten digit and its class probabilities. Prediction: 7 with 90.0 %.";
    let found = words(plot::view_classify(&image(), &sevenish()));
    assert_eq!(found, format!("{start} {all} {ink}"));
    let found = words(plot::view_classify_labelled(&image(), &sevenish(), 7));
    assert_eq!(found, format!("{start} Right: the image shows a 7. {all} {ink}"));
    let found = words(plot::view_classify_labelled(&image(), &sevenish(), 8));
    assert_eq!(found, format!("{start} Wrong: the image shows an 8. {all} {ink}"));
}

#[test]
fn a_row_shows_each_image_with_its_label() {
    let pixels = [some_pixels(), vec![0; 784]].concat();
    let split = Split::new(pixels, vec![7, 8]).expect("two images");
    let both = Tensor::stack(&[sevenish(), sevenish()], 0);
    let figure = drawn(plot::view_classify_row(&split, &[1, 0], &both));
    let words = figure.alt_text();
    assert!(words.starts_with("2 handwritten digits with class probabilities. "), "{words}");
    assert!(
        words.contains("Image 1, an 8: prediction 7, wrong; probabilities 0: 0.5 %"),
        "{words}"
    );
    assert!(words.contains("Image 0, a 7: prediction 7, right; probabilities 0: 0.5 %"), "{words}");
    let picture = Picture::of(&figure);
    let half = picture.width / 2;
    let orange = |columns| picture.count(columns, 170..picture.height, is_orange);
    assert!(orange(0..half) > 200 && orange(half..picture.width) == 0);
}

#[test]
fn a_row_of_too_many_or_of_other_images_is_an_error() {
    let split = Split::new(vec![0; 784 * 2], vec![7, 8]).expect("two images");
    let rows = |count: i64| sevenish().view([1, 10]).repeat([count, 1]);
    let bad = rows(2);
    let _ = bad.get(1).fill_(0.2);
    let cases = [
        (plot::view_classify_row(&split, &[], &rows(0)), "0 images to show; a row holds 1 to 5"),
        (plot::view_classify_row(&split, &[0; 6], &rows(6)), "6 images to show"),
        (plot::view_classify_row(&split, &[0], &rows(2)), "[2, 10]; expected [1, 10]"),
        (plot::view_classify_row(&split, &[0, 2], &rows(2)), "expected an index below 2"),
        (plot::view_classify_row(&split, &[0, 1], &bad), "row 1: the ten probabilities add up"),
    ];
    for (figure, words) in cases {
        let message = refusal(figure);
        assert!(message.starts_with("view_classify_row: "), "{message}");
        assert!(message.contains(words), "{message:?} does not say {words:?}");
    }
}

#[test]
fn what_is_no_image_is_an_error_that_says_why() {
    let with = |value: f64| {
        let image = image();
        let _ = image.get(300).fill_(value);
        image
    };
    let bytes = Tensor::from_slice(&some_pixels());
    let cases = [
        (Tensor::zeros([2, 784], (Kind::Float, tch::Device::Cpu)), "take the first of several"),
        (image().narrow(0, 0, 783), "image of shape [783]; expected one image"),
        (image().view([28, 28, 1]), "[28, 28, 1]"),
        (Tensor::new(), "undefined"),
        (bytes, "image of kind Uint8; expected Float: divide by 255"),
        (with(f64::NAN), "pixel 300 is NaN; expected 0 (paper) to 1 (ink)"),
        (with(1.5), "pixel 300 is 1.5"),
        (with(-0.25), "pixel 300 is -0.25"),
    ];
    for (image, words) in cases {
        let message = refusal(plot::view_classify(&image, &sevenish()));
        assert!(message.starts_with("view_classify: "), "{message}");
        assert!(message.contains(words), "{message:?} does not say {words:?}");
    }
}

#[test]
fn what_are_no_probabilities_is_an_error_that_says_why() {
    let even = || Tensor::from_slice(&[0.1_f32; 10]);
    let with = |value: f64| {
        let even = even();
        let _ = even.get(4).fill_(value);
        even
    };
    let sure = Tensor::from_slice(&[f32::NEG_INFINITY; 10]);
    let _ = sure.get(3).fill_(0.0);
    let cases = [
        (sevenish().log(), "log-probabilities, as the network gives them; make probabilities"),
        (sure, "`.exp()`"),
        (with(0.102), "add up to 1.0020; expected 1 (within 0.001)"),
        (with(-0.1), "the probability of 4 is -0.1"),
        (with(f64::NAN), "the probability of 4 is NaN"),
        (with(f64::INFINITY), "the probability of 4 is inf"),
        (even().narrow(0, 0, 9), "probabilities of shape [9]; expected [1, 10], one row for each"),
        (
            even().repeat([3, 1]),
            "[3, 10]; expected [1, 10], one row for each of the images to show",
        ),
        (even().to_kind(Kind::Int64), "probabilities of kind Int64; expected Float"),
        (Tensor::new(), "undefined"),
    ];
    for (probabilities, words) in cases {
        let message = refusal(plot::view_classify(&image(), &probabilities));
        assert!(message.contains(words), "{message:?} does not say {words:?}");
    }
    drawn(plot::view_classify(&image(), &with(0.1009)));
    let message = refusal(plot::view_classify_labelled(&image(), &even(), 10));
    assert!(message.contains("label 10; expected a digit, 0 to 9"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_probabilities_are_drawn_with_the_largest_one_named(
        logits in proptest::array::uniform10(-30.0_f32..30.0),
        label in 0_u8..10,
    ) {
        let shares = Tensor::from_slice(&logits).softmax(0, Kind::Float);
        let winner = shares.argmax(0, false).int64_value(&[]);
        let figure = drawn(plot::view_classify_labelled(&image(), &shares, label));
        let words = figure.alt_text();
        let named = format!("Prediction: {winner} with ");
        prop_assert!(words.contains(&named), "{}", words);
        prop_assert_eq!(words.contains("Right: "), winner == i64::from(label));
        Picture::of(&figure);
    }

    #[test]
    fn any_numbers_are_a_figure_or_an_error(
        pixels in proptest::collection::vec(any::<f32>(), 784..786),
        shares in proptest::collection::vec(prop_oneof![any::<f32>(), 0.0..0.2_f32], 9..12),
        label in any::<u8>(),
    ) {
        let (pixels, shares) = (Tensor::from_slice(&pixels), Tensor::from_slice(&shares));
        for image in [pixels, image()] {
            if let Err(error) = plot::view_classify_labelled(&image, &shares, label) {
                let message = format!("{error:#}");
                prop_assert!(message.len() > 40, "{}", message);
            }
        }
    }
}
