//! Figures show what they are given: their pixels, their words, their files.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::data::Split;
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::plot::{self, Figure};
use mnist_tutorial::train::History;
use plot_support::{
    Picture, history, is_blue, is_orange, is_white, measured, some_confusion, some_evaluation,
    some_pixels, some_split, some_times, split_of, tensors, tested,
};
use tch::Tensor;

/// One figure of each kind.
fn one_of_each() -> Vec<(&'static str, Figure)> {
    let run = measured(&[0.5, 0.3, 0.2], &[Some(0.92), None, Some(0.97)]);
    let image = split_of(&[&some_pixels()]);
    let figure = |name, figure: anyhow::Result<Figure>| (name, figure.expect(name));
    let (split, test, confused) = (some_split(), some_evaluation(), tested(some_confusion()));
    let (tensor, shares) = tensors(&test, &split, 1);
    let sizes = Sizes { inputs: 784, hidden: 20, outputs: 10 };
    let network = Network::with_sizes(sizes, 1).expect("a network");
    let whole = History { batch_losses: vec![2.3, 1.0, 0.5], ..run.clone() };
    let pairs: Vec<(f64, f64)> = (0..200).map(|i| (f64::from(i), f64::from(i % 7))).collect();
    let signed = Tensor::from_slice(&(-300..300).collect::<Vec<i32>>());
    let no_captions: [&str; 0] = [];
    vec![
        figure("digit", plot::digit(&image, 0)),
        figure("pixels", plot::pixels(&image, 0)),
        figure(
            "digits",
            plot::digits_with_captions(&image, &[0, 0], &["7", "4 taken for 9\n98 %"]),
        ),
        figure("histogram", plot::label_histogram(&split)),
        figure("per digit", plot::accuracy_per_digit(&confused)),
        figure("confusion", plot::confusion_matrix(&confused)),
        figure("loss", plot::loss_curve(&run)),
        figure("losses", plot::loss_curves(&[("batch 30", &run), ("batch 300", &run)])),
        figure("accuracy", plot::accuracy_curve(&run)),
        figure("training", plot::training(&whole)),
        figure("batches", plot::batch_losses(&[2.3, 1.0, 0.5])),
        figure("classify", plot::view_classify(&tensor, &shares)),
        figure("classify wrong", plot::view_classify_labelled(&tensor, &shares, 2)),
        figure("classify row", plot::view_classify_row(&split, &[1], &shares.view([1, 10]))),
        figure("least sure", plot::least_sure(&split, &test, 9)),
        figure("calibration", plot::calibration(&test)),
        figure("weights", plot::hidden_weights(&network, &[3, 0, 19])),
        figure("times", plot::time_accuracy(&some_times())),
        figure("scalars", plot::scalar_curve("losses", "epoch", "loss", &pairs)),
        figure(
            "curves",
            plot::curves("losses", "epoch", "loss", &[("all", &pairs), ("few", &pairs[..9])]),
        ),
        figure("maps", plot::maps(&signed.view([60, 2, 5]), &no_captions)),
        figure("network", plot::network(Sizes::default())),
    ]
}

#[test]
fn every_figure_is_opaque_with_a_white_border_and_has_text_at_its_top() {
    for (name, figure) in one_of_each() {
        let picture = Picture::of(&figure);
        let (width, height) = (picture.width, picture.height);
        assert!(width <= 1000, "{name} is {width} wide");
        let border = picture.count(0..width, 0..6, is_white)
            + picture.count(0..width, height - 6..height, is_white)
            + picture.count(0..6, 6..height - 6, is_white)
            + picture.count(width - 6..width, 6..height - 6, is_white);
        assert_eq!(border, 12 * width + 12 * (height - 12), "{name} touches its border");
        let ink = picture.count(0..width, 10..40, |pixel| !is_white(pixel));
        assert!(ink > 50, "{name} has {ink} pixels of ink at its top");
    }
}

#[test]
fn every_figure_is_small_and_the_same_each_time() {
    for ((name, first), (_, second)) in one_of_each().into_iter().zip(one_of_each()) {
        assert!(first == second, "{name} differs between two runs");
        assert!(first.png().len() < 70_000, "{name} has {} bytes", first.png().len());
    }
}

#[test]
fn every_figure_carries_its_words_inside_the_file() {
    for (name, figure) in one_of_each() {
        assert!(figure.alt_text().len() > 30, "{name}: {}", figure.alt_text());
        assert_eq!(Picture::of(&figure).description, figure.alt_text(), "{name}");
        let (width, height) = (figure.width(), figure.height());
        let debug = format!("Figure({width} x {height}: {})", figure.alt_text());
        assert_eq!(format!("{figure:?}"), debug, "{name}");
    }
}

#[test]
fn a_digit_is_dark_ink_on_white_with_ten_figure_pixels_for_each_of_its_own() {
    let pixels = some_pixels();
    let picture = Picture::of(&plot::digit(&split_of(&[&pixels]), 0).expect("draws"));
    let (left, top) = ((picture.width - 280) / 2, picture.height - 14 - 280);
    for (place, value) in pixels.iter().enumerate() {
        let (x, y) = (left + place % 28 * 10, top + place / 28 * 10);
        for (dx, dy) in [(0, 0), (9, 0), (0, 9), (9, 9)] {
            assert_eq!(picture.pixel(x + dx, y + dy), [255 - value; 3], "pixel {place}");
        }
    }
}

#[test]
fn another_caption_changes_the_caption_only() {
    let draw = |label: u8| {
        let split = Split::new(some_pixels(), vec![label]).expect("an image");
        Picture::of(&plot::digit(&split, 0).expect("draws"))
    };
    let (first, second) = (draw(7), draw(9));
    let differs = |(x, y): &(usize, usize)| first.pixel(*x, *y) != second.pixel(*x, *y);
    let all = (0..first.height).flat_map(|y| (0..first.width).map(move |x| (x, y)));
    let different: Vec<(usize, usize)> = all.filter(differs).collect();
    assert!(different.len() > 10, "the caption is not drawn");
    assert!(different.iter().all(|(_, y)| *y < 36), "the caption reaches the digit");
}

#[test]
fn a_grid_puts_each_image_in_its_place() {
    let split = split_of(&[&[0; 784], &[255; 784]]);
    let mut indices = [0; 12];
    indices[8] = 1;
    let picture = Picture::of(&plot::digits(&split, &indices).expect("draws"));
    let black = |columns, rows| picture.count(columns, rows, |pixel| pixel == [0, 0, 0]);
    let (width, height) = (picture.width, picture.height);
    // 12 images: two rows of six; number 8 is the third of the second row.
    assert_eq!(black(0..width, 0..height / 2), 0);
    assert_eq!(black(width / 3..width / 2, height / 2..height), 112 * 112);
    assert_eq!(black(0..width, 0..height), 112 * 112);
}

#[test]
fn bars_are_as_high_as_the_counts() {
    let counts = [100, 50, 75, 10, 0, 1, 99, 30, 60, 90];
    let labels = (0_u8..).zip(counts).flat_map(|(digit, count)| vec![digit; count]);
    let labels: Vec<u8> = labels.collect();
    let split = Split::new(vec![0; 784 * labels.len()], labels).expect("images");
    let picture = Picture::of(&plot::label_histogram(&split).expect("draws"));
    let heights: Vec<usize> = bar_heights(&picture);
    for (digit, height) in heights.iter().enumerate() {
        let expected = heights[0] as f64 * counts[digit] as f64 / 100.0;
        assert!((*height as f64 - expected).abs() <= 1.5, "bar {digit}: {height}, not {expected}");
    }
    assert!(heights[0] > 250, "the highest bar has only {} pixels", heights[0]);
}

#[test]
fn accuracies_of_digits_stand_in_order() {
    let mut confusion = [[0; 10]; 10];
    for (digit, row) in confusion.iter_mut().enumerate() {
        row[digit] = 990 - 2 * digit as u64;
        row[(digit + 1) % 10] = 10 + 2 * digit as u64;
    }
    let figure = plot::accuracy_per_digit(&tested(confusion)).expect("draws");
    let heights = bar_heights(&Picture::of(&figure));
    assert!(heights.windows(2).all(|pair| pair[0] > pair[1]), "{heights:?}");
}

/// Heights of the ten bars in pixels, 0 for none.
fn bar_heights(picture: &Picture) -> Vec<usize> {
    let first = (0..picture.width).find(|x| picture.rows(*x, is_blue).len() > 20);
    let last = (0..picture.width).rfind(|x| picture.rows(*x, is_blue).len() > 20);
    let (first, last) = (first.expect("a bar"), last.expect("a bar"));
    let pitch = (last - first) as f64 / 9.72; // nine steps and a bar's width of 0.72
    let middle = |digit: f64| first as f64 + (digit + 0.36) * pitch;
    (0..10).map(|digit| picture.rows(middle(f64::from(digit)) as usize, is_blue).len()).collect()
}

#[test]
fn a_mistake_is_the_darker_the_larger_its_share_and_right_ones_are_blue() {
    let picture = Picture::of(&plot::confusion_matrix(&tested(some_confusion())).expect("draws"));
    // The corner of a cell shows its colour without the number.
    let cell = |truth: usize, prediction: usize| {
        picture.pixel(76 + 66 * prediction + 5, 128 + 44 * truth + 5)
    };
    let light = |[_, green, blue]: [u8; 3]| u32::from(green) + u32::from(blue);
    assert!(light(cell(4, 9)) < light(cell(9, 4)));
    assert!(light(cell(9, 4)) < light(cell(5, 3)));
    assert!(light(cell(5, 3)) < light(cell(0, 1)));
    assert!(is_white(cell(0, 1)));
    for digit in 0..10 {
        let [red, _, blue] = cell(digit, digit);
        assert!(blue > red, "the diagonal at {digit} is not blue");
    }
}

#[test]
fn the_fill_of_each_cell_is_exactly_the_tint_of_its_share() {
    // As many different shares as there are cells: the most colours that a figure has.
    let mut confusion = [[0_u64; 10]; 10];
    for (cell, count) in confusion.iter_mut().flatten().enumerate() {
        *count = 1 + (cell * 37 % 100) as u64;
    }
    let share = |truth: usize, prediction: usize| {
        confusion[truth][prediction] as f64 / confusion[truth].iter().sum::<u64>() as f64
    };
    let cells = || (0..100).map(|cell| (cell / 10, cell % 10));
    let mistakes = || cells().filter(|(truth, prediction)| truth != prediction);
    let largest = mistakes().map(|(truth, prediction)| share(truth, prediction));
    let largest = largest.fold(0.0, f64::max);
    let tint = |color: [u8; 3], strength: f64| {
        color.map(|value| (255.0 - (255.0 - f64::from(value)) * strength).round() as u8)
    };
    let figure = plot::confusion_matrix(&tested(confusion)).expect("draws");
    assert!(figure.png().len() < 40_000, "{} bytes", figure.png().len());
    let picture = Picture::of(&figure);
    for (truth, prediction) in cells() {
        let fill = if truth == prediction {
            tint([0, 114, 178], 0.28)
        } else {
            tint([213, 94, 0], 0.08 + 0.72 * share(truth, prediction) / largest)
        };
        let (x, y) = (76 + 66 * prediction, 128 + 44 * truth);
        for (x, y) in [(x + 1, y + 1), (x + 65, y + 1), (x + 1, y + 43), (x + 65, y + 43)] {
            assert_eq!(picture.pixel(x, y), fill, "{truth} taken for {prediction}");
        }
    }
}

#[test]
fn a_falling_loss_falls_in_the_figure() {
    let picture = Picture::of(&plot::loss_curve(&history(&[0.9, 0.5, 0.1])).expect("draws"));
    let columns: Vec<usize> =
        (0..picture.width).filter(|x| !picture.rows(*x, is_blue).is_empty()).collect();
    let height = |x: usize| picture.rows(x, is_blue)[0];
    let (first, last) = (columns[4], columns[columns.len() - 5]);
    let middle = (first + last) / 2;
    assert!(height(first) + 50 < height(middle) && height(middle) + 50 < height(last));
}

#[test]
fn each_run_has_its_colour_and_more_than_one_have_a_legend() {
    let (first, second) = (history(&[0.9, 0.5]), history(&[0.4, 0.2]));
    let runs = [("slow", &first), ("fast", &second)];
    let picture = Picture::of(&plot::loss_curves(&runs).expect("draws"));
    let legend = |like: fn([u8; 3]) -> bool| picture.count(0..400, 42..66, like);
    assert!(legend(is_blue) > 30 && legend(is_orange) > 30);
    let drawn = |like: fn([u8; 3]) -> bool| picture.count(60..860, 80..440, like);
    assert!(drawn(is_blue) > 500 && drawn(is_orange) > 500);
    let alone = Picture::of(&plot::loss_curve(&first).expect("draws"));
    assert_eq!(alone.count(0..860, 0..460, is_orange), 0);
}

#[test]
fn a_line_without_a_name_is_in_no_legend_and_many_points_have_no_markers() {
    let few: Vec<(f64, f64)> = (0..60).map(|i| (f64::from(i), 1.0)).collect();
    let many: Vec<(f64, f64)> = (0..61).map(|i| (f64::from(i), 1.0)).collect();
    let draw = |lines: &[(&str, &[(f64, f64)])]| {
        Picture::of(&plot::curves("t", "x", "y", lines).expect("draws"))
    };
    let orange = |picture: &Picture| picture.count(0..860, 42..66, is_orange);
    assert_eq!(orange(&draw(&[("a", &few), ("", &few)])), 0);
    assert!(orange(&draw(&[("", &few), ("b", &few)])) > 40);
    let blue = |points: &[(f64, f64)]| draw(&[("", points)]).count(60..860, 60..440, is_blue);
    assert!(blue(&few) > 2 * blue(&many), "{} {}", blue(&few), blue(&many));
    let one = plot::scalar_curve("t", "x", "y", &few).expect("draws");
    assert!(plot::curves("t", "x", "y", &[("", &few)]).expect("draws") == one);
}

#[test]
fn an_axis_of_seconds_begins_at_zero() {
    let points = [(10.0, 0.56), (50.0, 0.44), (300.0, 0.49)];
    let lowest = |name: &str| {
        let picture = Picture::of(&plot::scalar_curve("t", "x", name, &points).expect("draws"));
        (60..840).flat_map(|x| picture.rows(x, is_blue)).max().expect("a line")
    };
    assert!(lowest("seconds") < 200, "{}", lowest("seconds"));
    assert!(lowest("loss") > 300, "{}", lowest("loss"));
}

#[test]
fn maps_colour_positive_numbers_orange_and_negative_ones_blue() {
    // Two images, of one row and two columns each, neither contiguous nor without a gradient.
    let numbers = Tensor::from_slice(&[2.0_f32, -2.0, 0.0, 2.0]).set_requires_grad(true);
    let maps = plot::maps(&numbers.view([2, 1, 2]).transpose(1, 2), &["a", "b"]).expect("draws");
    let picture = Picture::of(&maps);
    // 140 pixels for two rows of one pixel.
    for (x, y, like) in [
        (20, 110, is_orange as fn([u8; 3]) -> bool),
        (20, 180, is_blue),
        (100, 110, is_white),
        (100, 180, is_orange),
    ] {
        assert!(like(picture.pixel(x, y)), "({x}, {y}): {:?}", picture.pixel(x, y));
    }
}

#[test]
fn a_single_epoch_and_a_single_batch_are_seen() {
    let epoch = Picture::of(&plot::loss_curve(&history(&[0.5])).expect("draws"));
    assert!(epoch.count(0..860, 0..460, is_blue) > 20);
    let batch = Picture::of(&plot::batch_losses(&[0.5]).expect("draws"));
    assert!(batch.count(60..860, 80..440, is_orange) > 20);
}

#[test]
fn text_needs_no_font_library_and_no_font_of_the_machine() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
    let lock = lock.expect("the lock file");
    assert!(lock.contains("name = \"ab_glyph\""));
    for library in ["font-kit", "fontconfig", "freetype", "yeslogic-fontconfig-sys"] {
        assert!(!lock.contains(&format!("name = \"{library}\"")), "{library} crept in");
    }
}
