//! Checks of the exercises on notebook 10, convolution.

use anyhow::Result;

use super::numbers::number;
use super::reader::{Reader, Right, right};
use super::reference;

const REFERENCE: &str = include_str!("reference/convolution.json");

/// Exercise 10.1: `fn output_side(side: usize, filter: usize, stride: usize, padding: usize) ->
/// usize`, the side of the feature map of a square image.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn output_side<F>(output_side: F) -> Result<Right>
where
    F: Fn(usize, usize, usize, usize) -> usize + Send + Sync + 'static,
{
    let reader = Reader::new("output_side", output_side);
    for case in reference::cases(REFERENCE, "output_side")? {
        let (side, filter) = (case.count("side")?, case.count("kernel")?);
        let (stride, padding) = (case.count("stride")?, case.count("padding")?);
        let call = format!("output_side({side}, {filter}, {stride}, {padding})");
        let given = reader.asked(call, move |f| f(side, filter, stride, padding))?;
        let mistakes = case.mistakes(&[
            (
                "divided",
                "It is one too small: the first place is free, and only the way from there to the \
                 last one is made in steps of the stride",
            ),
            (
                "one_less",
                "These are the steps from the first place to the last. There is one more place \
                 than steps",
            ),
            ("padding_once", "The padding is there on both sides of the image, but it counts once"),
            ("no_padding", "The padding has no part in it"),
            ("no_stride", "The stride has no part in it"),
            (
                "rounded_up",
                "At the last place the filter would stick out. Places where it does not fit do \
                 not count",
            ),
            ("only_stride", "The filter's own size has no part in it"),
            ("times", "A larger stride makes fewer places, not more"),
        ])?;
        let why = format!(
            "A filter of {filter} x {filter} starts at one end of {side} pixels, with {padding} \
             added at each end, and moves on by {stride} as long as all of it fits; its places \
             are counted"
        );
        let exactly = |found: &_, expected: &_| found == expected;
        given.expect_where(exactly, &case.numbers("expected")?, &why, &mistakes)?;
    }
    right("With stride 1, a padding of 1 keeps the size of an image under a filter of 3 x 3.")
}

/// Exercise 10.2: `fn filtered(image: &[Vec<f64>], filter: &[Vec<f64>], stride: usize) ->
/// Vec<Vec<f64>>`, the feature map of a square filter, without padding.
///
/// # Errors
/// As [`output_side`].
pub fn filtered<F>(filtered: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>], &[Vec<f64>], usize) -> Vec<Vec<f64>> + Send + Sync + 'static,
{
    let reader = Reader::new("filtered", filtered);
    for case in reference::cases(REFERENCE, "filtered")? {
        let (image, filter) = (case.rows("image")?, case.rows("kernel")?);
        let (stride, size) = (case.count("stride")?, filter.len());
        let told = |name| case.numbers(name).map(|numbers| numbers.quoted());
        let call = format!("filtered({}, {}, {stride})", told("image")?, told("kernel")?);
        let given = reader.asked(call, move |f| f(&image, &filter, stride))?;
        let mistakes = case.mistakes(&[
            ("all_places", "The stride has no part in it"),
            ("rows_only", "The filter skips rows, but no columns. The stride is for both"),
            ("columns_only", "The filter skips columns, but no rows. The stride is for both"),
            (
                "three",
                "Only the first three rows and columns of the filter count in it. A filter can be \
                 larger",
            ),
            (
                "turned_round",
                "The filter lies upside down and mirrored on the image: its first number belongs \
                 to the top left pixel under it",
            ),
            ("turned", "Rows and columns of the filter are mixed up"),
            ("mirrored", "The filter lies mirrored on the image: left is right"),
            ("upside_down", "The filter lies upside down on the image"),
            (
                "border",
                "The filter was also laid where it sticks out of the image. No padding is asked \
                 for: only places where all of it fits",
            ),
            (
                "zeros_round",
                "There is a border of zeros round it. Only places where all of the filter fits \
                 have a result, so it is smaller than the image",
            ),
            ("short", "The last row and the last column are missing: the filter fits there, too"),
            ("sides", "Rows and columns of the result are mixed up"),
            ("corner", "Only the first number of the filter counts in it. All should"),
            (
                "last",
                "Only the last number of the filter is left in it: the products are to be added, \
                 and none replaced by the next",
            ),
            (
                "mean",
                "It was divided by how many numbers the filter has. The sum of the products is \
                 asked for",
            ),
            (
                "no_filter",
                "The pixels under the filter were added, but its numbers have no part in it",
            ),
            ("blank", "All of it is 0: nothing has been added to it"),
        ])?;
        let why = format!(
            "For every place that the filter of {size} x {size} comes to with a stride of \
             {stride} there is one number, the sum of all products of a weight and the pixel \
             under it"
        );
        given.expect(&case.numbers("expected")?, &why, &mistakes)?;
    }
    right("A few weights look at every place of the image.")
}

/// Exercise 10.3: `fn max_pooled(feature_map: &[Vec<f64>]) -> Vec<Vec<f64>>`, the largest number of
/// each block of 2 x 2; an odd row or column at the end is left out.
///
/// # Errors
/// As [`output_side`].
pub fn max_pooled<F>(max_pooled: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>]) -> Vec<Vec<f64>> + Send + Sync + 'static,
{
    let reader = Reader::new("max_pooled", max_pooled);
    for case in reference::cases(REFERENCE, "max_pooled")? {
        let feature_map = case.rows("feature_map")?;
        let call = format!("max_pooled({})", case.numbers("feature_map")?.quoted());
        let given = reader.asked(call, move |f| f(&feature_map))?;
        let mistakes = case.mistakes(&[
            (
                "from_zero",
                "A block that holds nothing but negative numbers has got (nearly) 0, none of \
                 them. The largest of its own four is asked for",
            ),
            ("size", "Signs have got lost: of -1 and -5, -1 is the larger"),
            ("mean", "These are the means of the blocks. The largest is asked for"),
            ("sums", "These are the sums of the blocks. The largest is asked for"),
            ("least", "These are the smallest numbers of the blocks"),
            (
                "overlapping",
                "The blocks overlap. Each number belongs to one block only, so the next begins \
                 two further on",
            ),
            ("corner", "This is the first number of each block. The largest is asked for"),
            ("upper", "Only the upper row of each block counts in it"),
            ("left", "Only the left column of each block counts in it"),
            (
                "rows",
                "The blocks are one row high. They should be two rows high as well as two columns \
                 wide",
            ),
            (
                "columns",
                "The blocks are one column wide. They should be two columns wide as well as two \
                 rows high",
            ),
            ("overall", "This is the largest number of all. Each block has its own"),
            (
                "border",
                "A row or column at the end that fills no block has got a block of its own. It \
                 should be left out",
            ),
        ])?;
        let why = "The numbers are cut into blocks of two rows and two columns, and of each block \
                   the largest number stays; what fills no block at the end is left out";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("A feature that moves by a pixel often stays in its block, and then nothing changes.")
}

/// Exercise 10.4: `fn feature_map(channels: &[Vec<Vec<f64>>], filter: &[Vec<Vec<f64>>], bias: f64)
/// -> Vec<Vec<f64>>`, one feature map of an image with several channels.
///
/// # Errors
/// As [`output_side`].
pub fn feature_map<F>(feature_map: F) -> Result<Right>
where
    F: Fn(&[Vec<Vec<f64>>], &[Vec<Vec<f64>>], f64) -> Vec<Vec<f64>> + Send + Sync + 'static,
{
    let reader = Reader::new("feature_map", feature_map);
    for case in reference::cases(REFERENCE, "feature_map")? {
        let width = case.count("width")?;
        let (channels, filter) = (tables(&case.rows("channels")?, width), case.rows("kernels")?);
        let (filter, bias) = (tables(&filter, 3), case.number("bias")?);
        let call = match channels.len() {
            2 => format!("feature_map(&{channels:?}, &{filter:?}, {bias:?})"),
            1 => format!("feature_map, for one channel and the bias {},", number(bias)),
            many => format!("feature_map, for {many} channels and the bias {},", number(bias)),
        };
        let given = reader.asked(call, move |f| f(&channels, &filter, bias))?;
        let mistakes = case.mistakes(&[
            ("no_bias", "The bias is missing"),
            (
                "bias_each",
                "The bias belongs to the feature map: it counts once, not once for each channel",
            ),
            ("subtracted", "The bias is to be added, not subtracted"),
            ("first", "Only the first channel counts in it. All of them should"),
            ("last", "Only one channel counts in it. All of them should, and none replace another"),
            ("mean", "It was divided by the number of channels, but their results are to be added"),
            (
                "one_kernel",
                "The first channel's weights were laid on all channels. Each has its own",
            ),
            (
                "crossed",
                "The weights for each channel were laid on all of them. They belong to one",
            ),
            ("turned_round", "The filter lies upside down and mirrored on the channels"),
            (
                "apart",
                "These are the channels' results one below the other. They are to be added, place \
                 by place",
            ),
        ])?;
        let why = "Each channel goes with its own part of the filter, what comes out is added \
                   place by place, and the bias is added to every place once";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("`conv2d` makes as many of these as the layer has channels to give.")
}

/// Exercise 10.5: `fn parameter_counts(side: usize, inputs: usize, outputs: usize, filter: usize)
/// -> [usize; 2]`, of a convolution, and of a linear layer between the same numbers.
///
/// # Errors
/// As [`output_side`].
pub fn parameter_counts<F>(parameter_counts: F) -> Result<Right>
where
    F: Fn(usize, usize, usize, usize) -> [usize; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("parameter_counts", parameter_counts);
    for case in reference::cases(REFERENCE, "parameter_counts")? {
        let (side, filter) = (case.count("side")?, case.count("kernel")?);
        let (inputs, outputs) = (case.count("inputs")?, case.count("outputs")?);
        let call = format!("parameter_counts({side}, {inputs}, {outputs}, {filter})");
        let given = reader.asked(call, move |f| f(side, inputs, outputs, filter))?;
        let mistakes = case.mistakes(&[
            ("no_biases", "The weights are right, but the biases are missing, in both"),
            (
                "convolution_no_bias",
                "The convolution's weights are right, but its biases are missing",
            ),
            ("linear_no_bias", "The linear layer's weights are right, but its biases are missing"),
            (
                "no_channels",
                "The convolution's filters have weights for one channel only. A filter is a \
                 block, with weights for every channel that goes in",
            ),
            (
                "bias_each",
                "The convolution has got a bias for every channel of a filter. A filter has one, \
                 however many channels go in",
            ),
            ("one_bias", "The convolution has got a single bias. Each filter has one"),
            (
                "everywhere",
                "The convolution has got weights of its own for each place. It is the same ones \
                 everywhere",
            ),
            (
                "biases_everywhere",
                "The convolution has got a bias for each place. A filter has one, for all places",
            ),
            ("line", "A filter is as high as it is wide"),
            (
                "from_channels",
                "A linear layer knows no channels: it has a weight for every pair of a number \
                 that goes in and one that comes out",
            ),
            (
                "to_channels",
                "What the linear layer gives is too little: as many numbers come out of it as of \
                 the convolution, which gives whole images",
            ),
            ("row", "An image is as high as it is wide"),
            (
                "one_image",
                "The linear layer goes from one image to one image. It should take and give as \
                 many as the convolution",
            ),
            (
                "few_biases",
                "The linear layer has too few biases: each number that comes out has one",
            ),
            ("swapped", "They are in the wrong order: the convolution comes first"),
        ])?;
        let why = format!(
            "From {inputs} images of {side} x {side} pixels to {outputs}: first the weights and \
             biases of a convolution with filters of {filter} x {filter}, then those of a linear \
             layer that takes and gives as many numbers"
        );
        let exactly = |found: &_, expected: &_| found == expected;
        given.expect_where(exactly, &case.numbers("expected")?, &why, &mistakes)?;
    }
    right("The convolution's do not depend on the size of the image.")
}

/// Lists of numbers as tables with rows of this width.
fn tables(lists: &[Vec<f64>], width: usize) -> Vec<Vec<Vec<f64>>> {
    lists.iter().map(|list| list.chunks(width).map(<[f64]>::to_vec).collect()).collect()
}

#[cfg(test)]
mod tests;
