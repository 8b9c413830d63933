//! Training and the forward pass compute what plain loops in double precision compute.
#![allow(clippy::needless_range_loop, clippy::unwrap_used, missing_docs)] // Plain loops.

mod support;

use std::ops::ControlFlow;

use proptest::prelude::*;
use sparse_step::{Forward, LEAKY_SLOPE, OUTPUTS, Parameters, Rule, Sizes, Trainer, Weights};
use support::{Set, draw, start};

/// The network in double precision, from first principles: nothing is skipped, nothing combined.
struct Plain {
    sizes: Sizes,
    /// W1, b1, W2, b2, each with its velocities.
    layers: [Layer; 4],
    /// For each hidden neuron the sum nearest to 0, where LeakyReLU has its bend: there the
    /// least rounding decides between the slopes 1 and 0.01.
    nearest: Vec<f64>,
}

struct Layer {
    weights: Vec<f64>,
    velocities: Vec<f64>,
    gradients: Vec<f64>,
}

impl Plain {
    fn new(sizes: Sizes, start: &Weights) -> Self {
        let layers = start.parts().map(|numbers| Layer {
            weights: numbers.iter().copied().map(f64::from).collect(),
            velocities: vec![0.0; numbers.len()],
            gradients: vec![0.0; numbers.len()],
        });
        Self { sizes, layers, nearest: vec![f64::INFINITY; sizes.hidden] }
    }

    /// Hidden sums and log-probabilities of one image.
    fn forward(&self, image: &[f32]) -> (Vec<f64>, Vec<f64>) {
        let [w1, b1, w2, b2] = &self.layers;
        let mut sums = b1.weights.clone();
        for (neuron, sum) in sums.iter_mut().enumerate() {
            for (pixel, &value) in image.iter().enumerate() {
                *sum += w1.weights[neuron * self.sizes.inputs + pixel] * f64::from(value);
            }
        }
        let mut z = b2.weights.clone();
        for (output, z) in z.iter_mut().enumerate() {
            for (neuron, &sum) in sums.iter().enumerate() {
                *z += w2.weights[output * self.sizes.hidden + neuron] * sum * slope(sum);
            }
        }
        let log = z.iter().map(|z| z.exp()).sum::<f64>().ln();
        (sums, z.iter().map(|z| z - log).collect())
    }

    /// One step with these images, indices into a set; returns the loss before it.
    fn step(&mut self, set: &Set, batch: &[usize], rule: Rule, rate: f64) -> f64 {
        let Sizes { inputs, hidden } = self.sizes;
        for layer in &mut self.layers {
            layer.gradients.fill(0.0);
        }
        let mut loss = 0.0;
        for &index in batch {
            let (image, label) = (set.image(index), usize::from(set.labels[index]));
            let (sums, log_probabilities) = self.forward(image);
            loss -= log_probabilities[label] / batch.len() as f64;
            let [w1, b1, w2, b2] = &mut self.layers;
            let mut of_hidden = vec![0.0; hidden];
            for output in 0..OUTPUTS {
                let target = if output == label { 1.0 } else { 0.0 };
                let error = (log_probabilities[output].exp() - target) / batch.len() as f64;
                b2.gradients[output] += error;
                for neuron in 0..hidden {
                    let at = output * hidden + neuron;
                    w2.gradients[at] += error * sums[neuron] * slope(sums[neuron]);
                    of_hidden[neuron] += error * w2.weights[at];
                }
            }
            for neuron in 0..hidden {
                self.nearest[neuron] = self.nearest[neuron].min(sums[neuron].abs());
                let error = of_hidden[neuron] * slope(sums[neuron]);
                b1.gradients[neuron] += error;
                for (pixel, &value) in image.iter().enumerate() {
                    w1.gradients[neuron * inputs + pixel] += error * f64::from(value);
                }
            }
        }
        for layer in &mut self.layers {
            for at in 0..layer.weights.len() {
                // torch.optim.SGD's rule, as its documentation writes it.
                let gradient = layer.gradients[at] + rule.weight_decay * layer.weights[at];
                layer.velocities[at] = rule.momentum * layer.velocities[at] + gradient;
                let direction = match rule.nesterov {
                    true => gradient + rule.momentum * layer.velocities[at],
                    false => layer.velocities[at],
                };
                layer.weights[at] -= rate * direction;
            }
        }
        loss
    }

    /// Fails where `parameters` differ for another reason than LeakyReLU's bend.
    fn assert_same(&self, parameters: &Parameters, velocities_matter: bool) {
        let Sizes { inputs, hidden } = self.sizes;
        let at_bend = |neuron: usize| self.nearest[neuron] < 1e-5;
        let most = if (0..hidden).any(at_bend) { 1e-4 } else { 1e-5 };
        let pairs = parameters.weights.parts().into_iter().zip(parameters.velocities.parts());
        for (which, ((weights, velocities), layer)) in pairs.zip(&self.layers).enumerate() {
            for at in 0..weights.len() {
                let bent = match which {
                    0 => at_bend(at / inputs),
                    1 => at_bend(at),
                    2 => at_bend(at % hidden),
                    _ => false,
                };
                let most = if bent { 1e-2 } else { most };
                let far = (f64::from(weights[at]) - layer.weights[at]).abs();
                assert!(far < most, "weights {which}, {at}: {far:e}");
                let far = (f64::from(velocities[at]) - layer.velocities[at]).abs();
                assert!(!velocities_matter || far < 10.0 * most, "velocity {which}, {at}: {far:e}");
            }
        }
    }
}

fn slope(sum: f64) -> f64 {
    if sum > 0.0 { 1.0 } else { f64::from(LEAKY_SLOPE) }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 128, ..ProptestConfig::default()
    })]

    #[test]
    fn training_is_the_plain_loop(
        (inputs, hidden) in (1_usize..200, prop_oneof![1_usize..10, 1_usize..300]),
        (count, batch_size) in (1_usize..30, 1_usize..40),
        lit in prop_oneof![Just(0.0), Just(0.02), Just(0.2), Just(1.0)],
        nesterov in any::<bool>(),
        momentum in prop_oneof![Just(0.0), Just(0.5), Just(0.9)],
        weight_decay in prop_oneof![Just(0.0), Just(0.001), Just(0.05)],
        threads in 1_usize..4,
        seed in 0_u64..1000,
    ) {
        let sizes = Sizes { inputs, hidden };
        let set = Set::new(inputs, count, lit, seed);
        let rule = Rule { momentum, weight_decay, nesterov };
        let mut parameters = start(sizes, seed);
        let mut plain = Plain::new(sizes, &parameters.weights);
        let mut trainer =
            Trainer::new(hidden, set.sparse(), set.labels.clone(), rule, batch_size).unwrap();
        let batches = count.div_ceil(batch_size);
        for epoch in 0..20_usize.div_ceil(batches).min(8) {
            let mut random = draw(seed + epoch as u64);
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by_cached_key(|_| (random.next().unwrap() * 1e6) as u32);
            let rates: Vec<f64> = (0..batches).map(|batch| 0.01 / (1.0 + batch as f64)).collect();
            let mut losses = Vec::new();
            let flow = trainer.epoch(&mut parameters, &order, &rates, threads, &mut |index, loss| {
                assert_eq!(index, losses.len());
                losses.push(loss);
                ControlFlow::Continue(())
            });
            prop_assert!(flow.unwrap().is_continue());
            prop_assert_eq!(losses.len(), batches);
            for ((batch, &rate), loss) in order.chunks(batch_size).zip(&rates).zip(losses) {
                let expected = plain.step(&set, batch, rule, rate);
                prop_assert!((loss - expected).abs() < 1e-4, "{} {}", loss, expected);
            }
        }
        plain.assert_same(&parameters, momentum > 0.0);
    }

    #[test]
    fn the_forward_pass_is_the_plain_loop(
        (inputs, hidden) in (1_usize..200, 1_usize..300),
        count in 0_usize..130,
        lit in prop_oneof![Just(0.0), Just(0.2), Just(1.0)],
        seed in 0_u64..1000,
    ) {
        let sizes = Sizes { inputs, hidden };
        let set = Set::new(inputs, count, lit, seed);
        let Parameters { weights, .. } = start(sizes, seed);
        let plain = Plain::new(sizes, &weights);
        let found = Forward::new(sizes, &weights).unwrap().log_probabilities(&set.sparse()).unwrap();
        prop_assert_eq!(found.len(), count);
        for (index, found) in found.iter().enumerate() {
            let (_, expected) = plain.forward(set.image(index));
            for (found, expected) in found.iter().zip(expected) {
                prop_assert!((f64::from(*found) - expected).abs() < 1e-5, "{}: {}", index, found);
            }
        }
    }
}
