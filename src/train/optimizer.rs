//! The rules that turn gradients into steps, and the state they keep from step to step.
//!
//! tch's own optimisers keep their state to themselves, so a checkpoint could not hold it.
//!
//! A new optimiser goes into this file: a variant of [`Optimizer`] with its place in `ALL`, the
//! tensors it keeps for each weight (`state`), and an arm with its formula in [`Rule::apply`].
//! Checkpoints, settings files and comparisons follow
//! from these; `of_libtorch` in `tests/train_optimizers.rs` compares it with libtorch's own.

use std::fmt;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::model::{Network, pair_up};

/// How a gradient becomes a step. The formulas are those of PyTorch's `torch.optim`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// Gradient descent with momentum, or without where `momentum` is 0.
    #[default]
    Sgd,
    /// Gradient descent whose momentum looks one step ahead (Sutskever and others, 2013).
    Nesterov,
    /// Steps scaled by running means of the gradient and of its square (Kingma and Ba, 2015).
    Adam,
    /// Adam whose weight decay acts on the weights, not on the gradient (Loshchilov and
    /// Hutter, 2019).
    AdamW,
    /// Steps scaled by a running mean of the gradient's square (Hinton's lecture, 2012).
    RmsProp,
}

impl Optimizer {
    /// Every rule there is.
    pub const ALL: [Optimizer; 5] = [
        Optimizer::Sgd,
        Optimizer::Nesterov,
        Optimizer::Adam,
        Optimizer::AdamW,
        Optimizer::RmsProp,
    ];

    /// The tensors it keeps for each weight, under PyTorch's names.
    fn state(self, momentum: f64) -> &'static [&'static str] {
        match self {
            Optimizer::Sgd if momentum == 0.0 => &[],
            Optimizer::Sgd | Optimizer::Nesterov => &["momentum_buffer"],
            Optimizer::Adam | Optimizer::AdamW => &["exp_avg", "exp_avg_sq"],
            Optimizer::RmsProp => &["square_avg"],
        }
    }
}

/// Its name in settings files, such as `adamw`.
impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Adam: how much of the running mean of the gradient stays at each step.
const BETA_1: f64 = 0.9;
/// Adam: how much of the running mean of its square stays.
const BETA_2: f64 = 0.999;
/// RMSprop: how much of the running mean of the gradient's square stays.
const ALPHA: f64 = 0.99;
/// Avoids 0/0.
const EPSILON: f64 = 1e-8;

/// An optimiser of one network.
pub(crate) struct Stepper {
    rule: Rule,
    parameters: Vec<Parameter>,
}

/// The numbers of one step.
struct Rule {
    kind: Optimizer,
    momentum: f64,
    weight_decay: f64,
    learning_rate: f64,
    /// Steps taken, this one included.
    steps: usize,
}

/// One weight matrix or bias, and what the rule keeps for it.
struct Parameter {
    name: String,
    weight: Tensor,
    state: Vec<Tensor>,
}

impl Stepper {
    /// Starts with a state of zeros.
    pub(crate) fn new(
        network: &Network,
        kind: Optimizer,
        momentum: f64,
        weight_decay: f64,
    ) -> Self {
        let count = kind.state(momentum).len();
        let parameters = network.named_tensors().into_iter().map(|(name, weight)| {
            let state = (0..count).map(|_| weight.zeros_like()).collect();
            Parameter { name, weight, state }
        });
        let rule = Rule { kind, momentum, weight_decay, learning_rate: 0.0, steps: 0 };
        Self { rule, parameters: parameters.collect() }
    }

    /// The state, as `momentum_buffer.0.weight` and the like; the tensors share memory.
    pub(crate) fn named_tensors(&self) -> Vec<(String, Tensor)> {
        let names = self.rule.kind.state(self.rule.momentum);
        let all = self.parameters.iter().flat_map(|parameter| {
            let named = names.iter().zip(&parameter.state);
            named.map(|(kind, tensor)| {
                (format!("{kind}.{}", parameter.name), tensor.shallow_clone())
            })
        });
        all.collect()
    }

    /// Continues from the state that another one had after `steps` steps: exactly the names,
    /// shapes and kinds of [`Stepper::named_tensors`].
    pub(crate) fn restore(&mut self, steps: usize, tensors: &[(String, Tensor)]) -> Result<()> {
        let pairs = pair_up(self.named_tensors(), tensors)
            .with_context(|| format!("state of the optimiser {}", self.rule.kind))?;
        for (mut target, source) in pairs {
            target.f_copy_(source)?;
        }
        self.rule.steps = steps;
        Ok(())
    }

    /// Clears the gradients of the last step.
    pub(crate) fn zero_grad(&mut self) {
        for parameter in &mut self.parameters {
            parameter.weight.zero_grad();
        }
    }

    /// Changes every weight by one step of `learning_rate`.
    pub(crate) fn step(&mut self, learning_rate: f64) -> Result<()> {
        let Self { rule, parameters } = self;
        rule.steps += 1;
        rule.learning_rate = learning_rate;
        tch::no_grad(|| parameters.iter_mut().try_for_each(|parameter| rule.apply(parameter)))
    }
}

/// A tensor of one number. tch's `add_` and `addcmul_` take no factor; a factor of this form
/// makes `a.addcmul_(b, factor)` what PyTorch writes as `a.add_(b, alpha=factor)`.
fn number(value: f64) -> Tensor {
    Tensor::from(value as f32)
}

impl Rule {
    fn apply(&self, parameter: &mut Parameter) -> Result<()> {
        let Parameter { weight, state, .. } = parameter;
        let mut gradient = weight.f_grad()?;
        if self.kind == Optimizer::AdamW {
            let _ = weight.f_mul_scalar_(1.0 - self.learning_rate * self.weight_decay)?;
        } else if self.weight_decay > 0.0 {
            gradient = gradient.f_addcmul(weight, &number(self.weight_decay))?;
        }
        match (self.kind, &mut state[..]) {
            (Optimizer::Sgd, []) => self.move_by(weight, &gradient),
            (Optimizer::Sgd, [velocity]) => {
                self.accelerate(velocity, &gradient)?;
                self.move_by(weight, velocity)
            }
            (Optimizer::Nesterov, [velocity]) => {
                self.accelerate(velocity, &gradient)?;
                let ahead = gradient.f_addcmul(velocity, &number(self.momentum))?;
                self.move_by(weight, &ahead)
            }
            (Optimizer::Adam | Optimizer::AdamW, [mean, square]) => {
                self.adam(weight, &gradient, mean, square)
            }
            (Optimizer::RmsProp, [square]) => {
                add_square(square, &gradient, ALPHA)?;
                let scale = square.f_sqrt()?.f_add_scalar_(EPSILON)?;
                let step = gradient.f_mul_scalar(-self.learning_rate)?;
                let _ = weight.f_addcdiv_(&step, &scale)?;
                Ok(())
            }
            (kind, state) => bail!("the optimiser {kind} has a state of {} tensors", state.len()),
        }
    }

    /// `weight -= learning_rate * direction`
    fn move_by(&self, weight: &mut Tensor, direction: &Tensor) -> Result<()> {
        let _ = weight.f_addcmul_(direction, &number(-self.learning_rate))?;
        Ok(())
    }

    /// `velocity = momentum * velocity + gradient`
    fn accelerate(&self, velocity: &mut Tensor, gradient: &Tensor) -> Result<()> {
        let _ = velocity.f_mul_scalar_(self.momentum)?;
        let _ = velocity.f_add_(gradient)?;
        Ok(())
    }

    fn adam(
        &self,
        weight: &mut Tensor,
        gradient: &Tensor,
        mean: &mut Tensor,
        square: &mut Tensor,
    ) -> Result<()> {
        let _ = mean.f_lerp_(gradient, 1.0 - BETA_1)?;
        add_square(square, gradient, BETA_2)?;
        // Corrects the bias of both means, which begin at 0.
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let (mean_weight, square_weight) = (1.0 - BETA_1.powi(steps), 1.0 - BETA_2.powi(steps));
        let mut scale = square.f_sqrt()?.f_div_scalar_(square_weight.sqrt())?;
        let scale = scale.f_add_scalar_(EPSILON)?;
        let step = mean.f_mul_scalar(-self.learning_rate / mean_weight)?;
        let _ = weight.f_addcdiv_(&step, &scale)?;
        Ok(())
    }
}

/// `square = keep * square + (1 - keep) * gradient²`
fn add_square(square: &mut Tensor, gradient: &Tensor, keep: f64) -> Result<()> {
    let _ = square.f_mul_scalar_(keep)?;
    let _ = square.f_addcmul_(gradient, &gradient.f_mul_scalar(1.0 - keep)?)?;
    Ok(())
}
