//! Reading figures back: what the tests of plots share.

#![allow(dead_code, missing_docs)] // Each test file uses a part of it.

use std::io::Cursor;

use mnist_tutorial::compare::TimeAccuracy;
use mnist_tutorial::data::Split;
use mnist_tutorial::evaluate::{Evaluation, evaluate};
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::plot::Figure;
use mnist_tutorial::train::{EpochReport, History};
use tch::Tensor;

/// A decoded figure, three bytes a pixel.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    rgb: Vec<u8>,
    pub description: String,
}

impl Picture {
    /// Decodes a figure; fails if it could be transparent anywhere.
    pub fn of(figure: &Figure) -> Self {
        let mut decoder = png::Decoder::new(Cursor::new(figure.png()));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a PNG header");
        let info = reader.info();
        assert!(info.trns.is_none(), "the figure must be opaque");
        let (width, height) = (info.width as usize, info.height as usize);
        let texts = &info.utf8_text;
        let description = texts[0].get_text().expect("a readable description");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a small figure")];
        reader.next_frame(&mut bytes).expect("PNG pixels");
        let rgb = match reader.output_color_type().0 {
            png::ColorType::Rgb => bytes,
            png::ColorType::Grayscale => bytes.iter().flat_map(|value| [*value; 3]).collect(),
            other => panic!("{other:?} may be transparent"),
        };
        assert_eq!((width, height), (figure.width() as usize, figure.height() as usize));
        assert_eq!(rgb.len(), width * height * 3);
        Self { width, height, rgb, description }
    }

    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let start = (y * self.width + x) * 3;
        [self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]]
    }

    /// The rows of column `x` whose pixel fulfils a condition.
    pub fn rows(&self, x: usize, like: impl Fn([u8; 3]) -> bool) -> Vec<usize> {
        (0..self.height).filter(|y| like(self.pixel(x, *y))).collect()
    }

    /// How many pixels of a part fulfil a condition.
    pub fn count(
        &self,
        columns: std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
        like: impl Fn([u8; 3]) -> bool,
    ) -> usize {
        rows.flat_map(|y| columns.clone().map(move |x| (x, y)))
            .filter(|(x, y)| like(self.pixel(*x, *y)))
            .count()
    }
}

pub fn is_white(pixel: [u8; 3]) -> bool {
    pixel == [255, 255, 255]
}

/// The blue of bars and first curves, not its tints.
pub fn is_blue(pixel: [u8; 3]) -> bool {
    near(pixel, [0, 114, 178])
}

/// The orange of mistakes and second curves.
pub fn is_orange(pixel: [u8; 3]) -> bool {
    near(pixel, [213, 94, 0])
}

/// The same up to the merging of similar colours in a file.
fn near(pixel: [u8; 3], color: [u8; 3]) -> bool {
    pixel.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= 16)
}

/// A training with these losses.
pub fn history(losses: &[f64]) -> History {
    measured(losses, &vec![None; losses.len()])
}

/// A training with these losses and accuracies.
pub fn measured(losses: &[f64], accuracies: &[Option<f64>]) -> History {
    let epochs = (1..).zip(losses.iter().zip(accuracies));
    let epochs = epochs.map(|(epoch, (loss, accuracy))| EpochReport {
        epoch,
        loss: *loss,
        accuracy: *accuracy,
        seconds: 1.0,
    });
    History { epochs: epochs.collect(), ..History::default() }
}

/// 28 x 28 different values with an empty border.
pub fn some_pixels() -> Vec<u8> {
    (0..784_usize)
        .map(|place| {
            let (row, column) = (place / 28, place % 28);
            let inside = (4..24).contains(&row) && (6..22).contains(&column);
            if inside { (place * 7 % 255 + 1) as u8 } else { 0 }
        })
        .collect()
}

/// A split of images of these bytes, each labelled 7.
pub fn split_of(images: &[&[u8]]) -> Split {
    Split::new(images.concat(), vec![7; images.len()]).expect("images")
}

/// A test with this `confusion[truth][prediction]`.
pub fn tested(confusion: [[u64; 10]; 10]) -> Evaluation {
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.sum::<u64>() as usize;
    Evaluation {
        tested: sum(&mut confusion.iter().flatten().copied()),
        correct: sum(&mut (0..10).map(|digit| confusion[digit][digit])),
        loss: 0.0,
        confusion,
        mistakes: Vec::new(),
        probabilities: Vec::new(),
        predictions: Vec::new(),
        labels: Vec::new(),
    }
}

/// A good network's test: few mistakes, 4 for 9 the most frequent.
pub fn some_confusion() -> [[u64; 10]; 10] {
    let mut confusion = [[0; 10]; 10];
    for (digit, row) in confusion.iter_mut().enumerate() {
        row[digit] = 900 + 10 * digit as u64;
    }
    confusion[4][9] = 40;
    confusion[9][4] = 12;
    confusion[5][3] = 3;
    confusion[7][2] = 1;
    confusion
}

/// Forty images, four of each digit, all different.
pub fn some_split() -> Split {
    let pixels = (0..40_usize).flat_map(|image| {
        some_pixels().into_iter().enumerate().map(move |(place, value)| {
            if (place / 28 + image).is_multiple_of(3) { 255 - value } else { value }
        })
    });
    Split::new(pixels.collect(), (0..40).map(|image| image % 10).collect()).expect("images")
}

/// An untrained network's test on them.
pub fn some_evaluation() -> Evaluation {
    let sizes = Sizes { inputs: 784, hidden: 8, outputs: 10 };
    let network = Network::with_sizes(sizes, 1).expect("a network");
    evaluate(&network, &some_split()).expect("a test")
}

/// One image of a test and its class probabilities.
pub fn tensors(evaluation: &Evaluation, split: &Split, index: usize) -> (Tensor, Tensor) {
    (split.images.get(index as i64), Tensor::from_slice(&evaluation.probabilities[index]))
}

/// Twelve trainings, some close together.
pub fn some_times() -> Vec<TimeAccuracy> {
    (0..12_u8)
        .map(|i| {
            let (seconds, accuracy) = match i {
                0..4 => (12.0 + 0.1 * f64::from(i), 0.98 + 0.0001 * f64::from(i)),
                _ => (2.0 * f64::from(i), 0.96 + 0.02 * (f64::from(i * 5 % 12) / 12.0)),
            };
            TimeAccuracy { name: format!("run {i}"), seconds, accuracy, spread: 0.001 }
        })
        .collect()
}
