//! The last layer's end: log-softmax, loss, and how the loss changes with what goes in.

use anyhow::Result;
use tch::Tensor;

use super::idle::Rule;
use super::{OUTPUTS, Parameters};

/// The biases of the outputs, which every thread has a copy of, and the batch at hand.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) biases: [f32; OUTPUTS],
    pub(super) velocities: [f32; OUTPUTS],
    /// Derivatives of the loss by the sums before the softmax, `[batch, OUTPUTS]`.
    pub(super) errors: Vec<[f32; OUTPUTS]>,
}

impl Output {
    /// Copies the biases in.
    pub(super) fn read(parameters: &Parameters) -> Result<Self> {
        let mut numbers = [[0.0; OUTPUTS]; 2];
        for (kind, tensors) in parameters.kinds() {
            tensors[3].f_copy_data(&mut numbers[kind], OUTPUTS)?;
        }
        let [biases, velocities] = numbers;
        Ok(Self { biases, velocities, errors: Vec::new() })
    }

    /// Copies the biases out again.
    pub(super) fn write(&self, parameters: &Parameters) -> Result<()> {
        let numbers = [&self.biases, &self.velocities];
        for (kind, tensors) in parameters.kinds() {
            tensors[3].shallow_clone().f_copy_(&Tensor::f_from_slice(numbers[kind])?)?;
        }
        Ok(())
    }

    /// Log-probabilities from sums without the biases.
    pub(super) fn log_softmax(&self, sums: &[f32; OUTPUTS]) -> [f32; OUTPUTS] {
        let mut z = *sums;
        for (z, bias) in z.iter_mut().zip(&self.biases) {
            *z += bias;
        }
        let most = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = z.iter().map(|z| (z - most).exp()).sum();
        let log = most + sum.ln();
        z.map(|z| z - log)
    }

    /// The mean loss of a batch in nats, and its derivatives; `sums` are those before the
    /// softmax without the biases.
    ///
    /// With p = softmax(z), the loss -ln p[label] has the derivative `p[o] - (o == label)` by
    /// `z[o]`.
    pub(super) fn loss(&mut self, sums: &[[f32; OUTPUTS]], labels: &[u8]) -> f64 {
        self.errors.clear();
        let share = 1.0 / labels.len() as f32;
        let mut loss = 0.0;
        for (sums, &label) in sums.iter().zip(labels) {
            let mut z = *sums;
            for (z, bias) in z.iter_mut().zip(&self.biases) {
                *z += bias;
            }
            let most = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let exponentials = z.map(|z| (z - most).exp());
            let sum: f32 = exponentials.iter().sum();
            let label = usize::from(label);
            loss -= f64::from(z[label] - most - sum.ln());
            let mut errors = exponentials.map(|exponential| exponential / sum * share);
            errors[label] -= share;
            self.errors.push(errors);
        }
        loss / labels.len() as f64
    }

    /// One step of the biases.
    pub(super) fn update(&mut self, rule: Rule, rate: f64) {
        let (momentum, decay) = (rule.momentum as f32, rule.decay as f32);
        for output in 0..OUTPUTS {
            let gradient: f32 = self.errors.iter().map(|errors| errors[output]).sum();
            let gradient = gradient + decay * self.biases[output];
            let velocity = &mut self.velocities[output];
            *velocity = momentum * *velocity + gradient;
            let direction = match rule.nesterov {
                true => gradient + momentum * *velocity,
                false => *velocity,
            };
            self.biases[output] -= rate as f32 * direction;
        }
    }
}
