//! Checks of the exercises on notebook 9, speed.

use anyhow::Result;

use super::numbers::number;
use super::reader::{Reader, Right, right};
use super::reference::{self, Case};

const REFERENCE: &str = include_str!("reference/speed.json");

/// Exercise 9.1: `fn speedup(seconds: &[f64], part: usize, times: f64) -> f64`, how many times as
/// fast a step becomes if one of its parts becomes `times` as fast.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn speedup<F>(speedup: F) -> Result<Right>
where
    F: Fn(&[f64], usize, f64) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("speedup", speedup);
    for case in reference::cases(REFERENCE, "speedup")? {
        let (seconds, part) = (case.list("seconds")?, case.count("part")?);
        let times = case.number("times")?;
        let call = format!("speedup(&{seconds:?}, {part}, {times:?})");
        let given = reader.asked(call, move |f| f(&seconds, part, times))?;
        let mistakes = case.mistakes(&[
            (
                "reversed",
                "This is the time after the change as a fraction of the time before. How many \
                 times as fast it became is the other way round: above 1 for a gain",
            ),
            (
                "seconds_after",
                "This is the time after the change, not yet compared with the time before",
            ),
            (
                "saved",
                "This is the time that was saved, not how many times as fast the whole became",
            ),
            ("saved_share", "This is the fraction of the time that was saved"),
            ("gone", "The part has vanished. However fast it becomes, it takes some time"),
            ("alone", "So much faster became the part alone. The others take as long as before"),
            (
                "share",
                "A share of a factor does not say how long anything takes. What counts is the \
                 time before and the time after",
            ),
            (
                "mean",
                "This is a mean of the parts' factors. What counts is the time before and the \
                 time after",
            ),
            ("longer", "The part was made slower"),
            ("others", "The other parts became faster, but this one should"),
        ])?;
        let why = "Only the time of this part changes; the others take as long as before. What is \
                   compared is the time of all of them together";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("What one part can gain is limited by the others (Amdahl's law).")
}

/// Exercise 9.2: `fn neuron_gradient(inputs: &[f64], weights: &[f64], bias: f64, output_slope: f64)
/// -> Vec<f64>`, the derivatives of the loss by a neuron's weights and then by its bias.
///
/// # Errors
/// As [`speedup`].
pub fn neuron_gradient<F>(neuron_gradient: F) -> Result<Right>
where
    F: Fn(&[f64], &[f64], f64, f64) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("neuron_gradient", neuron_gradient);
    for case in reference::cases(REFERENCE, "neuron_gradient")? {
        let (inputs, weights) = (case.list("inputs")?, case.list("weights")?);
        let (bias, slope) = (case.number("bias")?, case.number("output_slope")?);
        let call =
            called("neuron_gradient", &case, &["inputs", "weights", "bias", "output_slope"])?;
        let given = reader.asked(call, move |f| f(&inputs, &weights, bias, slope))?;
        let mistakes = case.mistakes(&[
            ("without_bias", "Whether the sum is positive was asked without its bias"),
            ("zero", "A sum of 0 counts as not positive: the bend passes on a hundredth there"),
            (
                "no_bend",
                "The bend is missing, or it hangs on something else than the neuron's sum: where that \
                 is not positive, only a hundredth of a change comes through",
            ),
            ("bias_no_bend", "The weights are right. But the bias is inside the bend as well"),
            (
                "by_inputs",
                "These are the derivatives by the inputs. A weight that is nudged changes the sum \
                 by as much as its input says",
            ),
            ("no_bias", "The derivative by the bias is missing, at the end"),
            ("bias_first", "The derivative by the bias should come last"),
            (
                "bias_times",
                "The last number is wrong: how large the bias is plays no part. Whoever nudges it \
                 nudges the sum by just as much",
            ),
            (
                "bias_one",
                "The last number is the derivative of the sum by the bias. That of the loss is \
                 asked for",
            ),
            (
                "bias_zero",
                "The last number says that the bias changes nothing. But it is part of the sum",
            ),
            (
                "no_slope",
                "These are the derivatives of the neuron's output. Those of the loss are asked \
                 for, which changes `output_slope` times as much",
            ),
            (
                "value",
                "What the neuron says was taken where its derivative belongs: not how large the \
                 output is counts, but how much it changes with the sum",
            ),
            (
                "relu",
                "LeakyReLU lets a hundredth through where the sum is negative. Here it is nothing",
            ),
        ])?;
        let why = "A nudge to a weight changes the sum, the sum changes the output, and the \
                   output changes the loss; what each passes on is multiplied, for every weight \
                   and at the end for the bias";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("That is the chain rule, three links long.")
}

/// Exercise 9.3: `fn logit_gradient(logits: &[f64], label: usize) -> Vec<f64>`, the derivatives of
/// an image's loss by its logits.
///
/// # Errors
/// As [`speedup`].
pub fn logit_gradient<F>(logit_gradient: F) -> Result<Right>
where
    F: Fn(&[f64], usize) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("logit_gradient", logit_gradient);
    for case in reference::cases(REFERENCE, "logit_gradient")? {
        let (logits, label) = (case.list("logits")?, case.count("label")?);
        let call = called("logit_gradient", &case, &["logits", "label"])?;
        let given = reader.asked(call, move |f| f(&logits, label))?;
        let mistakes = case.mistakes(&[
            (
                "overflow",
                "e to the power of a large logit is infinite for a computer, and infinity divided \
                 by infinity is NaN. Notebook 2 has a remedy",
            ),
            (
                "probabilities",
                "These are the probabilities alone. What is true has no part in them yet",
            ),
            (
                "reversed",
                "All signs are the wrong way round: to raise the true digit's logit makes the \
                 loss smaller, so its derivative is negative",
            ),
            (
                "only_label",
                "Only the true digit's logit has got a derivative. To raise another one costs the \
                 true digit some of its probability, too",
            ),
            ("no_softmax", "The logits were taken for probabilities"),
            ("logarithms", "Log-probabilities were taken for probabilities"),
            ("one_hot", "This is what is true. What the network says has no part in it yet"),
            (
                "divided",
                "It was divided by the number of digits. This is one image, and the mean of a \
                 single loss is the loss",
            ),
            ("guess", "What the network believes was taken for what is true"),
        ])?;
        let why = "For each digit, what the network says, as a probability, less what is true";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("They always add up to 0: what the true digit gains, the others lose.")
}

/// Exercise 9.4: `fn hidden_gradient(errors: &[f64], weights: &[Vec<f64>], sums: &[f64]) ->
/// Vec<f64>`, from the derivatives by the output layer's sums to those by the hidden layer's.
///
/// # Errors
/// As [`speedup`].
pub fn hidden_gradient<F>(hidden_gradient: F) -> Result<Right>
where
    F: Fn(&[f64], &[Vec<f64>], &[f64]) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("hidden_gradient", hidden_gradient);
    for case in reference::cases(REFERENCE, "hidden_gradient")? {
        let (errors, weights) = (case.list("errors")?, case.rows("weights")?);
        let sums = case.list("sums")?;
        let call = called("hidden_gradient", &case, &["errors", "weights", "sums"])?;
        let given = reader.asked(call, move |f| f(&errors, &weights, &sums))?;
        let mistakes = case.mistakes(&[
            ("zero", "A sum of 0 counts as not positive: the bend passes on a hundredth there"),
            (
                "no_bend",
                "The way back through the bend is missing: where a hidden neuron's sum is not \
                 positive, only a hundredth of a change comes through",
            ),
            (
                "turned",
                "Rows and columns are mixed up. A row of `weights` belongs to an output neuron, \
                 so what leaves a hidden neuron is spread over all rows. A square table fits \
                 either way",
            ),
            (
                "first",
                "Only the first output neuron counts in it. Every hidden neuron goes into all of \
                 them",
            ),
            (
                "value",
                "What each hidden neuron says was taken where the derivative of its bend belongs",
            ),
            (
                "times_sums",
                "The sums themselves were multiplied with. All that counts of a sum is whether it \
                 is positive",
            ),
            (
                "relu",
                "LeakyReLU lets a hundredth through where the sum is negative. Here it is nothing",
            ),
            (
                "bent",
                "What comes back was bent by its own sign. On the way back the bend is where it \
                 was on the way there: the sign of the neuron's sum decides",
            ),
            (
                "reversed",
                "The bend is the wrong way round: all of a change comes through where the sum is \
                 positive, and a hundredth elsewhere",
            ),
            (
                "mean",
                "It was divided by the number of output neurons. What comes back on several ways \
                 is added",
            ),
            ("no_errors", "`errors` has no part in it"),
        ])?;
        let why = "A hidden neuron goes into every output neuron by a weight, and what comes back \
                   by all of them is added; then all of it goes through the bend if the hidden \
                   sum is positive, else a hundredth";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("For a whole batch it is one product of matrices.")
}

/// Exercise 9.5: `fn lit_sum(pixels: &[f64], weights: &[f64], bias: f64) -> f64`, a neuron's sum
/// that doesn't use the weights of dark pixels.
///
/// # Errors
/// As [`speedup`].
pub fn lit_sum<F>(lit_sum: F) -> Result<Right>
where
    F: Fn(&[f64], &[f64], f64) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("lit_sum", lit_sum);
    for case in reference::cases(REFERENCE, "lit_sum")? {
        let pixels = case.list("pixels")?;
        let numbers = case.numbers("weights")?;
        let weights: Vec<f64> = Vec::try_from(numbers.tensor()?)?;
        let bias = case.number("bias")?;
        let call = called("lit_sum", &case, &["pixels", "weights", "bias"])?;
        let given = reader.asked(call, move |f| f(&pixels, &weights, bias))?;
        let mistakes = case.mistakes(&[
            (
                "everything",
                "The weight of a dark pixel has got into it, where the check has put a NaN: 0 \
                 times NaN is NaN. Such a weight is not to be used at all",
            ),
            (
                "skipped_nan",
                "A weight that is NaN was left out, though its pixel is lit. Which weights are \
                 left out is for the pixels to say; a NaN that counts should show",
            ),
            ("no_bias", "The bias is missing"),
            ("bias_each", "The bias counts once, not once for each lit pixel"),
            (
                "full",
                "Only pixels that are fully lit count in it. Any with a value other than 0 is lit",
            ),
            (
                "weights_only",
                "The weights of the lit pixels were added, but how bright these are has no part \
                 in it",
            ),
            ("pixels_only", "The weights have no part in it"),
        ])?;
        let why = "Each lit pixel counts as much as its weight says, dark ones are passed over, \
                   and the bias is added";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("Of a digit, four pixels of five are passed over.")
}

/// Exercise 9.6: `fn caught_up(weight: f64, velocity: f64, learning_rate: f64, momentum: f64,
/// missed: usize) -> [f64; 2]`, weight and velocity after steps in which the gradient was 0.
///
/// # Errors
/// As [`speedup`].
pub fn caught_up<F>(caught_up: F) -> Result<Right>
where
    F: Fn(f64, f64, f64, f64, usize) -> [f64; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("caught_up", caught_up);
    for case in reference::cases(REFERENCE, "caught_up")? {
        let (weight, velocity) = (case.number("weight")?, case.number("velocity")?);
        let (rate, momentum) = (case.number("learning_rate")?, case.number("momentum")?);
        let missed = case.count("missed")?;
        let names = ["weight", "velocity", "learning_rate", "momentum", "missed"];
        let call = called("caught_up", &case, &names)?;
        let given = reader.asked(call, move |f| f(weight, velocity, rate, momentum, missed))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "The velocity is right, but the weight has made a single step, the last one. It \
                 coasts in each of the missed steps, and in the earlier ones faster",
            ),
            (
                "early",
                "The velocity is right, but the weight was moved before the velocity had slowed, \
                 in each step. The velocity changes first, then the weight moves",
            ),
            ("all_powers", "The velocity is right, but the weight has made one step too many"),
            (
                "constant",
                "It does not slow down: with a gradient of 0, the velocity keeps only a part of \
                 itself in every step",
            ),
            (
                "constant_slowed",
                "The velocity is right, but the weight has moved as if it had kept the first \
                 velocity all the time",
            ),
            (
                "final_each",
                "The velocity is right, but the weight has moved as if it had had the last \
                 velocity all the time",
            ),
            ("kept", "The weight is right, but the velocity is as it was before the missed steps"),
            ("still", "The velocity is right, but the weight has not moved"),
            ("skipped", "Nothing has happened. The gradient was 0, but the velocity was not"),
            (
                "uphill",
                "The weight has moved in the wrong direction: a step goes against the velocity",
            ),
            ("no_rate", "The learning rate has no part in it"),
        ])?;
        let why = "In each of the missed steps, first the velocity keeps the part of itself that \
                   momentum says, as the gradient is 0, and then the weight moves against it by \
                   the learning rate times the velocity";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("So what is dark can be left alone for as long as it is dark, and nothing is lost.")
}

/// The call of a function with these inputs of a case.
fn called(function: &str, case: &Case, inputs: &[&str]) -> Result<String> {
    let told = |name: &&str| match case.number(name) {
        Ok(value) => Ok(number(value)),
        Err(_) => case.numbers(name).map(|numbers| numbers.quoted()),
    };
    let inputs = inputs.iter().map(told).collect::<Result<Vec<_>>>()?;
    Ok(format!("{function}({})", inputs.join(", ")))
}

#[cfg(test)]
mod tests;
