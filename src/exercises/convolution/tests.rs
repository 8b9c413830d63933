#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/10-convolution.ipynb`.
mod solutions {
    pub(super) fn output_side(side: usize, filter: usize, stride: usize, padding: usize) -> usize {
        (side + 2 * padding - filter) / stride + 1
    }

    pub(super) fn filtered(
        image: &[Vec<f64>],
        filter: &[Vec<f64>],
        stride: usize,
    ) -> Vec<Vec<f64>> {
        let mut result = Vec::new();
        for y in (0..=image.len() - filter.len()).step_by(stride) {
            let mut sums = Vec::new();
            for x in (0..=image[0].len() - filter.len()).step_by(stride) {
                let mut sum = 0.0;
                for (row, weights) in image[y..].iter().zip(filter) {
                    let pairs = row[x..].iter().zip(weights);
                    sum += pairs.map(|(p, w)| p * w).sum::<f64>();
                }
                sums.push(sum);
            }
            result.push(sums);
        }
        result
    }

    pub(super) fn max_pooled(feature_map: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut result = Vec::new();
        for rows in feature_map.chunks_exact(2) {
            let (upper, lower) = (rows[0].chunks_exact(2), rows[1].chunks_exact(2));
            let blocks = upper.zip(lower);
            let largest = blocks.map(|(a, b)| a[0].max(a[1]).max(b[0]).max(b[1]));
            result.push(largest.collect());
        }
        result
    }

    pub(super) fn feature_map(
        channels: &[Vec<Vec<f64>>],
        filter: &[Vec<Vec<f64>>],
        bias: f64,
    ) -> Vec<Vec<f64>> {
        let (height, width) = (channels[0].len() - 2, channels[0][0].len() - 2);
        let mut sums = vec![vec![bias; width]; height];
        for (channel, weights) in channels.iter().zip(filter) {
            let results = filtered(channel, weights, 1);
            for (row, numbers) in sums.iter_mut().zip(results) {
                row.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
            }
        }
        sums
    }

    pub(super) fn parameter_counts(
        side: usize,
        inputs: usize,
        outputs: usize,
        filter: usize,
    ) -> [usize; 2] {
        let pixels = side * side;
        let convolution = outputs * (inputs * filter * filter + 1);
        [convolution, outputs * pixels * (inputs * pixels + 1)]
    }
}

#[test]
fn the_solutions_are_right() {
    output_side(solutions::output_side).unwrap();
    filtered(solutions::filtered).unwrap();
    max_pooled(solutions::max_pooled).unwrap();
    feature_map(solutions::feature_map).unwrap();
    parameter_counts(solutions::parameter_counts).unwrap();
}

type Table = Vec<Vec<f64>>;
type Filter = fn(&[Vec<f64>], &[Vec<f64>], usize) -> Table;

fn upside_down(table: &[Vec<f64>]) -> Table {
    table.iter().rev().cloned().collect()
}

fn mirrored(table: &[Vec<f64>]) -> Table {
    table.iter().map(|row| row.iter().rev().copied().collect()).collect()
}

fn turned(table: &[Vec<f64>]) -> Table {
    (0..table[0].len()).map(|x| table.iter().map(|row| row[x]).collect()).collect()
}

fn with_border(table: &[Vec<f64>]) -> Table {
    let blank = || vec![0.0; table[0].len() + 2];
    let wide = |row: &Vec<f64>| [&[0.0], &**row, &[0.0]].concat();
    [blank()].into_iter().chain(table.iter().map(wide)).chain([blank()]).collect()
}

fn scaled(table: &[Vec<f64>], by: f64) -> Table {
    table.iter().map(|row| row.iter().map(|value| value * by).collect()).collect()
}

#[test]
fn wrong_filters_are_told() {
    let right = solutions::filtered;
    let told = |answer: Filter, words| refused(filtered(answer), words);
    told(|i, f, s| solutions::filtered(i, &mirrored(&upside_down(f)), s), "down and mirrored");
    told(|i, f, s| solutions::filtered(i, &turned(f), s), "of the filter are mixed up");
    told(|i, f, s| solutions::filtered(i, &mirrored(f), s), "left is right");
    told(|i, f, s| solutions::filtered(&with_border(i), f, s), "sticks out");
    told(|i, f, s| with_border(&solutions::filtered(i, f, s)), "a border of zeros");
    told(|i, f, s| turned(&solutions::filtered(i, f, s)), "of the result are mixed up");
    let mean = move |image: &[Vec<f64>], filter: &[Vec<f64>], stride| {
        scaled(&right(image, filter, stride), 1.0 / filter.len().pow(2) as f64)
    };
    refused(filtered(mean), "how many numbers the filter has");
    told(|i, f, _| solutions::filtered(i, f, 1), "The stride has no part");
    let rows_only = move |image: &[Vec<f64>], filter: &[Vec<f64>], stride| {
        right(image, filter, 1).into_iter().step_by(stride).collect()
    };
    refused(filtered(rows_only), "skips rows, but no columns");
    let missing = move |image: &[Vec<f64>], filter: &[Vec<f64>], stride| {
        let (height, width) = (image.len() - 1, image[0].len() - 1);
        let image: Table = image.iter().map(|row| row[..width].to_vec()).take(height).collect();
        right(&image, filter, stride)
    };
    refused(filtered(missing), "the filter fits there, too");
    let one = |first: bool| {
        move |image: &[Vec<f64>], filter: &[Vec<f64>], stride: usize| {
            let place = if first { 0 } else { filter.len() - 1 };
            let mut only = vec![vec![0.0; filter.len()]; filter.len()];
            only[place][place] = filter[place][place];
            right(image, &only, stride)
        }
    };
    refused(filtered(one(true)), "Only the first number");
    refused(filtered(one(false)), "none replaced by the next");
    let ones = move |image: &[Vec<f64>], filter: &[Vec<f64>], stride| {
        right(image, &vec![vec![1.0; filter.len()]; filter.len()], stride)
    };
    refused(filtered(ones), "no part in it");
    let three = move |image: &[Vec<f64>], filter: &[Vec<f64>], stride| {
        let size = filter.len().min(3);
        let filter: Table = filter.iter().map(|row| row[..size].to_vec()).take(size).collect();
        right(image, &filter, stride)
    };
    refused(filtered(three), "A filter can be larger");
}

#[test]
fn wrong_poolings_are_told() {
    let blocks = |by: fn([f64; 4]) -> f64, stride: usize| {
        move |map: &[Vec<f64>]| -> Table {
            let places = |length: usize| (0..length - 1).step_by(stride);
            let block =
                |y: usize, x: usize| [map[y][x], map[y][x + 1], map[y + 1][x], map[y + 1][x + 1]];
            let row = |y| places(map[0].len()).map(move |x| by(block(y, x))).collect();
            places(map.len()).map(row).collect()
        }
    };
    let largest = |numbers: [f64; 4]| numbers.into_iter().fold(f64::MIN, f64::max);
    max_pooled(blocks(largest, 2)).unwrap();
    // As in the exercise: the second fault shows when the first is mended.
    let broken = |least: f64| {
        move |map: &[Vec<f64>]| -> Table {
            let four =
                |y: usize, x: usize| [map[y][x], map[y][x + 1], map[y + 1][x], map[y + 1][x + 1]];
            let block = |y, x| four(y, x).into_iter().fold(least, f64::max);
            let row = |y| (0..map[0].len()).step_by(2).map(|x| block(y, x)).collect();
            (0..map.len()).step_by(2).map(row).collect()
        }
    };
    refused(max_pooled(broken(0.0)), "has got (nearly) 0");
    refused(max_pooled(broken(f64::MIN)), "panicked");
    refused(max_pooled(blocks(|n| n.into_iter().sum::<f64>() / 4.0, 2)), "the means of the blocks");
    refused(max_pooled(blocks(|n| n.into_iter().sum(), 2)), "the sums of the blocks");
    refused(max_pooled(blocks(|n| n.into_iter().fold(9.0, f64::min), 2)), "the smallest numbers");
    refused(max_pooled(blocks(largest, 1)), "The blocks overlap");
    refused(max_pooled(blocks(|n| n[0], 2)), "the first number of each block");
    refused(max_pooled(blocks(|n| n[0].max(n[1]), 2)), "the upper row");
    refused(max_pooled(blocks(|n| n[0].max(n[2]), 2)), "the left column");
    let rows = |map: &[Vec<f64>]| {
        let pairs = |row: &Vec<f64>| row.chunks_exact(2).map(|pair| pair[0].max(pair[1])).collect();
        map.iter().map(pairs).collect()
    };
    refused(max_pooled(rows), "one row high");
    let up = |map: &[Vec<f64>]| {
        let whole = |rows: &[Vec<f64>]| {
            let largest = |x: usize| {
                rows.iter().flat_map(|row| row.iter().skip(x).take(2)).copied().fold(-9.0, f64::max)
            };
            (0..rows[0].len()).step_by(2).map(largest).collect()
        };
        map.chunks(2).map(whole).collect()
    };
    refused(max_pooled(up), "It should be left out");
}

#[test]
fn wrong_sides_are_told() {
    refused(output_side(|side, f, stride, p| (side + p - f) / stride + 1), "it counts once");
    refused(output_side(|side, f, stride, p| (side + 2 * p - f) / stride), "one more place");
    refused(output_side(|side, f, stride, _| (side - f) / stride + 1), "The padding has no part");
    refused(output_side(|side, f, _, p| side + 2 * p - f + 1), "The stride has no part");
    refused(output_side(|side, f, stride, p| (side + 2 * p - f).div_ceil(stride) + 1), "stick out");
    refused(output_side(|side, f, stride, p| (side + 2 * p - f + 1) / stride), "one too small");
    refused(output_side(|side, _, stride, _| side / stride), "own size");
    refused(output_side(|_, _, _, _| 13), "expected 26");
}

fn added(maps: &[Table]) -> Table {
    let place = |y: usize, x: usize| maps.iter().map(|map| map[y][x]).sum();
    let row = |y: usize| (0..maps[0][0].len()).map(|x| place(y, x)).collect();
    (0..maps[0].len()).map(row).collect()
}

fn raised(table: &[Vec<f64>], by: f64) -> Table {
    table.iter().map(|row| row.iter().map(|value| value + by).collect()).collect()
}

fn maps(channels: &[Table], filters: &[Table]) -> Vec<Table> {
    let pairs = channels.iter().zip(filters);
    pairs.map(|(channel, filter)| solutions::filtered(channel, filter, 1)).collect()
}

#[test]
fn wrong_feature_maps_are_told() {
    let told = |answer: fn(&[Table], &[Table], f64) -> Table, words| {
        refused(feature_map(answer), words);
    };
    told(|c, f, _| added(&maps(c, f)), "The bias is missing");
    told(|c, f, bias| raised(&added(&maps(c, f)), bias * c.len() as f64), "it counts once");
    told(|c, f, bias| raised(&added(&maps(c, f)), -bias), "not subtracted");
    told(|c, f, bias| raised(&maps(c, f)[0], bias), "Only the first channel");
    told(|c, f, bias| raised(&maps(c, f)[c.len() - 1], bias), "Only one channel");
    told(
        |c, f, bias| raised(&scaled(&added(&maps(c, f)), 1.0 / c.len() as f64), bias),
        "divided by the number of channels",
    );
    told(
        |c, f, bias| raised(&added(&maps(c, &vec![f[0].clone(); c.len()])), bias),
        "Each has its own",
    );
    told(|c, f, bias| raised(&maps(c, f).concat(), bias), "one below the other");
    let two = |c: &[Table], f: &[Table], bias: f64| raised(&added(&maps(&c[..2], f)), bias);
    refused(feature_map(two), "panicked");
}

#[test]
fn wrong_counts_of_parameters_are_told() {
    let told = |convolution: fn([usize; 4]) -> usize, words| {
        let answer = move |side, inputs, outputs, filter| {
            let [_, linear] = solutions::parameter_counts(side, inputs, outputs, filter);
            [convolution([side, inputs, outputs, filter]), linear]
        };
        refused(parameter_counts(answer), words);
    };
    told(|[_, i, o, f]| o * i * f * f, "its biases are missing");
    told(|[_, _, o, f]| o * f * f + o, "weights for every channel");
    told(|[_, i, o, f]| o * i * (f * f + 1), "a bias for every channel");
    told(|[_, i, o, f]| o * i * f * f + 1, "a single bias");
    told(|[side, i, o, f]| side * side * o * i * f * f + o, "the same ones everywhere");
    told(|[_, i, o, f]| o * i * f + o, "as high as it is wide");
    let told = |linear: fn([usize; 3]) -> usize, words| {
        let answer = move |side, inputs, outputs, filter| {
            let [convolution, _] = solutions::parameter_counts(side, inputs, outputs, filter);
            [convolution, linear([side * side, inputs, outputs])]
        };
        refused(parameter_counts(answer), words);
    };
    told(|[pixels, i, o]| pixels * i * pixels * o, "layer's weights are right");
    told(|[_, i, o]| i * o + o, "knows no channels");
    told(|[pixels, i, o]| pixels * i * o + o, "What the linear layer gives");
    told(|[pixels, _, _]| pixels * pixels + pixels, "from one image to one image");
    told(|[pixels, i, o]| pixels * i * pixels * o + o, "too few biases");
}
