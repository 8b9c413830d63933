#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/02-network.ipynb`, and in its narrow lines.
#[rustfmt::skip]
mod solutions {
    use super::*;

    pub(super) fn neuron(inputs: &[f64], weights: &[f64], bias: f64) -> f64 {
        let pairs = inputs.iter().zip(weights);
        pairs.map(|(input, weight)| input * weight).sum::<f64>() + bias
    }

    pub(super) fn hidden_layer(
        images: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
    ) -> Tensor {
        let sums: Tensor = images.matmul(&weight.tr()) + bias;
        sums.leaky_relu()
    }

    pub(super) fn softmax(logits: &[f64]) -> Vec<f64> {
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> =
            logits.iter().map(|logit| (logit - largest).exp()).collect();
        let total: f64 = powers.iter().sum();
        powers.iter().map(|power| power / total).collect()
    }

    pub(super) fn loss(log_probabilities: &[Vec<f64>], labels: &[usize]) -> f64 {
        let pairs = log_probabilities.iter().zip(labels);
        let sum: f64 = pairs.map(|(logs, label)| -logs[*label]).sum();
        sum / labels.len() as f64
    }

    pub(super) fn parameters(sizes: &[usize]) -> usize {
        let layers = sizes.iter().zip(&sizes[1..]);
        layers.map(|(inputs, neurons)| inputs * neurons + neurons).sum()
    }

    pub(super) fn sureness(network: &Network, images: &Tensor) -> Result<Tensor> {
        let probabilities: Tensor = network.forward(images)?.exp();
        Ok(probabilities.amax([1], false))
    }
}

#[test]
fn the_solutions_are_right() {
    neuron(solutions::neuron).unwrap();
    hidden_layer(solutions::hidden_layer).unwrap();
    softmax(solutions::softmax).unwrap();
    loss(solutions::loss).unwrap();
    parameters(solutions::parameters).unwrap();
    sureness(solutions::sureness).unwrap();
}

fn weighted(inputs: &[f64], weights: &[f64]) -> f64 {
    inputs.iter().zip(weights).map(|(input, weight)| input * weight).sum()
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

#[test]
fn wrong_hidden_layers_are_told() {
    let sums = |x: &Tensor, weight: &Tensor, bias: &Tensor| x.matmul(&weight.tr()) + bias;
    refused(hidden_layer(|x, w, b| x.matmul(&w.tr()).leaky_relu() + b), "comes too early");
    refused(hidden_layer(|x, w, b| (x.matmul(w) + b).leaky_relu()), "a column of `weight`");
    refused(hidden_layer(move |x, w, b| sums(x, w, b).leaky_relu() + b), "added twice");
    refused(hidden_layer(|x, w, _| x.matmul(&w.tr()).leaky_relu()), "The bias is missing");
    refused(hidden_layer(sums), "The bend is missing");
    refused(hidden_layer(move |x, w, b| sums(x, w, b).relu()), "have become 0");
    let reversed =
        move |x: &Tensor, w: &Tensor, b: &Tensor| sums(x, w, b).minimum(&(sums(x, w, b) * 0.01));
    refused(hidden_layer(reversed), "wrong way round");
    refused(hidden_layer(|_, _, _| Tensor::from_slice(&[1.0f32, -0.04]).view([1, 2])), "[1, 0, 2]");
    let in_place = move |x: &Tensor, w: &Tensor, b: &Tensor| {
        let right = sums(x, w, b).leaky_relu();
        let _ = x.shallow_clone().fill_(0.0);
        right
    };
    refused(hidden_layer(in_place), "changed the tensor that it was given");
}

#[test]
fn wrong_softmaxes_are_told() {
    let powers = |logits: &[f64]| logits.iter().map(|logit| logit.exp()).collect::<Vec<f64>>();
    let divided = |values: Vec<f64>| {
        let total: f64 = values.iter().sum();
        values.iter().map(|value| value / total).collect::<Vec<f64>>()
    };
    refused(softmax(move |logits| divided(powers(logits))), "is NaN");
    refused(softmax(powers), "not yet divided");
    refused(softmax(move |logits| divided(logits.to_vec())), "may be negative");
    let lowered = |logits: &[f64]| {
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        logits.iter().map(|logit| logit - largest).collect::<Vec<f64>>()
    };
    refused(softmax(move |logits| powers(&lowered(logits))), "do not add up to 1");
    let limited = move |logits: &[f64]| {
        let logits: Vec<f64> = logits.iter().map(|logit| logit.clamp(-700.0, 700.0)).collect();
        divided(powers(&logits))
    };
    refused(softmax(limited), "their differences are lost");
    let logarithms =
        |logits: &[f64]| solutions::softmax(logits).iter().map(|p| p.ln()).collect::<Vec<f64>>();
    refused(softmax(logarithms), "the log-probabilities");
    refused(softmax(move |l| divided(l.iter().map(|l| l.exp2()).collect())), "powers of 2");
    refused(softmax(|logits| vec![1.0 / logits.len() as f64; logits.len()]), "add up to 1");
    // Large logits alone are lowered, by a fixed number.
    let fixed = move |logits: &[f64]| {
        let by = if logits[0] > 700.0 { 1000.0 } else { 0.0 };
        divided(logits.iter().map(|logit| (logit - by).exp()).collect())
    };
    refused(softmax(fixed), "softmax(&[-1000.0, -1001.0])");
}

#[test]
fn wrong_losses_are_told() {
    let all = |logs: &[Vec<f64>], labels: &[usize]| -> f64 {
        logs.iter().zip(labels).map(|(logs, label)| logs[*label]).sum()
    };
    let count = |labels: &[usize]| labels.len() as f64;
    refused(loss(move |logs, labels| all(logs, labels) / count(labels)), "never negative");
    refused(loss(move |logs, labels| -all(logs, labels)), "the sum of the losses");
    let largest = |logs: &Vec<f64>| logs.iter().copied().fold(f64::MIN, f64::max);
    let guess = move |logs: &[Vec<f64>], labels: &[usize]| {
        -logs.iter().map(largest).sum::<f64>() / count(labels)
    };
    refused(loss(guess), "whatever the network believes");
    refused(loss(|logs, labels| -logs[0][labels[0]]), "the first image alone");
    let again = |logs: &[Vec<f64>], labels: &[usize]| -> f64 {
        logs.iter().zip(labels).map(|(logs, label)| -logs[*label].ln()).sum()
    };
    refused(loss(again), "NaN means");
    refused(loss(|logs, _| -logs.iter().flatten().sum::<f64>() / logs.len() as f64), "true digit");
    refused(loss(|_, _| 1.5), "expected 0");
}

#[test]
fn wrong_numbers_of_parameters_are_told() {
    let weights = |sizes: &[usize]| sizes.windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>();
    refused(parameters(weights), "biases are missing");
    refused(parameters(move |sizes| weights(sizes) + sizes.iter().sum::<usize>()), "The inputs");
    refused(parameters(move |sizes| weights(sizes) + sizes.len() - 1), "a single bias");
    let left = move |sizes: &[usize]| weights(sizes) + sizes.iter().rev().skip(1).sum::<usize>();
    refused(parameters(left), "that comes out");
    refused(parameters(|sizes| sizes[0] * sizes[1] + sizes[1]), "the first layer alone");
    let two = |s: &[usize]| {
        if s.len() == 2 { s[0] * s[1] + s[1] } else { s[0] * s[1] + s[1] + s[1] * s[2] + s[2] }
    };
    refused(parameters(two), "panicked");
    refused(parameters(|_| 389_560), "expected 8");
}

#[test]
fn wrong_surenesses_are_told() {
    refused(sureness(|n, x| Ok(n.forward(x)?.amax([1], false))), "0 or less");
    refused(sureness(|n, x| n.predict(x)), "takes the images for");
    refused(sureness(|n, x| Ok(n.forward(x)?.exp().max())), "all images together");
    refused(sureness(|n, x| Ok(n.forward(x)?.exp().amax([1], true))), "a row of one");
    refused(sureness(|n, x| Ok(n.forward(x)?.exp().amin([1], false))), "least likely");
    refused(sureness(|n, x| Ok(n.forward(x)?.exp().select(1, 0))), "the digit 0");
    refused(sureness(|n, x| Ok(n.forward(x)?.exp().amax([0], false))), "from any image");
    refused(sureness(|n, x| n.forward(x).map(|logs| logs.exp())), "all digits");
}
