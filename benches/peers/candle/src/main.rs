//! The course's training in candle: the same network, batch, rule and data, kept in memory.
//!
//! candle's own `SGD` has no momentum, so the rule stands here, in candle's operations.

use anyhow::Result;
use candle_core::{D, DType, Device, Tensor, Var};
use candle_nn::{Linear, Module, loss, ops};
use mnist_files::random::Random;
use peer_common::{
    BATCH, DIGITS, Digits, HIDDEN, LEARNING_RATE, MOMENTUM, NEGATIVE_SLOPE, PIXELS, Peer, run,
};

fn main() -> Result<()> {
    run::<Candle>()
}

struct Candle {
    hidden: Linear,
    output: Linear,
    variables: Vec<Var>,
    velocities: Vec<Tensor>,
    train: (Tensor, Tensor),
    test: (Tensor, Tensor),
}

/// `[count, 784]` f32 and `[count]` u32.
fn tensors(digits: &Digits) -> Result<(Tensor, Tensor)> {
    let count = digits.labels.len();
    let labels: Vec<u32> = digits.labels.iter().map(|&label| u32::from(label)).collect();
    let images = Tensor::from_slice(&digits.images, (count, PIXELS), &Device::Cpu)?;
    Ok((images, Tensor::from_vec(labels, count, &Device::Cpu)?))
}

/// A layer filled as PyTorch fills it, and its variables. candle's own layers draw their weights
/// otherwise, and its generator on the CPU takes no seed.
fn linear(inputs: usize, outputs: usize, random: &mut Random) -> Result<(Linear, [Var; 2])> {
    let bound = 1.0 / (inputs as f64).sqrt();
    let mut number = || {
        let share = (random.bits() >> 11) as f64 / 2f64.powi(53);
        (bound * (2.0 * share - 1.0)) as f32
    };
    let mut draw = |shape: &[usize]| {
        let numbers = (0..shape.iter().product()).map(|_| number()).collect();
        Var::from_vec(numbers, shape, &Device::Cpu)
    };
    let (weight, bias) = (draw(&[outputs, inputs])?, draw(&[outputs])?);
    let layer = Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone()));
    Ok((layer, [weight, bias]))
}

impl Candle {
    /// Log-probabilities: `[batch, 784]` -> `[batch, 10]`.
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let hidden = ops::leaky_relu(&self.hidden.forward(images)?, NEGATIVE_SLOPE)?;
        Ok(ops::log_softmax(&self.output.forward(&hidden)?, D::Minus1)?)
    }

    /// `v = momentum * v + gradient; w = w - rate * v`.
    fn update(&mut self, loss: &Tensor) -> Result<()> {
        let gradients = loss.backward()?;
        for (variable, velocity) in self.variables.iter().zip(&mut self.velocities) {
            let Some(gradient) = gradients.get(variable) else { continue };
            *velocity = ((&*velocity * MOMENTUM)? + gradient)?.detach();
            variable.set(&(variable.as_tensor() - (&*velocity * LEARNING_RATE)?)?)?;
        }
        Ok(())
    }
}

impl Peer for Candle {
    fn new(train: &Digits, test: &Digits, seed: u64) -> Result<Self> {
        let mut random = Random::new(!seed);
        let (hidden, own) = linear(PIXELS, HIDDEN, &mut random)?;
        let mut variables = Vec::from(own);
        let (output, own) = linear(HIDDEN, DIGITS, &mut random)?;
        variables.extend(own);
        let velocities =
            variables.iter().map(|one| one.zeros_like()).collect::<candle_core::Result<_>>()?;
        Ok(Self {
            hidden,
            output,
            variables,
            velocities,
            train: tensors(train)?,
            test: tensors(test)?,
        })
    }

    fn epoch(&mut self, order: &[u32]) -> Result<f64> {
        let order = Tensor::new(order, &Device::Cpu)?;
        let images = self.train.0.index_select(&order, 0)?;
        let labels = self.train.1.index_select(&order, 0)?;
        let (count, mut sum, mut steps) = (labels.elem_count(), 0.0, 0);
        for start in (0..count).step_by(BATCH) {
            let size = BATCH.min(count - start);
            let log_probabilities = self.forward(&images.narrow(0, start, size)?)?;
            let loss = loss::nll(&log_probabilities, &labels.narrow(0, start, size)?)?;
            self.update(&loss)?;
            sum += f64::from(loss.to_scalar::<f32>()?);
            steps += 1;
        }
        Ok(sum / f64::from(steps))
    }

    fn correct(&self) -> Result<usize> {
        let predictions = self.forward(&self.test.0)?.argmax(D::Minus1)?;
        let right = predictions.eq(&self.test.1)?.to_dtype(DType::U32)?.sum_all()?;
        Ok(right.to_scalar::<u32>()? as usize)
    }
}
