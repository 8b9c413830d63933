//! The course's training in burn: the same network, batch, rule and data, kept in memory.
//!
//! On the backend `flex`: it is the one in pure Rust that burn recommends for processors.

use anyhow::{Context, Result};
use burn::module::Module;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::{LeakyRelu, LeakyReluConfig, Linear, LinearConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use peer_common::{
    BATCH, DIGITS, Digits, HIDDEN, LEARNING_RATE, MOMENTUM, NEGATIVE_SLOPE, PIXELS, Peer, run,
};

fn main() -> Result<()> {
    run::<Burn>()
}

/// burn's `Linear` draws its weights as PyTorch's does.
#[derive(Module, Debug)]
struct Network {
    hidden: Linear,
    activation: LeakyRelu,
    output: Linear,
}

impl Network {
    /// Unnormalised log-probabilities: `[batch, 784]` -> `[batch, 10]`.
    fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.activation.forward(self.hidden.forward(images)))
    }
}

struct Burn {
    /// `None` only while a step replaces it.
    network: Option<Network>,
    optimizer: ModuleOptimizer,
    /// Log-softmax and negative log-likelihood in one.
    loss: CrossEntropyLoss,
    train: (Tensor<2>, Tensor<1, Int>),
    test: (Tensor<2>, Tensor<1, Int>),
    device: Device,
}

/// `[count, 784]` and `[count]`.
fn tensors(digits: &Digits, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let count = digits.labels.len();
    let labels: Vec<i32> = digits.labels.iter().map(|&label| i32::from(label)).collect();
    let images = Tensor::from_data(TensorData::new(digits.images.clone(), [count, PIXELS]), device);
    (images, Tensor::from_data(TensorData::new(labels, [count]), device))
}

impl Peer for Burn {
    fn new(train: &Digits, test: &Digits, seed: u64) -> Result<Self> {
        let plain = Device::flex();
        let device = plain.clone().autodiff();
        device.seed(seed);
        let network = Network {
            hidden: LinearConfig::new(PIXELS, HIDDEN).init(&device),
            activation: LeakyReluConfig::new().with_negative_slope(NEGATIVE_SLOPE).init(),
            output: LinearConfig::new(HIDDEN, DIGITS).init(&device),
        };
        let momentum = MomentumConfig::new().with_momentum(MOMENTUM).with_dampening(0.0);
        Ok(Self {
            network: Some(network),
            optimizer: SgdConfig::new().with_momentum(Some(momentum)).init(),
            loss: CrossEntropyLossConfig::new().init(&device),
            train: tensors(train, &device),
            test: tensors(test, &plain),
            device,
        })
    }

    fn epoch(&mut self, order: &[u32]) -> Result<f64> {
        let order: Vec<i32> = order.iter().map(|&index| index as i32).collect();
        let count = order.len();
        let order = Tensor::<1, Int>::from_data(TensorData::new(order, [count]), &self.device);
        let images = self.train.0.clone().select(0, order.clone());
        let labels = self.train.1.clone().select(0, order);
        let (mut sum, mut steps) = (0.0, 0);
        for start in (0..count).step_by(BATCH) {
            let size = BATCH.min(count - start);
            let network = self.network.take().context("a step failed before")?;
            let logits = network.forward(images.clone().narrow(0, start, size));
            let loss = self.loss.forward(logits, labels.clone().narrow(0, start, size));
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            self.network = Some(self.optimizer.step(LEARNING_RATE, network, gradients));
            sum += f64::from(loss.into_scalar::<f32>());
            steps += 1;
        }
        Ok(sum / f64::from(steps))
    }

    fn correct(&self) -> Result<usize> {
        let network = self.network.as_ref().context("a step failed before")?.valid();
        let predictions = network.forward(self.test.0.clone()).argmax(1).squeeze_dim::<1>(1);
        let right = predictions.equal(self.test.1.clone()).int().sum();
        Ok(usize::try_from(right.into_scalar::<i64>())?)
    }
}
