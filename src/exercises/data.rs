//! Checks of the exercises on notebook 1, the data.

use anyhow::Result;
use tch::{Kind, Tensor};

use super::numbers::Numbers;
use super::reader::{Reader, Right, right};
use super::reference::{self, Case};

const REFERENCE: &str = include_str!("reference/data.json");

/// Exercise 1.1: `fn scaled(bytes: &[u8]) -> Vec<f64>`, pixels from 0 to 255 as numbers from 0
/// to 1.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn scaled<F>(scaled: F) -> Result<Right>
where
    F: Fn(&[u8]) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("scaled", scaled);
    for case in reference::cases(REFERENCE, "scaled")? {
        let bytes = digits(&case, "bytes")?;
        let call = format!("scaled(&{})", case.numbers("bytes")?.quoted());
        let given = reader.asked(call, move |f| f(&bytes))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "Only full ink is left, all grays have become 0: a division of whole numbers \
                 drops what comes after the point",
            ),
            ("by_256", "The numbers are divided by 256. Full ink, 255, is to become exactly 1"),
            ("reversed", "Ink and paper are exchanged: 0 is to stay 0"),
            ("ink", "All grays have become full ink"),
            ("not_divided", "These are still numbers from 0 to 255"),
        ])?;
        let why = "0 is to become 0, 255 to become 1, and what lies between is to stay in \
                   proportion";
        given.expect(&case.numbers("pixels")?, why, &mistakes)?;
    }
    right("`data.train.images` holds the training images in this form.")
}

/// Exercise 1.2: `fn mean_images(images: &[Vec<f64>], labels: &[u8]) -> Vec<Vec<f64>>`, the mean
/// image of each digit from 0 to 9; zeros where a digit has no image.
///
/// # Errors
/// As [`scaled`].
pub fn mean_images<F>(mean_images: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>], &[u8]) -> Vec<Vec<f64>> + Send + Sync + 'static,
{
    let reader = Reader::new("mean_images", mean_images);
    for case in reference::cases(REFERENCE, "mean_images")? {
        let (images, labels) = (case.rows("images")?, digits(&case, "labels")?);
        let (pixels, told) = (case.numbers("images")?, case.numbers("labels")?);
        let call = match images.len() {
            ..5 => {
                format!("mean_images, for the images {} with the labels {told},", pixels.quoted())
            }
            many => format!("mean_images, for {many} images with the labels {told},"),
        };
        let given = reader.asked(call, move |f| f(&images, &labels))?;
        let mistakes = case.mistakes(&[
            (
                "nan",
                "A digit without images divides 0 by 0, which is NaN, \"not a number\". Its mean \
                 image is to be all zeros",
            ),
            (
                "only_seen",
                "Digits without images are left out. There are to be ten means, so that mean \
                 number 3 is that of the digit 3",
            ),
            ("sums", "These are the sums, not yet divided"),
            (
                "by_all",
                "Each sum is divided by the number of all images. A mean is the sum divided by \
                 how many images went into it: those of this digit",
            ),
            (
                "by_ten",
                "Each sum is divided by 10. A mean is the sum divided by how many images went \
                 into it: those of this digit",
            ),
            ("last", "Only the last image of each digit is left"),
        ])?;
        let why = "Mean number d is made of the images with the label d, pixel by pixel; a digit \
                   without images has zeros";
        given.expect(&case.numbers("means")?, why, &mistakes)?;
    }
    right("With 60,000 images, these are the ten blurred digits of the notebook.")
}

/// Exercise 1.3: `fn nearest(images: &[Vec<f64>], labels: &[u8], image: &[f64]) -> u8`, the label
/// of the example whose image has the smallest sum of squared differences.
///
/// # Errors
/// As [`scaled`].
pub fn nearest<F>(nearest: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>], &[u8], &[f64]) -> u8 + Send + Sync + 'static,
{
    let reader = Reader::new("nearest", nearest);
    for case in reference::cases(REFERENCE, "nearest")? {
        let (images, labels) = (case.rows("images")?, digits(&case, "labels")?);
        let (image, best) = (case.list("image")?, case.count("place")?);
        let (many, all) = (images.len(), case.numbers("images")?.quoted());
        let (own, told) = (case.numbers("image")?.quoted(), case.numbers("labels")?);
        let call = match many {
            ..7 => {
                format!("nearest, for the images {all} with the labels {told} and the image {own},")
            }
            _ => format!("nearest, for {many} images with the labels {told} and one more image,"),
        };
        let given = reader.asked(call, move |f| f(&images, &labels, &image))?;
        let mistakes = case.mistakes(&[
            ("place", "This is the place of the nearest image, not its label"),
            (
                "cancelled",
                "Differences of opposite sign have cancelled out: an image with too much ink in \
                 one place and too little in another counts as equal. Each difference is to be \
                 squared before it is added",
            ),
            (
                "signed",
                "The differences keep their signs, so the image with least ink wins. Each \
                 difference is to be squared before it is added",
            ),
            (
                "signed_the_other_way",
                "The differences keep their signs, so the image with most ink wins. Each \
                 difference is to be squared before it is added",
            ),
            (
                "absolute",
                "This image is nearest if the differences are added without their signs. Their \
                 squares are asked for, in which one large difference weighs more than two small \
                 ones",
            ),
            ("farthest", "This is the label of the image that resembles it least"),
            (
                "product",
                "This image has the largest sum of products. The sum of squared differences is \
                 asked for",
            ),
        ])?;
        let why = format!(
            "Image {best}, counted from 0, has the smallest sum of squared differences, and its \
             label is the answer"
        );
        given.expect(&case.numbers("label")?, &why, &mistakes)?;
    }
    right("No mean is made: every example is kept and compared. That costs time instead.")
}

/// Exercise 1.4: `fn accuracy(guesses: &[u8], labels: &[u8]) -> f64`, the fraction of the guesses
/// that are right.
///
/// # Errors
/// As [`scaled`].
pub fn accuracy<F>(accuracy: F) -> Result<Right>
where
    F: Fn(&[u8], &[u8]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("accuracy", accuracy);
    for case in reference::cases(REFERENCE, "accuracy")? {
        let (guesses, labels) = (digits(&case, "guesses")?, digits(&case, "labels")?);
        let call = call_of_labels("accuracy", &case, "guesses", "labels")?;
        let given = reader.asked(call, move |f| f(&guesses, &labels))?;
        let mistakes = case.mistakes(&[
            ("wrong", "This is the fraction of the guesses that are wrong"),
            ("percent", "This is the number in percent. A fraction lies between 0 and 1"),
            ("count", "This is how many guesses are right, not yet which fraction of them"),
            ("whole", "A division of whole numbers drops what comes after the point"),
            (
                "same_place",
                "The guesses have lost their order. Each belongs to the label at its own place",
            ),
        ])?;
        let why = "It is the number of guesses that equal their label, divided by the number of \
                   all guesses";
        given.expect(&case.numbers("accuracy")?, why, &mistakes)?;
    }
    right("Multiplied by 100, it is a percentage, such as the 82.06 % of the notebook.")
}

/// Exercise 1.5: `fn baseline(train: &[u8], test: &[u8]) -> f64`, the accuracy on the test labels
/// of always answering the most frequent label of the training images.
///
/// # Errors
/// As [`scaled`].
pub fn baseline<F>(baseline: F) -> Result<Right>
where
    F: Fn(&[u8], &[u8]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("baseline", baseline);
    for case in reference::cases(REFERENCE, "baseline")? {
        let (train, test) = (digits(&case, "train")?, digits(&case, "test")?);
        let call = call_of_labels("baseline", &case, "train", "test")?;
        let given = reader.asked(call, move |f| f(&train, &test))?;
        let mistakes = case.mistakes(&[
            (
                "of_test",
                "This is what the most frequent test label reaches. But the answer has to be \
                 chosen before the test, from the training labels alone",
            ),
            (
                "of_train",
                "The digit is right, but this is its share of the training labels. The accuracy \
                 is that on the test labels",
            ),
            ("digit", "This is the digit that is always answered, not its accuracy"),
            ("count", "This is how many test images are read correctly, not yet which fraction"),
            ("percent", "This is the number in percent. A fraction lies between 0 and 1"),
            (
                "guess",
                "That is what a random guess reaches in the long run. Here the same digit is \
                 always answered",
            ),
        ])?;
        let why = format!(
            "{} is the most frequent training label, and the accuracy is the fraction of the test \
             labels that are {0}",
            case.number("digit")?
        );
        given.expect(&case.numbers("accuracy")?, &why, &mistakes)?;
    }
    right("On MNIST this rule reaches 0.1135. The nearest mean, 0.8206, is the better mark.")
}

/// Exercise 1.6: `fn batch(images: &Tensor, order: &Tensor, number: i64, size: i64) -> Tensor`, a
/// batch of the shuffled images, counted from 0; the last one may be smaller.
///
/// # Errors
/// As [`scaled`].
pub fn batch<F>(batch: F) -> Result<Right>
where
    F: Fn(&Tensor, &Tensor, i64, i64) -> Tensor + Send + Sync + 'static,
{
    let reader = Reader::new("batch", batch);
    for case in reference::cases(REFERENCE, "batch")? {
        let (images, order) = (case.numbers("images")?, case.numbers("order")?);
        let (number, size) = (case.number("number")? as i64, case.number("size")? as i64);
        let (told, count) = (images.quoted(), images.shape()[0]);
        let call = format!(
            "batch, for the images {told} in the order {order}, batch number {number}, {size} \
             images a batch,"
        );
        let tensors = [&images.tensor()?, &order.tensor()?.to_kind(Kind::Int64)];
        let given = reader
            .asked_of(call, tensors, move |f, [images, order]| f(images, order, number, size))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "It begins at the wrong place: one further for each batch, so batch 1 holds \
                 nearly the same images as batch 0, and an epoch shows some images many times and \
                 others never",
            ),
            (
                "unshuffled",
                "These are the images in the order of the file. `order` says which image comes at \
                 which place",
            ),
            ("first", "This is the first batch again"),
            (
                "full",
                "This batch was filled up with images that the batch before it has had already. \
                 The last batch holds what is left, be it less than the others",
            ),
            ("places", "These are the places of the images, not the images"),
        ])?;
        let first = number * size;
        let why = format!(
            "{count} images are shuffled. The {first} at the beginning of the order are in the \
             batches before this one; it holds the next {size}, or as many as are left"
        );
        given.expect(&case.numbers("batch")?, &why, &mistakes)?;
    }
    right("Every image is in exactly one batch of an epoch, as it should be.")
}

/// A list of a case as digits or bytes.
fn digits(case: &Case, name: &str) -> Result<Vec<u8>> {
    Ok(case.list(name)?.into_iter().map(|value| value as u8).collect())
}

/// A call with two lists of labels, told.
fn call_of_labels(function: &str, case: &Case, first: &str, second: &str) -> Result<String> {
    let told = |name| case.numbers(name).map(|labels: Numbers| labels.quoted());
    Ok(format!("{function}, for {first} {} and {second} {},", told(first)?, told(second)?))
}

#[cfg(test)]
mod tests;
