//! Checks of the exercises on notebook 2, the network.

use anyhow::Result;

use super::numbers::{Numbers, number};
use super::reader::{Reader, Right, right};
use super::reference;

const REFERENCE: &str = include_str!("reference/network.json");

/// Exercise 2.1: `fn neuron(inputs: &[f64], weights: &[f64], bias: f64) -> f64`, the weighted sum
/// of the inputs plus the bias.
///
/// # Errors
/// The function is unfinished, fails, or gives something else.
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
            (plain(expected - bias), "The bias is missing"),
            (plain(expected - 2.0 * bias), "The bias is to be added, not subtracted"),
            (
                plain(expected + (inputs.len() as f64 - 1.0) * bias),
                "The bias belongs to the neuron: it counts once, not once for each input",
            ),
            (plain(sum_of_inputs + bias), "The weights have no part in it"),
            (
                plain(inputs[0] * weights[0] + bias),
                "Only the first input counts in it, but all of them should",
            ),
        ];
        let given = reader.asked(call, move |neuron| neuron(&inputs, &weights, bias))?;
        let why = format!(
            "Each input counts as much as its weight says, and the bias {} is added to all of it",
            number(bias)
        );
        given.expect(&plain(expected), &why, &mistakes)?;
    }
    right("490 of these, side by side, are the hidden layer.")
}

fn plain(value: f64) -> Numbers {
    Numbers::new(&[], vec![value])
}

#[cfg(test)]
mod tests;
