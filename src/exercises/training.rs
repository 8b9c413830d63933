//! Checks of the exercises on notebook 3, training.

use anyhow::{Result, bail};
use tch::{Kind, Tensor};

use super::network::network;
use super::numbers::Numbers;
use super::reader::{Reader, Right, right};
use super::reference::{self, Case};
use crate::model::Network;

const REFERENCE: &str = include_str!("reference/training.json");

/// A loss that depends on one weight, or its derivative.
type Curve = fn(f64) -> f64;

/// Exercise 3.1: `fn slope(loss: fn(f64) -> f64, weight: f64) -> f64`, the slope of a loss at a
/// weight, found by nudging the weight.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn slope<F>(slope: F) -> Result<Right>
where
    F: Fn(Curve, f64) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("slope", slope);
    for case in reference::cases(REFERENCE, "slope")? {
        let Known { words, loss, .. } = curve(&case)?;
        let (weight, expected) = (case.number("weight")?, case.number("slope")?);
        let call = format!("slope, for the loss {words} at w = {weight},");
        let given = reader.asked(call, move |f| f(loss, weight))?;
        let mut mistakes = case.mistakes(&[
            (
                "sign",
                "The sign is the wrong way round. If a larger weight has the larger loss, the \
                 slope is positive",
            ),
            (
                "twice",
                "This is twice the slope. From a nudge below to a nudge above, the weight changes \
                 by two nudges",
            ),
            (
                "half",
                "This is half of the slope. Has the difference been divided by more than the \
                 change of the weight?",
            ),
            (
                "far",
                "The nudge is too long: a whole 1 further on, the curve may have quite another \
                 slope. Only a small change tells the slope at this point",
            ),
            ("loss", "This is the loss itself, not how fast it changes"),
        ])?;
        let one_side = |nudge: f64| (loss(weight + nudge) - loss(weight)) / nudge;
        for nudge in [0.1, -0.1] {
            let sentence = "The curve bends, so a slope measured to one side only, with a nudge \
                            as long as this, is that of a point beside the weight";
            mistakes.push((Numbers::plain(one_side(nudge)), sentence));
        }
        // Differences of whatever nudge, and the 0 of one that is lost in rounding.
        for exponent in 1..9 {
            let nudge = 0.1_f64.powi(exponent);
            for change in [one_side(nudge) * nudge, loss(weight + nudge) - loss(weight - nudge)] {
                let sentence = "This is a change of the loss, not yet divided by the change of \
                                the weight; or the nudge is so small that rounding leaves nothing \
                                of it";
                mistakes.push((Numbers::plain(change), sentence));
            }
        }
        let why = "The slope is the change of the loss, divided by the small change of the weight \
                   that caused it";
        let near = |found: &Numbers, expected: &Numbers| found.is_within(expected, 0.01, 0.01);
        given.expect_where(near, &Numbers::plain(expected), why, &mistakes)?;
    }
    right("With 389,560 weights, this takes 779,120 passes: hence the chain rule.")
}

/// Exercise 3.2: `fn gradient(x: f64, weight: f64, bias: f64, target: f64) -> [f64; 2]`, the
/// derivatives by weight and bias of the squared error of a neuron with LeakyReLU.
///
/// # Errors
/// As [`slope`].
pub fn gradient<F>(gradient: F) -> Result<Right>
where
    F: Fn(f64, f64, f64, f64) -> [f64; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("gradient", gradient);
    for case in reference::cases(REFERENCE, "gradient")? {
        let [x, weight, bias, target] =
            ["x", "weight", "bias", "target"].map(|name| case.number(name));
        let (x, weight, bias, target) = (x?, weight?, bias?, target?);
        let call = format!("gradient({x:?}, {weight:?}, {bias:?}, {target:?})");
        let given = reader.asked(call, move |f| f(x, weight, bias, target))?;
        let mistakes = case.mistakes(&[
            (
                "no_bend",
                "The sum is negative here. There LeakyReLU has the derivative 0.01, and the chain \
                 goes through it, too",
            ),
            (
                "zero_bend",
                "The sum is negative here. There LeakyReLU is nearly flat, but not quite: its \
                 derivative is 0.01",
            ),
            (
                "no_bend_in_difference",
                "The error was computed from the sum. It is the activation, what LeakyReLU makes \
                 of the sum, that is compared with the target",
            ),
            ("sign", "The signs are the wrong way round: these point downhill"),
            ("no_two", "This is half of it: the derivative of error · error is 2 · error"),
            (
                "no_input",
                "The derivative by the weight is the same as that by the bias. But the weight is \
                 multiplied by x, so nudging it moves the sum x times as much",
            ),
            (
                "input_twice",
                "The derivative by the bias is the same as that by the weight. But the bias is \
                 not multiplied by x",
            ),
            (
                "weight_for_input",
                "The first number is the derivative by the input x. That by the weight is asked for",
            ),
            ("exchanged", "The two are exchanged: first that by the weight, then that by the bias"),
            ("no_target", "The target has no part in it"),
            ("loss", "These are losses, not derivatives"),
        ])?;
        let why = "From the loss backwards, the derivatives of the four operations multiply: of \
                   the square, the difference, LeakyReLU, and the sum";
        given.expect(&case.numbers("gradient")?, why, &mistakes)?;
    }
    right("`backward` does this for as many operations as there are.")
}

/// Exercise 3.3: `fn descend(derivative: fn(f64) -> f64, start: f64, learning_rate: f64, steps:
/// usize) -> Vec<f64>`, the weights of a gradient descent, `start` first.
///
/// # Errors
/// As [`slope`].
pub fn descend<F>(descend: F) -> Result<Right>
where
    F: Fn(Curve, f64, f64, usize) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("descend", descend);
    for case in reference::cases(REFERENCE, "descend")? {
        let Known { words, derivative, .. } = curve(&case)?;
        let (start, rate) = (case.number("start")?, case.number("rate")?);
        let steps = case.count("steps")?;
        let call = format!(
            "descend, for the loss {words} from w = {start} with the learning rate {rate}, \
             {steps} steps,"
        );
        let given = reader.asked(call, move |f| f(derivative, start, rate, steps))?;
        let mistakes = case.mistakes(&[
            (
                "uphill",
                "The steps go uphill. Where the derivative is positive, a smaller weight has the \
                 smaller loss",
            ),
            (
                "first_slope",
                "All steps are alike: the derivative at the start was used for each. It has \
                 another value wherever the weight has come to",
            ),
            ("no_rate", "The learning rate has no part in it"),
            (
                "sign_only",
                "All steps are of one length. A step is the longer, the steeper the curve",
            ),
            ("from_start", "Each step begins at the start again, not where the last one ended"),
            ("no_start", "The start itself is missing at the beginning"),
            (
                "no_end",
                "The last step is missing: the start and one weight for each step make one number \
                 more than there are steps",
            ),
            ("last", "This is the last weight alone. All of them are asked for, the start first"),
        ])?;
        let why = "Each step takes the learning rate times the derivative where the weight is \
                   now, and goes against it";
        given.expect(&case.numbers("places")?, why, &mistakes)?;
    }
    right("One of the checks had a learning rate that diverged, as it should.")
}

/// Exercise 3.4: `fn sgd_step(weight: &mut Tensor, learning_rate: f64)`, one step of a tensor
/// whose gradient `backward` has found.
///
/// # Errors
/// As [`slope`].
pub fn sgd_step<F>(sgd_step: F) -> Result<Right>
where
    F: Fn(&mut Tensor, f64) + Send + Sync + 'static,
{
    let reader = Reader::new("sgd_step", sgd_step);
    for case in reference::cases(REFERENCE, "sgd_step")? {
        let (weights, gradients) = (case.numbers("weights")?, case.numbers("gradients")?);
        let rate = case.number("rate")?;
        let call = format!(
            "sgd_step, for the weights {} with the gradient {} and the learning rate {rate} (the \
             weights afterwards),",
            weights.quoted(),
            gradients.quoted()
        );
        let (start, slopes) = (weights.tensor()?, gradients.tensor()?);
        let given = reader.asked(call.clone(), move |f| {
            let shared = start.set_requires_grad(true);
            (&shared * slopes).sum(Kind::Float).backward();
            f(&mut shared.shallow_clone(), rate);
            shared
        });
        let recorded = given.as_ref().err().map(ToString::to_string).unwrap_or_default();
        if recorded.contains("leaf Variable") || recorded.contains("leaf variable") {
            bail!(
                "not right yet: {call} panicked. The weights are recorded by autograd, and a \
                 recorded tensor must not be changed in place. The step itself is no part of the \
                 loss and is not to be recorded"
            );
        }
        let mistakes = case.mistakes(&[
            (
                "before",
                "The network's weights are as before. A step changes the numbers in place; to \
                 give the variable a new tensor leaves those that the network holds as they were",
            ),
            ("uphill", "The step goes uphill: the gradient points to where the loss grows"),
            ("no_rate", "The learning rate has no part in it"),
            ("change", "This is the change of the weights. It is to be added to them"),
            ("gradient", "These are the gradients"),
        ])?;
        let why = "Each weight is to move by the learning rate times its derivative, against it";
        given?.expect(&case.numbers("after")?, why, &mistakes)?;
    }
    right("The tensor shares its memory with the network, so the network has moved.")
}

/// Exercise 3.5: `fn train_on(network: &Network, batches: &[(Tensor, Tensor)], learning_rate:
/// f64) -> Result<()>`, one step for each batch, each along the gradient of that batch alone.
///
/// # Errors
/// As [`slope`].
pub fn train_on<F>(train_on: F) -> Result<Right>
where
    F: Fn(&Network, &[(Tensor, Tensor)], f64) -> Result<()> + Send + Sync + 'static,
{
    let reader = Reader::new("train_on", train_on);
    for case in reference::cases(REFERENCE, "train_on")? {
        let (network, rate) = (network(&case)?, case.number("rate")?);
        let sizes = case.counts("sizes")?;
        let batches = batches(&case, &sizes)?;
        let call = format!(
            "train_on, for a network {}, {} and the learning rate {rate} (all parameters \
             afterwards),",
            network.sizes(),
            match sizes.len() {
                1 => "one batch".to_owned(),
                many => format!("{many} batches"),
            }
        );
        let given = reader.asked(call, move |f| -> Result<Tensor> {
            f(&network, &batches, rate)?;
            let tensors: Vec<Tensor> =
                network.named_tensors().iter().map(|(_, tensor)| tensor.view([-1])).collect();
            Ok(Tensor::cat(&tensors, 0))
        })?;
        let mistakes = case.mistakes(&[
            (
                "before",
                "Nothing has moved: these are the parameters from before. Either no step was \
                 made, or at each step the gradient was 0. When is it cleared?",
            ),
            (
                "adding_up",
                "The gradients have added up: each step went along the sum of all batches so far, \
                 not along the gradient of its own batch",
            ),
            ("uphill", "The steps go uphill: the gradient points to where the loss grows"),
            ("first_batch", "Only the first batch made a step"),
            ("last_batch", "Only the last batch made a step"),
            (
                "one_step",
                "All batches together made a single step. Each batch makes one of its own, from \
                 where the one before it has led",
            ),
            ("without_biases", "The weights are right at first, but the biases have not moved"),
            ("one_layer", "Only the first layer's weights have moved"),
        ])?;
        let why = "For each batch, every weight and bias is to move by the learning rate times \
                   its derivative, against it; and the derivative is that of this batch's mean \
                   loss alone";
        given.expect(&case.numbers("after")?, why, &mistakes)?;
    }
    right("Cleared after the step or before the next pass: both are the same.")
}

/// Exercise 3.6: `fn momentum(gradients: &[f64], learning_rate: f64, momentum: f64) -> Vec<f64>`,
/// a weight after each of its steps, which begins at 0.
///
/// # Errors
/// As [`slope`].
pub fn momentum<F>(momentum: F) -> Result<Right>
where
    F: Fn(&[f64], f64, f64) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("momentum", momentum);
    for case in reference::cases(REFERENCE, "momentum")? {
        let gradients = case.list("gradients")?;
        let (rate, factor) = (case.number("rate")?, case.number("factor")?);
        let call = format!("momentum(&{gradients:?}, {rate:?}, {factor:?})");
        let given = reader.asked(call, move |f| f(&gradients, rate, factor))?;
        let mistakes = case.mistakes(&[
            ("plain", "These are steps without momentum: nothing of the earlier steps is left"),
            (
                "uphill",
                "The weight goes uphill: the velocity is made of gradients, which point uphill",
            ),
            (
                "mean",
                "The new gradient was multiplied by 1 − momentum. In this course, as in tch, all \
                 of it is added to the velocity",
            ),
            (
                "late",
                "The weight moved by the old velocity. The new gradient comes first, and then the \
                 weight moves",
            ),
            (
                "all_of_it",
                "The velocity keeps all of itself. It is to keep only the part that momentum says",
            ),
            (
                "on_gradient",
                "The momentum was multiplied with the gradient. It is what the velocity keeps of \
                 itself",
            ),
            (
                "only_last",
                "Only the last gradient lives on. The velocity holds all earlier ones, the older \
                 the less",
            ),
            ("no_rate", "The learning rate has no part in it"),
            (
                "velocities",
                "These are the velocities. The weights are asked for, which move by them",
            ),
            ("from_zero", "Each time, the weight moved from 0. It is to move on from where it was"),
        ])?;
        let why = "At each step the velocity keeps the part of itself that momentum says and adds \
                   the gradient; then the weight moves by the learning rate times the velocity, \
                   against it";
        given.expect(&case.numbers("weights")?, why, &mistakes)?;
    }
    right("Where gradients agree, steps grow up to ten times as long with a momentum of 0.9.")
}

/// A loss of one weight, in words, and its derivative.
struct Known {
    words: &'static str,
    loss: Curve,
    derivative: Curve,
}

/// The curve that a case names.
fn curve(case: &Case) -> Result<Known> {
    let known = |words, loss, derivative| Ok(Known { words, loss, derivative });
    match case.text("curve")? {
        "parabola" => known("(w − 3)²", |w| (w - 3.0) * (w - 3.0), |w| 2.0 * (w - 3.0)),
        "power" => known("e to the power of w", f64::exp, f64::exp),
        "cubic" => known("w³ − 2w", |w| w * w * w - 2.0 * w, |w| 3.0 * w * w - 2.0),
        "line" => known("1 − 2w", |w| 1.0 - 2.0 * w, |_| -2.0),
        "level" => known("5, whatever w is", |_| 5.0, |_| 0.0),
        "steep" => known("50(w + 1)²", |w| 50.0 * (w + 1.0) * (w + 1.0), |w| 100.0 * (w + 1.0)),
        other => bail!("no curve `{other}`"),
    }
}

/// Images and labels of a case, cut into batches of these sizes.
fn batches(case: &Case, sizes: &[usize]) -> Result<Vec<(Tensor, Tensor)>> {
    let images = case.tensor("images")?;
    let labels = case.tensor("labels")?.to_kind(Kind::Int64);
    let mut start = 0;
    let batch = |size: &usize| {
        let (from, size) = (start, *size as i64);
        start += size;
        Ok((images.f_narrow(0, from, size)?, labels.f_narrow(0, from, size)?))
    };
    sizes.iter().map(batch).collect()
}

#[cfg(test)]
mod tests;
