//! Checks of the exercises on notebook 2, the network.

use anyhow::Result;
use tch::Tensor;

use super::numbers::{Numbers, number};
use super::reader::{Reader, Right, right};
use super::reference::{self, Case};
use crate::model::{Network, Sizes};

const REFERENCE: &str = include_str!("reference/network.json");

/// Exercise 2.1: `fn neuron(inputs: &[f64], weights: &[f64], bias: f64) -> f64`, the weighted sum
/// of the inputs plus the bias.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn neuron<F>(neuron: F) -> Result<Right>
where
    F: Fn(&[f64], &[f64], f64) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("neuron", neuron);
    for case in reference::cases(REFERENCE, "neuron")? {
        let (inputs, weights) = (case.list("inputs")?, case.list("weights")?);
        let (bias, expected) = (case.number("bias")?, case.number("output")?);
        let call = match inputs.len() {
            ..4 => format!("neuron(&{inputs:?}, &{weights:?}, {bias:?})"),
            many => format!("neuron, given {many} inputs and weights and the bias {bias:?},"),
        };
        let sum_of_inputs: f64 = inputs.iter().sum();
        let mistakes = [
            (Numbers::plain(expected - bias), "The bias is missing"),
            (Numbers::plain(expected - 2.0 * bias), "The bias is to be added, not subtracted"),
            (
                Numbers::plain(expected + (inputs.len() as f64 - 1.0) * bias),
                "The bias belongs to the neuron: it counts once, not once for each input",
            ),
            (Numbers::plain(sum_of_inputs + bias), "The weights have no part in it"),
            (
                Numbers::plain(inputs[0] * weights[0] + bias),
                "Only the first input counts in it, but all of them should",
            ),
        ];
        let given = reader.asked(call, move |neuron| neuron(&inputs, &weights, bias))?;
        let why = format!(
            "Each input counts as much as its weight says, and the bias {} is added to all of it",
            number(bias)
        );
        given.expect(&Numbers::plain(expected), &why, &mistakes)?;
    }
    right("490 of these, side by side, are the hidden layer.")
}

/// Exercise 2.2: `fn hidden_layer(images: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor`, a
/// linear layer and its LeakyReLU: `[batch, inputs]` -> `[batch, neurons]`.
///
/// # Errors
/// As [`neuron`].
pub fn hidden_layer<F>(hidden_layer: F) -> Result<Right>
where
    F: Fn(&Tensor, &Tensor, &Tensor) -> Tensor + Send + Sync + 'static,
{
    let reader = Reader::new("hidden_layer", hidden_layer);
    for case in reference::cases(REFERENCE, "hidden_layer")? {
        let told = |name| case.numbers(name).map(|numbers| numbers.quoted());
        let (images, weight, bias) = (told("images")?, told("weight")?, told("bias")?);
        let call = format!("hidden_layer({images}, {weight}, {bias})");
        let tensors = [&case.tensor("images")?, &case.tensor("weight")?, &case.tensor("bias")?];
        let given =
            reader.asked_of(call, tensors, |f, [images, weight, bias]| f(images, weight, bias))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "The bend comes too early: the products were bent, and the bias was added to what \
                 came out. But the bias belongs to the neuron's sum, and the activation function \
                 takes the whole sum",
            ),
            (
                "not_turned",
                "Each neuron has got a column of `weight`, but its weights are a row. A square \
                 `weight` fits either way",
            ),
            ("twice", "The bias is added twice, before the bend and after it"),
            ("no_bias", "The bias is missing"),
            (
                "no_bend",
                "These are the sums. The bend is missing: negative sums are to be multiplied by \
                 0.01",
            ),
            ("zero", "Negative sums have become 0, but LeakyReLU multiplies them by 0.01"),
            (
                "reversed",
                "The bend is the wrong way round: positive sums are to stay as they are, and \
                 negative ones to be multiplied by 0.01",
            ),
        ])?;
        let why = "Row i of the result holds the neurons' answers to image i. Each is the sum of \
                   the inputs times the neuron's weights, which are a row of `weight`, plus its \
                   bias; and if that is negative, multiplied by 0.01";
        given.expect(&case.numbers("hidden")?, why, &mistakes)?;
    }
    right("First the whole sum, then the bend: so every neuron's bias moves where its bend lies.")
}

/// Exercise 2.3: `fn softmax(logits: &[f64]) -> Vec<f64>`, probabilities, also of logits whose
/// powers of e are infinite.
///
/// # Errors
/// As [`neuron`].
pub fn softmax<F>(softmax: F) -> Result<Right>
where
    F: Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("softmax", softmax);
    for case in reference::cases(REFERENCE, "softmax")? {
        let logits = case.list("logits")?;
        let call = format!("softmax(&{logits:?})");
        let given = reader.asked(call, move |f| f(&logits))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "e to the power of a large number is infinite for a computer, and to the power of \
                 a very negative one it is 0. Infinity divided by infinity, like 0 divided by 0, \
                 is NaN, \"not a number\"",
            ),
            (
                "limited",
                "The logits have been limited, and so their differences are lost, which alone \
                 decide about the probabilities",
            ),
            (
                "logarithms",
                "These are the log-probabilities. The probabilities themselves are asked for",
            ),
            (
                "not_divided",
                "They do not add up to 1: the largest is 1, and nothing was divided by the total",
            ),
            ("powers", "These are the powers of e, not yet divided by their total"),
            (
                "shares",
                "The logits themselves were divided by their total. They may be negative; a \
                 probability may not",
            ),
            ("negative", "The smallest logit has got the largest probability"),
            (
                "base_2",
                "These are powers of 2. Softmax raises e = 2.718… to the power of each logit",
            ),
        ])?;
        let why = "Each probability is e to the power of the logit, divided by the total of these \
                   powers, so that all of them add up to 1";
        given.expect(&case.numbers("probabilities")?, why, &mistakes)?;
    }
    right("Only differences between logits count, so any number may be subtracted from all.")
}

/// Exercise 2.4: `fn loss(log_probabilities: &[Vec<f64>], labels: &[usize]) -> f64`, the mean of
/// what the images' true digits cost.
///
/// # Errors
/// As [`neuron`].
pub fn loss<F>(loss: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>], &[usize]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("loss", loss);
    for case in reference::cases(REFERENCE, "loss")? {
        let (logs, labels) = (case.rows("log_probabilities")?, case.counts("labels")?);
        let quoted = case.numbers("log_probabilities")?.quoted();
        let call = format!("loss, for the log-probabilities {quoted} and the labels {labels:?},");
        let given = reader.asked(call, move |f| f(&logs, &labels))?;
        let mistakes = case.mistakes(&[
            ("sign", "The sign is the wrong way round: a loss is never negative"),
            (
                "sum",
                "This is the sum of the losses. Their mean is asked for, so that batches of any \
                 size can be compared",
            ),
            (
                "guess",
                "This takes the largest log-probability of each image. What counts is that of the \
                 true digit, whatever the network believes",
            ),
            ("first", "This is the loss of the first image alone"),
            ("column", "The first image's label was used for all images"),
            ("mean_probability", "This is the mean probability of the true digits, not a loss"),
            (
                "of_mean",
                "This is the logarithm of the mean probability. The mean of the logarithms is \
                 asked for",
            ),
            ("all", "All log-probabilities are in it, but only that of the true digit counts"),
            (
                "everything",
                "All log-probabilities are in it, but only that of the true digit counts",
            ),
        ])?;
        let why = "Each image costs minus the log-probability of its true digit, and the loss is \
                   the mean of that. The log-probabilities are logarithms already";
        given.expect(&case.numbers("loss")?, why, &mistakes)?;
    }
    right("This is what `nll_loss` computes.")
}

/// Exercise 2.5: `fn parameters(sizes: &[usize]) -> usize`, how many weights and biases a network
/// of linear layers has.
///
/// # Errors
/// As [`neuron`].
pub fn parameters<F>(parameters: F) -> Result<Right>
where
    F: Fn(&[usize]) -> usize + Send + Sync + 'static,
{
    let reader = Reader::new("parameters", parameters);
    for case in reference::cases(REFERENCE, "parameters")? {
        let sizes = case.counts("sizes")?;
        let call = format!("parameters(&{sizes:?})");
        let given = reader.asked(call, move |f| f(&sizes))?;
        let mistakes = case.mistakes(&[
            ("weights", "The weights are right, but the biases are missing"),
            (
                "inputs_too",
                "The inputs have got biases. An input is only a number that goes in; it adds \
                 nothing",
            ),
            (
                "left",
                "The biases are as many as the numbers that go into each layer, but a bias \
                 belongs to each neuron, to each number that comes out",
            ),
            ("one_each", "Each layer has got a single bias, but each of its neurons has one"),
            ("first_layer", "This is the first layer alone"),
            ("neurons", "This counts numbers that go through the network, not those it learns"),
            (
                "product",
                "Weights lie between neighbouring layers only: the numbers of weights of the \
                 layers are added",
            ),
        ])?;
        let why = "Each layer has a weight for every pair of an input and a neuron, and a bias \
                   for every neuron; the first size is that of the inputs, which is no layer";
        given.expect(&case.numbers("parameters")?, why, &mistakes)?;
    }
    right("For [784, 490, 10] that is 389560.")
}

/// Exercise 2.6: `fn sureness(network: &Network, images: &Tensor) -> Result<Tensor>`, the
/// probability that the network gives to its own guess: `[batch, inputs]` -> `[batch]`.
///
/// # Errors
/// As [`neuron`].
pub fn sureness<F>(sureness: F) -> Result<Right>
where
    F: Fn(&Network, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
{
    let reader = Reader::new("sureness", sureness);
    for case in reference::cases(REFERENCE, "sureness")? {
        let (network, images) = (network(&case)?, case.numbers("images")?);
        let (sizes, told) = (network.sizes(), images.quoted());
        let call = format!("sureness, for a network {sizes} and the images {told},");
        let given =
            reader.asked_of(call, [&images.tensor()?], move |f, [images]| f(&network, images))?;
        let mistakes = case.mistakes(&[
            (
                "logarithms",
                "These are log-probabilities, which are 0 or less. The probabilities themselves \
                 are asked for",
            ),
            (
                "digits",
                "These are the digits that the network takes the images for, not how sure it is \
                 of them",
            ),
            (
                "overall",
                "This is the largest probability of all images together. Each image has its own",
            ),
            (
                "kept",
                "The numbers are right, but each is still a row of one. One dimension is asked \
                 for, not two",
            ),
            ("totals", "These are the totals of all digits' probabilities, which are always 1"),
            (
                "per_digit",
                "These are the largest probabilities that each digit gets from any image. Each \
                 image has its own row of probabilities",
            ),
            ("least", "These are the probabilities of the digits that are least likely"),
            (
                "digit_0",
                "These are the probabilities of the digit 0. The network's guess is the digit \
                 with the largest probability, and another one for each image",
            ),
            (
                "all",
                "These are the probabilities of all digits. One number for each image is asked \
                 for: that of the digit it is most likely to show",
            ),
        ])?;
        let why = "The network's guess is the digit with the largest probability, and that \
                   probability is asked for, one for each image";
        given.expect(&case.numbers("sureness")?, why, &mistakes)?;
    }
    right("Whether a network that is 90 % sure is right in 90 of 100 cases is for notebook 7.")
}

/// The network whose weights and biases a case holds.
pub(super) fn network(case: &Case) -> Result<Network> {
    let parts = [
        ("0.weight", "hidden_weight"),
        ("0.bias", "hidden_bias"),
        ("2.weight", "output_weight"),
        ("2.bias", "output_bias"),
    ];
    let shape = |name| case.numbers(name).map(|numbers| numbers.shape().to_vec());
    let (hidden, output) = (shape("hidden_weight")?, shape("output_weight")?);
    let sizes = Sizes { inputs: hidden[1], hidden: hidden[0], outputs: output[0] };
    let mut network = Network::with_sizes(sizes, 0)?;
    let tensors = parts.map(|(name, stored)| Ok((name.to_owned(), case.tensor(stored)?)));
    network.copy_from(&tensors.into_iter().collect::<Result<Vec<_>>>()?)?;
    Ok(network)
}

#[cfg(test)]
mod tests;
