#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/08-improvements.ipynb`.
mod solutions {
    pub(super) fn mean_and_spread(results: &[f64]) -> [f64; 2] {
        let count = results.len() as f64;
        let mean = results.iter().sum::<f64>() / count;
        let squares: f64 = results.iter().map(|r| (r - mean).powi(2)).sum();
        [mean, (squares / (count - 1.0)).sqrt()]
    }

    pub(super) fn gain_in_spreads(before: &[f64], after: &[f64]) -> f64 {
        let [old_mean, old_spread] = mean_and_spread(before);
        let [new_mean, new_spread] = mean_and_spread(after);
        (new_mean - old_mean) / old_spread.max(new_spread)
    }

    pub(super) fn reported(held_out: &[Vec<f64>], test: &[f64]) -> f64 {
        let mut best = (f64::MIN, 0.0);
        for (accuracies, tested) in held_out.iter().zip(test) {
            let sum: f64 = accuracies.iter().sum();
            let mean = sum / accuracies.len() as f64;
            if mean > best.0 {
                best = (mean, *tested);
            }
        }
        best.1
    }

    pub(super) fn cosine_rates(first: f64, epochs: usize) -> Vec<f64> {
        let part = |epoch: usize| epoch as f64 / epochs as f64;
        let wave = |epoch| (std::f64::consts::PI * part(epoch)).cos();
        (0..epochs).map(|epoch| first * (1.0 + wave(epoch)) / 2.0).collect()
    }

    pub(super) fn dropout(hidden: &[f64], random: &[f64], probability: f64) -> Vec<f64> {
        let pairs = hidden.iter().zip(random);
        let kept = pairs.map(|(h, r)| if *r < probability { 0.0 } else { *h });
        kept.map(|h| h / (1.0 - probability)).collect()
    }

    pub(super) fn frontier(seconds: &[f64], accuracies: &[f64]) -> Vec<usize> {
        let beats = |a: usize, b: usize| {
            let faster = seconds[a] < seconds[b];
            let better = accuracies[a] > accuracies[b];
            seconds[a] <= seconds[b] && accuracies[a] >= accuracies[b] && (faster || better)
        };
        let places = 0..seconds.len();
        places.clone().filter(|b| !places.clone().any(|a| beats(a, *b))).collect()
    }
}

#[test]
fn the_solutions_are_right() {
    mean_and_spread(solutions::mean_and_spread).unwrap();
    gain_in_spreads(solutions::gain_in_spreads).unwrap();
    reported(solutions::reported).unwrap();
    cosine_rates(solutions::cosine_rates).unwrap();
    dropout(solutions::dropout).unwrap();
    frontier(solutions::frontier).unwrap();
}

fn mean(results: &[f64]) -> f64 {
    results.iter().sum::<f64>() / results.len() as f64
}

fn squares(results: &[f64]) -> f64 {
    results.iter().map(|result| (result - mean(results)).powi(2)).sum()
}

fn count(results: &[f64]) -> f64 {
    results.len() as f64
}

fn largest(results: &[f64]) -> f64 {
    results.iter().copied().fold(f64::MIN, f64::max)
}

fn smallest(results: &[f64]) -> f64 {
    results.iter().copied().fold(f64::MAX, f64::min)
}

#[test]
fn wrong_spreads_are_told() {
    let told = |spread: fn(&[f64]) -> f64, words| {
        refused(mean_and_spread(move |r| [mean(r), spread(r)]), words);
    };
    told(|r| (squares(r) / count(r)).sqrt(), "One less is asked for");
    told(|r| squares(r) / (count(r) - 1.0), "in square percent");
    told(|r| r.iter().map(|x| (x - mean(r)).abs()).sum::<f64>() / count(r), "plain distances");
    told(|r| largest(r) - smallest(r), "the smallest to the largest");
    told(|r| r.iter().map(|x| x - mean(r)).sum(), "cancelled each other out");
    told(|r| (squares(r) / (count(r) - 1.0) / count(r)).sqrt(), "how uncertain the mean is");
    told(squares, "the total of the squared distances");
    told(|r| squares(r).sqrt(), "but not divided");
    let swapped = |r: &[f64]| {
        let [mean, spread] = solutions::mean_and_spread(r);
        [spread, mean]
    };
    refused(mean_and_spread(swapped), "the mean comes first");
    refused(mean_and_spread(|_| [97.2, 0.264_575_131]), "expected [2, 1.4142]");
}

#[test]
fn wrong_gains_are_told() {
    let spread = |r: &[f64]| solutions::mean_and_spread(r)[1];
    let larger = move |b: &[f64], a: &[f64]| spread(b).max(spread(a));
    refused(gain_in_spreads(|b, a| mean(a) - mean(b)), "How many spreads");
    refused(gain_in_spreads(move |b, a| (mean(b) - mean(a)) / larger(b, a)), "wrong way round");
    let absolute = move |b: &[f64], a: &[f64]| ((mean(a) - mean(b)) / larger(b, a)).abs();
    refused(gain_in_spreads(absolute), "the sign is to say so");
    refused(gain_in_spreads(move |b, a| (mean(a) - mean(b)) / spread(b)), "of the first setting");
    refused(gain_in_spreads(move |b, a| (mean(a) - mean(b)) / spread(a)), "of the second setting");
    let best = move |b: &[f64], a: &[f64]| (largest(a) - largest(b)) / larger(b, a);
    refused(gain_in_spreads(best), "The best seeds");
    refused(gain_in_spreads(move |b, a| (a[0] - b[0]) / larger(b, a)), "Only the first seeds");
    let sum = move |b: &[f64], a: &[f64]| (mean(a) - mean(b)) / (spread(a) + spread(b));
    refused(gain_in_spreads(sum), "the sum of both");
    refused(gain_in_spreads(move |b, a| mean(a) - mean(b) - larger(b, a)), "was subtracted");
}

fn chosen(held_out: &[Vec<f64>], by: impl Fn(&[f64]) -> f64) -> usize {
    let values: Vec<f64> = held_out.iter().map(|row| by(row)).collect();
    values.iter().position(|value| *value == largest(&values)).unwrap()
}

#[test]
fn wrong_reports_are_told() {
    refused(reported(|_, test| largest(test)), "what they say of the winner is too kind");
    let own = |held_out: &[Vec<f64>], _: &[f64]| mean(&held_out[chosen(held_out, mean)]);
    refused(reported(own), "the test images are to judge");
    refused(reported(|held_out, test| test[chosen(held_out, largest)]), "single lucky seed");
    refused(reported(|held_out, test| test[chosen(held_out, |row| -mean(row))]), "varies least");
    refused(reported(|held_out, _| chosen(held_out, mean) as f64), "the place of the chosen");
    refused(reported(|held_out, test| test[chosen(held_out, |row| row.iter().sum())]), "The sums");
    refused(reported(|_, test| test[0]), "the first setting");
    refused(reported(|_, test| mean(test)), "the mean of all settings");
}

#[test]
fn wrong_schedules_are_told() {
    let told = |rate: fn(f64) -> f64, words| {
        let rates = move |first: f64, epochs: usize| {
            (0..epochs).map(|epoch| first * rate(epoch as f64 / epochs as f64)).collect()
        };
        refused(cosine_rates(rates), words);
    };
    let pi = std::f64::consts::PI;
    told(|share| 1.0 - share, "a straight line");
    told(|share| (std::f64::consts::FRAC_PI_2 * share).cos(), "a quarter of a wave");
    told(|share| (1.0 + (std::f64::consts::TAU * share).cos()) / 2.0, "a whole wave");
    told(|share| (1.0 + (180.0 * share).cos()) / 2.0, "takes its angle in radians");
    told(|share| (std::f64::consts::PI * share).cos(), "falls below 0");
    told(|share| 1.0 + (std::f64::consts::PI * share).cos(), "all rates are too high");
    told(|share| (1.0 - (std::f64::consts::PI * share).cos()) / 2.0, "rises");
    let half = move |share: f64| (1.0 + (pi * share).cos()) / 2.0;
    let counted = move |add: usize, less: usize| {
        move |first: f64, epochs: usize| -> Vec<f64> {
            let share = move |epoch| (epoch + add) as f64 / (epochs - less) as f64;
            (0..epochs).map(|epoch| first * half(share(epoch))).collect()
        }
    };
    refused(cosine_rates(counted(1, 0)), "the last has none");
    refused(cosine_rates(counted(0, 1)), "nothing would be learnt");
    let without = move |_: f64, epochs: usize| counted(0, 0)(1.0, epochs);
    refused(cosine_rates(without), "they begin with 1");
    let more = move |first: f64, epochs: usize| {
        (0..=epochs).map(|epoch| first * half(epoch as f64 / epochs as f64)).collect()
    };
    refused(cosine_rates(more), "one rate too many");
}

#[test]
fn wrong_dropouts_are_told() {
    let kept = |hidden: &[f64], random: &[f64], p: f64, scale: f64| -> Vec<f64> {
        let pairs = hidden.iter().zip(random);
        pairs.map(|(h, r)| if *r < p { 0.0 } else { h * scale }).collect()
    };
    // As in the exercise.
    refused(dropout(move |h, r, p| kept(h, r, p, 1.0)), "are as they were");
    refused(dropout(move |h, r, p| kept(h, r, p, 1.0 - p)), "have become smaller");
    refused(dropout(move |h, r, p| kept(h, r, p, 1.0 + p)), "not by enough");
    refused(dropout(move |h, r, p| kept(h, r, p, 1.0 / p)), "scaled too much");
    refused(dropout(move |h, r, p| kept(h, r, p, 1.25)), "expected [2, -1, 4, 3]");
    let pairs = |h: &[f64], r: &[f64]| -> Vec<(f64, f64)> {
        h.iter().copied().zip(r.iter().copied()).collect()
    };
    let reversed = move |h: &[f64], r: &[f64], p: f64| {
        let scaled = |h: f64| h / (1.0 - p);
        pairs(h, r).iter().map(|(h, r)| if *r < p { scaled(*h) } else { 0.0 }).collect()
    };
    refused(dropout(reversed), "The wrong ones");
    let removed = move |h: &[f64], r: &[f64], p: f64| {
        let staying = pairs(h, r).into_iter().filter(|(_, r)| *r >= p);
        staying.map(|(h, _)| h / (1.0 - p)).collect()
    };
    refused(dropout(removed), "gone from the list");
    let edge = move |h: &[f64], r: &[f64], p: f64| {
        pairs(h, r).iter().map(|(h, r)| if *r <= p { 0.0 } else { h / (1.0 - p) }).collect()
    };
    refused(dropout(edge), "Here one equals it");
    let counted = move |h: &[f64], r: &[f64], p: f64| {
        let staying = r.iter().filter(|r| **r >= p).count().max(1) as f64;
        kept(h, r, p, h.len() as f64 / staying)
    };
    refused(dropout(counted), "how many happened to stay");
}

#[test]
fn wrong_frontiers_are_told() {
    let unbeaten = |beats: fn([f64; 2], [f64; 2]) -> bool| {
        move |seconds: &[f64], accuracies: &[f64]| -> Vec<usize> {
            let at = |place: usize| [seconds[place], accuracies[place]];
            let places = || 0..seconds.len();
            places().filter(|b| !places().any(|a| beats(at(a), at(*b)))).collect()
        }
    };
    refused(frontier(unbeaten(|a, b| a[0] <= b[0] && a[1] >= b[1])), "None beats itself");
    refused(frontier(unbeaten(|a, b| a[0] < b[0] || a[1] > b[1])), "worse in the other");
    refused(frontier(unbeaten(|a, b| a[0] < b[0] && a[1] > b[1])), "should not be");
    refused(frontier(unbeaten(|a, b| a[0] > b[0] && a[1] > b[1])), "The longer a training");
    let twins = |seconds: &[f64], accuracies: &[f64]| -> Vec<usize> {
        let places = || 0..seconds.len();
        let beats = |a: usize, b: usize| {
            a != b && seconds[a] <= seconds[b] && accuracies[a] >= accuracies[b]
        };
        places().filter(|b| !places().any(|a| beats(a, *b))).collect()
    };
    refused(frontier(twins), "neither beats the other");
    let behind = |s: &[f64], a: &[f64]| {
        let best = solutions::frontier(s, a);
        (0..s.len()).filter(|place| !best.contains(place)).collect()
    };
    refused(frontier(behind), "those that are beaten");
    let sorted = |s: &[f64], a: &[f64]| {
        let mut best = solutions::frontier(s, a);
        best.sort_by(|one, other| s[*one].total_cmp(&s[*other]));
        best
    };
    refused(frontier(sorted), "not sorted by time");
    let ends = |s: &[f64], a: &[f64]| {
        let fastest = s.iter().position(|value| *value == smallest(s)).unwrap();
        let best = a.iter().position(|value| *value == largest(a)).unwrap();
        if fastest < best { vec![fastest, best] } else { vec![best, fastest] }
    };
    refused(frontier(ends), "Between them there may be others");
}
