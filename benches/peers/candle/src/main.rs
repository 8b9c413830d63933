//! The course's training in candle: the same network, batch, rule and data, kept in memory.
//!
//! candle's own `SGD` has no momentum, so the rule stands here, in candle's operations.

use anyhow::Result;
use candle_core::{D, DType, Device, Tensor, Var};
use candle_nn::{Init, VarBuilder, VarMap, loss, ops};
use peer_common::{
    BATCH, DIGITS, Digits, HIDDEN, LEARNING_RATE, MOMENTUM, NEGATIVE_SLOPE, PIXELS, Peer, run,
};

fn main() -> Result<()> {
    run::<Candle>()
}

struct Candle {
    hidden: candle_nn::Linear,
    output: candle_nn::Linear,
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

/// A layer filled as PyTorch fills it; `candle_nn::linear` draws the weights otherwise.
fn linear(inputs: usize, outputs: usize, variables: &VarBuilder) -> Result<candle_nn::Linear> {
    let bound = 1.0 / (inputs as f64).sqrt();
    let even = Init::Uniform { lo: -bound, up: bound };
    let weight = variables.get_with_hints((outputs, inputs), "weight", even)?;
    let bias = variables.get_with_hints(outputs, "bias", even)?;
    Ok(candle_nn::Linear::new(weight, Some(bias)))
}

impl Candle {
    /// Log-probabilities: `[batch, 784]` -> `[batch, 10]`.
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        use candle_nn::Module;
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
    /// candle's generator on the CPU takes no seed: the seed gives the order of the images only.
    fn new(train: &Digits, test: &Digits, _: u64) -> Result<Self> {
        let map = VarMap::new();
        let builder = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
        let hidden = linear(PIXELS, HIDDEN, &builder.pp("0"))?;
        let output = linear(HIDDEN, DIGITS, &builder.pp("2"))?;
        let variables = map.all_vars();
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
