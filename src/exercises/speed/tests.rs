#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/09-speed.ipynb`.
mod solutions {
    pub(super) fn speedup(seconds: &[f64], part: usize, times: f64) -> f64 {
        let before: f64 = seconds.iter().sum();
        before / (before - seconds[part] + seconds[part] / times)
    }

    pub(super) fn neuron_gradient(
        inputs: &[f64],
        weights: &[f64],
        bias: f64,
        output_slope: f64,
    ) -> Vec<f64> {
        let pairs = inputs.iter().zip(weights);
        let sum = pairs.map(|(x, w)| x * w).sum::<f64>() + bias;
        let bend = if sum > 0.0 { 1.0 } else { 0.01 };
        let by_sum = output_slope * bend;
        let by_weights = inputs.iter().map(|input| by_sum * input);
        by_weights.chain([by_sum]).collect()
    }

    pub(super) fn logit_gradient(logits: &[f64], label: usize) -> Vec<f64> {
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
        let total: f64 = powers.iter().sum();
        let mut gradient: Vec<f64> = powers.iter().map(|p| p / total).collect();
        gradient[label] -= 1.0;
        gradient
    }

    pub(super) fn hidden_gradient(errors: &[f64], weights: &[Vec<f64>], sums: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; sums.len()];
        for (error, row) in errors.iter().zip(weights) {
            for (hidden, weight) in row.iter().enumerate() {
                let bend = if sums[hidden] > 0.0 { 1.0 } else { 0.01 };
                gradient[hidden] += error * weight * bend;
            }
        }
        gradient
    }

    pub(super) fn lit_sum(pixels: &[f64], weights: &[f64], bias: f64) -> f64 {
        let pairs = pixels.iter().zip(weights);
        let lit = pairs.filter(|(pixel, _)| **pixel != 0.0);
        lit.map(|(pixel, weight)| pixel * weight).sum::<f64>() + bias
    }

    pub(super) fn caught_up(
        weight: f64,
        velocity: f64,
        learning_rate: f64,
        momentum: f64,
        missed: usize,
    ) -> [f64; 2] {
        let (mut weight, mut velocity) = (weight, velocity);
        for _ in 0..missed {
            velocity *= momentum;
            weight -= learning_rate * velocity;
        }
        [weight, velocity]
    }
}

#[test]
fn the_solutions_are_right() {
    speedup(solutions::speedup).unwrap();
    neuron_gradient(solutions::neuron_gradient).unwrap();
    logit_gradient(solutions::logit_gradient).unwrap();
    hidden_gradient(solutions::hidden_gradient).unwrap();
    lit_sum(solutions::lit_sum).unwrap();
    caught_up(solutions::caught_up).unwrap();
}

#[test]
fn catching_up_by_a_formula_is_right() {
    let formula = |weight: f64, velocity: f64, rate: f64, momentum: f64, missed: usize| {
        let kept = momentum.powi(missed as i32);
        let way = velocity * momentum * (1.0 - kept) / (1.0 - momentum);
        [weight - rate * way, velocity * kept]
    };
    caught_up(formula).unwrap();
}

#[test]
fn wrong_speedups_are_told() {
    let total = |seconds: &[f64]| seconds.iter().sum::<f64>();
    let after = move |s: &[f64], part: usize, times: f64| total(s) - s[part] + s[part] / times;
    refused(speedup(move |s, p, t| after(s, p, t) / total(s)), "above 1 for a gain");
    refused(speedup(after), "not yet compared");
    refused(speedup(move |s, p, t| total(s) - after(s, p, t)), "the time that was saved");
    refused(speedup(|_, _, times| times), "the part alone");
    refused(speedup(move |s, p, t| t * s[p] / total(s)), "A share of a factor");
    refused(speedup(move |s, p, _| total(s) / (total(s) - s[p])), "has vanished");
    refused(speedup(move |s, p, t| total(s) / (total(s) - s[p] + s[p] * t)), "made slower");
    refused(speedup(|_, _, _| 10.0 / 7.0), "expected 10");
}

fn weighted(inputs: &[f64], weights: &[f64], bias: f64) -> f64 {
    inputs.iter().zip(weights).map(|(input, weight)| input * weight).sum::<f64>() + bias
}

fn bend(sum: f64) -> f64 {
    if sum > 0.0 { 1.0 } else { 0.01 }
}

fn parts(slope: f64, by: &[f64], by_bias: f64) -> Vec<f64> {
    by.iter().map(|value| slope * value).chain([by_bias]).collect()
}

#[test]
fn wrong_gradients_of_a_neuron_are_told() {
    let told = |answer: fn(&[f64], &[f64], f64, f64) -> Vec<f64>, words| {
        refused(neuron_gradient(answer), words);
    };
    told(|x, _, _, slope| parts(slope, x, slope), "The bend is missing, or it hangs");
    told(
        |x, w, b, slope| {
            let s = slope * bend(weighted(x, w, b));
            parts(s, w, s)
        },
        "the derivatives by the inputs",
    );
    told(
        |x, w, b, slope| {
            let s = slope * bend(weighted(x, w, b));
            parts(s, x, s)[..x.len()].to_vec()
        },
        "by the bias is missing",
    );
    told(
        |x, w, b, slope| {
            let s = slope * bend(weighted(x, w, b));
            parts(s, x, s * b)
        },
        "plays no part",
    );
    told(
        |x, w, b, slope| {
            let s = slope * bend(weighted(x, w, b));
            parts(s, x, slope)
        },
        "inside the bend as well",
    );
    told(
        |x, w, b, _| {
            let s = bend(weighted(x, w, b));
            parts(s, x, s)
        },
        "derivatives of the neuron's output",
    );
    told(
        |x, w, b, slope| {
            let sum = weighted(x, w, b);
            let s = slope * bend(sum) * sum;
            parts(s, x, s)
        },
        "where its derivative belongs",
    );
    told(
        |x, w, _, slope| {
            let s = slope * bend(weighted(x, w, 0.0));
            parts(s, x, s)
        },
        "without its bias",
    );
    told(
        |x, w, b, slope| {
            let s = if weighted(x, w, b) >= 0.0 { slope } else { 0.01 * slope };
            parts(s, x, s)
        },
        "A sum of 0 counts",
    );
    told(
        |x, w, b, slope| {
            let s = if weighted(x, w, b) > 0.0 { slope } else { 0.0 };
            parts(s, x, s)
        },
        "Here it is nothing",
    );
}

#[test]
fn wrong_gradients_of_logits_are_told() {
    let softmax = |logits: &[f64]| -> Vec<f64> {
        let mut p = solutions::logit_gradient(logits, 0);
        p[0] += 1.0;
        p
    };
    let less = |mut values: Vec<f64>, label: usize| {
        values[label] -= 1.0;
        values
    };
    refused(logit_gradient(move |logits, _| softmax(logits)), "What is true has no part");
    let reversed = |logits: &[f64], label| {
        solutions::logit_gradient(logits, label).iter().map(|value| -value).collect()
    };
    refused(logit_gradient(reversed), "its derivative is negative");
    let only = move |logits: &[f64], label: usize| {
        let mut gradient = vec![0.0; logits.len()];
        gradient[label] = softmax(logits)[label] - 1.0;
        gradient
    };
    refused(logit_gradient(only), "To raise another one");
    refused(logit_gradient(move |logits, label| less(logits.to_vec(), label)), "were taken for");
    let plain = move |logits: &[f64], label: usize| {
        let powers: Vec<f64> = logits.iter().map(|logit| logit.exp()).collect();
        let total: f64 = powers.iter().sum();
        less(powers.iter().map(|power| power / total).collect(), label)
    };
    refused(logit_gradient(plain), "infinity divided by infinity");
    let mean = |logits: &[f64], label| {
        let gradient = solutions::logit_gradient(logits, label);
        gradient.iter().map(|value| value / logits.len() as f64).collect()
    };
    refused(logit_gradient(mean), "divided by the number of digits");
}

type Backward = fn(&[f64], &[Vec<f64>], &[f64]) -> Vec<f64>;

/// What comes back to each hidden neuron.
fn back(errors: &[f64], weights: &[Vec<f64>]) -> Vec<f64> {
    let column = |hidden: usize| errors.iter().zip(weights).map(move |(e, row)| e * row[hidden]);
    (0..weights[0].len()).map(|hidden| column(hidden).sum()).collect()
}

fn product(left: &[f64], right: impl Iterator<Item = f64>) -> Vec<f64> {
    left.iter().zip(right).map(|(left, right)| left * right).collect()
}

#[test]
fn wrong_gradients_of_hidden_sums_are_told() {
    let told = |answer: Backward, words| {
        refused(hidden_gradient(answer), words);
    };
    told(|errors, weights, _| back(errors, weights), "through the bend is missing");
    told(
        |errors, weights, sums| {
            let rows: Vec<f64> = weights.iter().map(|row| weighted(row, errors, 0.0)).collect();
            product(&rows, sums.iter().map(|sum| bend(*sum)))
        },
        "A square table fits either way",
    );
    told(
        |errors, weights, sums| {
            let first: Vec<f64> = weights[0].iter().map(|weight| weight * errors[0]).collect();
            product(&first, sums.iter().map(|sum| bend(*sum)))
        },
        "Only the first output neuron",
    );
    told(
        |errors, weights, sums| {
            product(&back(errors, weights), sums.iter().map(|sum| sum * bend(*sum)))
        },
        "What each hidden neuron says",
    );
    told(
        |errors, weights, _| {
            let back = back(errors, weights);
            product(&back, back.iter().map(|value| bend(*value)))
        },
        "bent by its own sign",
    );
    told(
        |errors, weights, sums| {
            let slopes = sums.iter().map(|sum| if *sum >= 0.0 { 1.0 } else { 0.01 });
            product(&back(errors, weights), slopes)
        },
        "A sum of 0 counts",
    );
    told(
        |errors, weights, sums| {
            let slopes = sums.iter().map(|sum| if *sum > 0.0 { 0.01 } else { 1.0 });
            product(&back(errors, weights), slopes)
        },
        "the wrong way round",
    );
}

#[test]
fn wrong_sums_of_lit_pixels_are_told() {
    refused(lit_sum(weighted), "Such a weight is not to be used");
    let without_nan = |pixels: &[f64], weights: &[f64], bias| {
        let weights: Vec<f64> =
            weights.iter().map(|weight| if weight.is_nan() { 0.0 } else { *weight }).collect();
        weighted(pixels, &weights, bias)
    };
    refused(lit_sum(without_nan), "a NaN that counts should show");
    refused(lit_sum(|p, w, _| solutions::lit_sum(p, w, 0.0)), "The bias is missing");
    let ones = |p: &[f64], w: &[f64], b: f64| {
        let full: Vec<f64> = p.iter().map(|pixel| pixel.floor()).collect();
        solutions::lit_sum(&full, w, b)
    };
    refused(lit_sum(ones), "fully lit");
    let weights_only = |p: &[f64], w: &[f64], b: f64| {
        let lit: Vec<f64> = p.iter().map(|pixel| pixel.ceil()).collect();
        solutions::lit_sum(&lit, w, b)
    };
    refused(lit_sum(weights_only), "how bright these are");
    let dim = |p: &[f64], w: &[f64], b: f64| {
        let bright: Vec<f64> = p.iter().map(|p| if *p > 0.01 { *p } else { 0.0 }).collect();
        solutions::lit_sum(&bright, w, b)
    };
    refused(lit_sum(dim), "Any with a value other than 0 is lit");
}

#[test]
fn wrong_ways_to_catch_up_are_told() {
    // As in the exercise.
    let broken = |weight: f64, velocity: f64, rate: f64, momentum: f64, missed: usize| {
        let velocity = velocity * momentum.powi(missed as i32);
        [weight - rate * velocity, velocity]
    };
    refused(caught_up(broken), "a single step, the last one");
    let early = |mut weight: f64, mut velocity: f64, rate: f64, momentum: f64, missed: usize| {
        for _ in 0..missed {
            weight -= rate * velocity;
            velocity *= momentum;
        }
        [weight, velocity]
    };
    refused(caught_up(early), "The velocity changes first");
    refused(caught_up(|w, v, rate, _, missed| [w - rate * v * missed as f64, v]), "slow down");
    refused(caught_up(|w, v, _, _, _| [w, v]), "the velocity was not");
    refused(caught_up(|w, v, _, m, missed| [w, v * m.powi(missed as i32)]), "has not moved");
    refused(
        caught_up(|w, v, rate, m, missed| solutions::caught_up(w, v, -rate, m, missed)),
        "the wrong direction",
    );
    refused(
        caught_up(|w, v, _, m, missed| solutions::caught_up(w, v, 1.0, m, missed)),
        "The learning rate has no part",
    );
    refused(
        caught_up(|w, v, r, m, missed| [solutions::caught_up(w, v, r, m, missed)[0], v]),
        "before the missed steps",
    );
}
