//! The last layer's end: log-softmax, loss, and the derivatives of the loss.

use crate::idle::Rule;
use crate::network::{OUTPUTS, Parameters};

/// The biases of the outputs, which every thread has a copy of, and the batch at hand.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    biases: [f32; OUTPUTS],
    velocities: [f32; OUTPUTS],
    /// Derivatives of the loss by the sums before the softmax, `[batch, OUTPUTS]`.
    pub(crate) errors: Vec<[f32; OUTPUTS]>,
}

impl Output {
    /// Copies biases and velocities, [`OUTPUTS`] of each.
    pub(crate) fn new(biases: &[f32], velocities: &[f32]) -> Self {
        let copy = |numbers: &[f32]| std::array::from_fn(|output| numbers[output]);
        Self { biases: copy(biases), velocities: copy(velocities), errors: Vec::new() }
    }

    /// Copies biases and velocities out again.
    pub(crate) fn write(&self, parameters: &mut Parameters) {
        parameters.weights.output_biases.copy_from_slice(&self.biases);
        parameters.velocities.output_biases.copy_from_slice(&self.velocities);
    }

    /// Log-probabilities from sums without the biases.
    pub(crate) fn log_softmax(&self, sums: &[f32; OUTPUTS]) -> [f32; OUTPUTS] {
        let Softmax { z, largest, sum, .. } = self.softmax(sums);
        let log = largest + sum.ln();
        z.map(|z| z - log)
    }

    /// The mean loss of a batch in nats, and its derivatives; `sums` are those before the
    /// softmax without the biases.
    ///
    /// With p = softmax(z), the loss -ln p[label] has the derivative `p[o] - (o == label)` by
    /// `z[o]`.
    pub(crate) fn loss(&mut self, sums: &[[f32; OUTPUTS]], labels: &[u8]) -> f64 {
        self.errors.clear();
        let share = 1.0 / labels.len() as f32;
        let mut loss = 0.0;
        for (sums, &label) in sums.iter().zip(labels) {
            let Softmax { z, largest, exponentials, sum } = self.softmax(sums);
            let label = usize::from(label);
            loss -= f64::from(z[label] - largest - sum.ln());
            let mut errors = exponentials.map(|exponential| exponential / sum * share);
            errors[label] -= share;
            self.errors.push(errors);
        }
        loss / labels.len() as f64
    }

    #[inline]
    fn softmax(&self, sums: &[f32; OUTPUTS]) -> Softmax {
        let mut z = *sums;
        for (z, bias) in z.iter_mut().zip(&self.biases) {
            *z += bias;
        }
        let largest = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials = z.map(|z| (z - largest).exp());
        Softmax { z, largest, exponentials, sum: exponentials.iter().sum() }
    }

    /// One step of the biases.
    pub(crate) fn update(&mut self, rule: Rule, rate: f64) {
        let (momentum, decay) = (rule.momentum as f32, rule.weight_decay as f32);
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

/// What softmax needs: `exp(z - largest)` cannot overflow, and `sum` is theirs.
struct Softmax {
    z: [f32; OUTPUTS],
    largest: f32,
    exponentials: [f32; OUTPUTS],
    sum: f32,
}
