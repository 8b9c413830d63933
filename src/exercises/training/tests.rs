#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/03-training.ipynb`, and in its narrow lines.
#[rustfmt::skip]
mod solutions {
    use super::*;

    pub(super) fn slope(loss: fn(f64) -> f64, weight: f64) -> f64 {
        let nudge = 0.001;
        (loss(weight + nudge) - loss(weight - nudge)) / (2.0 * nudge)
    }

    pub(super) fn gradient(x: f64, weight: f64, bias: f64, target: f64) -> [f64; 2] {
        let sum = weight * x + bias;
        let bend = if sum > 0.0 { 1.0 } else { 0.01 };
        let error = bend * sum - target;
        let by_error = 2.0 * error;
        let by_sum = by_error * bend;
        [by_sum * x, by_sum]
    }

    pub(super) fn descend(
        derivative: fn(f64) -> f64,
        start: f64,
        learning_rate: f64,
        steps: usize,
    ) -> Vec<f64> {
        let mut weight = start;
        let mut weights = vec![weight];
        for _ in 0..steps {
            weight -= learning_rate * derivative(weight);
            weights.push(weight);
        }
        weights
    }

    pub(super) fn sgd_step(weight: &mut Tensor, learning_rate: f64) {
        tch::no_grad(|| *weight -= weight.grad() * learning_rate);
    }

    pub(super) fn train_on(
        network: &Network,
        batches: &[(Tensor, Tensor)],
        learning_rate: f64,
    ) -> Result<()> {
        for (images, labels) in batches {
            network.forward(images)?.nll_loss(labels).backward();
            for (_, mut tensor) in network.named_tensors() {
                tch::no_grad(|| tensor -= tensor.grad() * learning_rate);
                tensor.zero_grad();
            }
        }
        Ok(())
    }

    pub(super) fn momentum(
        gradients: &[f64],
        learning_rate: f64,
        momentum: f64,
    ) -> Vec<f64> {
        let (mut weight, mut velocity) = (0.0, 0.0);
        let mut weights = Vec::new();
        for gradient in gradients {
            velocity = momentum * velocity + gradient;
            weight -= learning_rate * velocity;
            weights.push(weight);
        }
        weights
    }
}

#[test]
fn the_solutions_are_right() {
    slope(solutions::slope).unwrap();
    gradient(solutions::gradient).unwrap();
    descend(solutions::descend).unwrap();
    sgd_step(solutions::sgd_step).unwrap();
    train_on(solutions::train_on).unwrap();
    momentum(solutions::momentum).unwrap();
    // Other ways to the same: the notebook's nudge, one side alone, another view of the numbers.
    slope(|loss, w| (loss(w + 0.1) - loss(w - 0.1)) / 0.2).unwrap();
    slope(|loss, w| (loss(w + 1e-4) - loss(w)) / 1e-4).unwrap();
    sgd_step(|weight, rate| {
        let _ = weight.detach().g_add_(&(weight.grad() * -rate));
    })
    .unwrap();
}

#[test]
fn wrong_slopes_are_told() {
    let difference = |loss: fn(f64) -> f64, w: f64, nudge: f64| loss(w + nudge) - loss(w - nudge);
    for nudge in [0.1, 0.01, 0.001, 1e-6] {
        refused(slope(move |loss, w| difference(loss, w, nudge)), "not yet divided");
        refused(slope(move |loss, w| loss(w + nudge) - loss(w)), "not yet divided");
        refused(slope(move |loss, w| -difference(loss, w, nudge) / (2.0 * nudge)), "The sign");
        refused(slope(move |loss, w| difference(loss, w, nudge) / nudge), "twice the slope");
    }
    refused(slope(move |loss, w| difference(loss, w, 1e-18) / 2e-18), "rounding leaves nothing");
    refused(slope(|loss, w| loss(w + 1.0) - loss(w)), "too long");
    refused(slope(|loss, w| (loss(w + 0.1) - loss(w)) / 0.1), "one side only");
    refused(slope(|loss, w| loss(w)), "how fast it changes");
    // Right for the first loss alone.
    refused(slope(|_, w| 2.0 * (w - 3.0)), "e to the power of w");
}

#[test]
fn wrong_gradients_are_told() {
    let wrong = |f: fn(f64, f64) -> [f64; 2]| {
        gradient(move |x, weight, bias, target| {
            let sum = weight * x + bias;
            let bend = if sum > 0.0 { 1.0 } else { 0.01 };
            f(2.0 * (bend * sum - target) * bend, x)
        })
    };
    refused(wrong(|by_sum, x| [-by_sum * x, -by_sum]), "point downhill");
    refused(wrong(|by_sum, x| [by_sum * x / 2.0, by_sum / 2.0]), "half of it");
    refused(wrong(|by_sum, _| [by_sum, by_sum]), "x times as much");
    refused(wrong(|by_sum, x| [by_sum * x, by_sum * x]), "not multiplied by x");
    refused(wrong(|by_sum, x| [by_sum, by_sum * x]), "exchanged");
    let without_bend = |x: f64, weight: f64, bias: f64, target: f64| {
        let sum = weight * x + bias;
        let activation = if sum > 0.0 { sum } else { 0.01 * sum };
        [2.0 * (activation - target) * x, 2.0 * (activation - target)]
    };
    refused(gradient(without_bend), "goes through it, too");
    let straight = |x: f64, weight: f64, bias: f64, target: f64| {
        let error = weight * x + bias - target;
        [2.0 * error * x, 2.0 * error]
    };
    refused(gradient(straight), "the derivatives of the four operations");
    let of_input = |x: f64, weight: f64, bias: f64, target: f64| {
        let [_, by_sum] = solutions::gradient(x, weight, bias, target);
        [by_sum * weight, by_sum]
    };
    refused(gradient(of_input), "by the input x");
    let flat = |x: f64, weight: f64, bias: f64, target: f64| {
        let right = solutions::gradient(x, weight, bias, target);
        if weight * x + bias > 0.0 { right } else { [0.0, 0.0] }
    };
    refused(gradient(flat), "nearly flat");
}

#[test]
fn wrong_descents_are_told() {
    let walk = |step: fn(f64, f64, f64, Curve) -> f64| {
        descend(move |derivative, start, rate, steps| {
            let mut weights = vec![start];
            for place in 0..steps {
                weights.push(step(weights[place], start, rate, derivative));
            }
            weights
        })
    };
    refused(walk(|w, _, rate, derivative| w + rate * derivative(w)), "uphill");
    refused(walk(|w, start, rate, derivative| w - rate * derivative(start)), "All steps are alike");
    refused(walk(|w, _, _, derivative| w - derivative(w)), "The learning rate");
    refused(walk(|w, start, rate, derivative| start - rate * derivative(w)), "at the start again");
    refused(walk(|w, _, rate, derivative| w - rate * derivative(w).signum()), "of one length");
    let without_start = |derivative: fn(f64) -> f64, start: f64, rate: f64, steps: usize| {
        solutions::descend(derivative, start, rate, steps).split_off(1)
    };
    refused(descend(without_start), "The start itself");
    let one_less = |derivative: fn(f64) -> f64, start: f64, rate: f64, steps: usize| {
        solutions::descend(derivative, start, rate, steps.saturating_sub(1))
    };
    refused(descend(one_less), "The last step is missing");
}

#[test]
fn wrong_steps_are_told() {
    refused(sgd_step(|weight, rate| *weight -= weight.grad() * rate), "is not to be recorded");
    let replaced = |weight: &mut Tensor, rate: f64| *weight = &*weight - weight.grad() * rate;
    refused(sgd_step(replaced), "The network's weights are as before");
    refused(sgd_step(|_, _| ()), "The network's weights are as before");
    let add = |weight: &mut Tensor, change: Tensor| tch::no_grad(|| *weight += change);
    refused(sgd_step(move |w, rate| add(w, w.grad() * rate)), "uphill");
    refused(sgd_step(move |w, _| add(w, -w.grad())), "The learning rate");
    let overwritten = |weight: &mut Tensor, rate: f64| {
        tch::no_grad(|| weight.copy_(&(weight.grad() * -rate)));
    };
    refused(sgd_step(overwritten), "the change of the weights");
    refused(sgd_step(move |w, _| add(w, w.grad() * -0.5)), "not right yet");
}

/// The broken code of exercise 3.5.
fn broken(network: &Network, batches: &[(Tensor, Tensor)], learning_rate: f64) -> Result<()> {
    for (images, labels) in batches {
        network.forward(images)?.nll_loss(labels).backward();
        for (_, mut tensor) in network.named_tensors() {
            tensor.zero_grad();
            tch::no_grad(|| tensor -= tensor.grad() * learning_rate);
        }
    }
    Ok(())
}

#[test]
fn wrong_trainings_are_told() {
    refused(train_on(broken), "When is it cleared?");
    let step = |network: &Network, rate: f64| {
        for (_, mut tensor) in network.named_tensors() {
            tch::no_grad(|| tensor -= tensor.grad() * rate);
        }
    };
    let clear = |network: &Network| {
        network.named_tensors().iter_mut().for_each(|(_, tensor)| tensor.zero_grad());
    };
    let adding_up = move |network: &Network, batches: &[(Tensor, Tensor)], rate: f64| {
        for (images, labels) in batches {
            network.forward(images)?.nll_loss(labels).backward();
            step(network, rate);
        }
        Ok(())
    };
    refused(train_on(adding_up), "added up");
    refused(train_on(|n, batches, rate| solutions::train_on(n, batches, -rate)), "uphill");
    refused(train_on(|n, batches, rate| solutions::train_on(n, &batches[..1], rate)), "the first");
    let last = |network: &Network, batches: &[(Tensor, Tensor)], rate: f64| {
        solutions::train_on(network, &batches[batches.len() - 1..], rate)
    };
    refused(train_on(last), "Only the last");
    let one_step = move |network: &Network, batches: &[(Tensor, Tensor)], rate: f64| {
        for (images, labels) in batches {
            network.forward(images)?.nll_loss(labels).backward();
        }
        step(network, rate);
        clear(network);
        Ok(())
    };
    refused(train_on(one_step), "a single step");
    let weights_alone = move |network: &Network, batches: &[(Tensor, Tensor)], rate: f64| {
        for (images, labels) in batches {
            network.forward(images)?.nll_loss(labels).backward();
            for (name, mut tensor) in network.named_tensors() {
                if name.ends_with("weight") {
                    tch::no_grad(|| tensor -= tensor.grad() * rate);
                }
            }
            clear(network);
        }
        Ok(())
    };
    refused(train_on(weights_alone), "the biases have not moved");
    let cleared_first = move |network: &Network, batches: &[(Tensor, Tensor)], rate: f64| {
        for (images, labels) in batches {
            clear(network);
            network.forward(images)?.nll_loss(labels).backward();
            step(network, rate);
        }
        Ok(())
    };
    train_on(cleared_first).unwrap();
}

#[test]
fn wrong_momenta_are_told() {
    let walk = |step: fn(f64, f64, f64, f64, f64) -> (f64, f64)| {
        momentum(move |gradients, rate, factor| {
            let (mut weight, mut velocity) = (0.0, 0.0);
            let mut weights = Vec::new();
            for gradient in gradients {
                (weight, velocity) = step(weight, velocity, *gradient, rate, factor);
                weights.push(weight);
            }
            weights
        })
    };
    refused(walk(|w, _, g, rate, _| (w - rate * g, 0.0)), "without momentum");
    refused(walk(|w, v, g, rate, m| (w + rate * (m * v + g), m * v + g)), "uphill");
    refused(walk(|w, v, g, rate, m| (w - rate * v, m * v + g)), "by the old velocity");
    refused(walk(|w, v, g, rate, _| (w - rate * (v + g), v + g)), "keeps all of itself");
    refused(walk(|w, v, g, rate, m| (w - rate * (m * v + g), g)), "Only the last gradient");
    refused(walk(|w, v, g, rate, m| (w - rate * (v + m * g), v + m * g)), "with the gradient");
    refused(walk(|_, v, g, rate, m| (-rate * (m * v + g), m * v + g)), "moved from 0");
    refused(walk(|w, v, g, _, m| (w - (m * v + g), m * v + g)), "The learning rate");
    let mean = walk(|w, v, g, rate, m| {
        let velocity = m * v + (1.0 - m) * g;
        (w - rate * velocity, velocity)
    });
    refused(mean, "1 − momentum");
}
