#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

fn weighted(inputs: &[f64], weights: &[f64]) -> f64 {
    inputs.iter().zip(weights).map(|(input, weight)| input * weight).sum()
}

#[test]
fn a_neuron_is_right() {
    neuron(|inputs, weights, bias| weighted(inputs, weights) + bias).unwrap();
}

#[test]
fn wrong_neurons_are_told() {
    refused(neuron(|inputs, weights, _| weighted(inputs, weights)), "The bias is missing");
    refused(neuron(|inputs, weights, bias| weighted(inputs, weights) - bias), "not subtracted");
    refused(
        neuron(|inputs, _, bias| inputs.iter().sum::<f64>() + bias),
        "The weights have no part",
    );
    refused(
        neuron(|inputs, weights, bias| inputs.iter().zip(weights).map(|(i, w)| i * w + bias).sum()),
        "it counts once",
    );
    refused(neuron(|inputs, weights, bias| inputs[0] * weights[0] + bias), "Only the first input");
    // An answer that knows the case that the message shows.
    refused(neuron(|_, _, _| 10.5), "expected 2");
}
