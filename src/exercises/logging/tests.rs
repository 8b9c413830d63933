#![allow(clippy::unwrap_used)]

use tch::Kind;

use super::super::reader::tests::refused;
use super::*;

// The answers of `exercises/solutions/06-logging.ipynb`, and wrong ones.

fn right_mean(losses: &[f64], window: usize) -> Vec<f64> {
    let mut means = Vec::new();
    for end in 1..=losses.len() {
        let part = &losses[end.saturating_sub(window)..end];
        means.push(part.iter().sum::<f64>() / part.len() as f64);
    }
    means
}

#[test]
fn running_means_are_told() {
    running_mean(right_mean).unwrap();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    refused(
        running_mean(|losses, window| {
            let ends = 1..=losses.len();
            let sum = |end: usize| losses[end.saturating_sub(window)..end].iter().sum::<f64>();
            ends.map(|end| sum(end) / window as f64).collect()
        }),
        "how many went into the sum",
    );
    refused(
        running_mean(move |losses, window| losses.windows(window).map(mean).collect()),
        "Every loss is to get one",
    );
    refused(running_mean(|losses, window| right_mean(losses, window + 1)), "One loss too many");
    refused(running_mean(|losses, _| right_mean(losses, losses.len())), "All losses so far");
    refused(
        running_mean(move |losses, window| losses.chunks(window).map(mean).collect()),
        "one block after the other",
    );
    refused(running_mean(|losses, _| losses.to_vec()), "the losses themselves");
    refused(running_mean(|losses, window| losses[..window].to_vec()), "2 numbers, expected 4");
}

fn right_smoothed(losses: &[f64], weight: f64) -> Vec<f64> {
    let (mut points, mut point) = (Vec::new(), losses[0]);
    for loss in losses {
        point = weight * point + (1.0 - weight) * loss;
        points.push(point);
    }
    points
}

#[test]
fn smoothed_curves_are_told() {
    smoothed(right_smoothed).unwrap();
    let broken = |losses: &[f64], weight: f64| {
        let (mut points, mut point) = (Vec::new(), 0.0);
        for loss in losses {
            point = weight * point + (1.0 - weight) * loss;
            points.push(point);
        }
        points
    };
    // The function that the exercise shows.
    refused(smoothed(broken), "begins too low");
    refused(
        smoothed(move |losses, weight| {
            let points = broken(losses, weight).into_iter().zip(1..);
            points.map(|(point, step)| point / (1.0 - weight.powi(step))).collect()
        }),
        "another way to mend it",
    );
    refused(smoothed(|losses, weight| right_smoothed(losses, 1.0 - weight)), "are exchanged");
    refused(
        smoothed(|losses, weight| {
            let before = losses.iter().take(1).chain(losses);
            let pairs = before.zip(losses);
            pairs.map(|(before, loss)| weight * before + (1.0 - weight) * loss).collect()
        }),
        "the smoothed point before it",
    );
    refused(smoothed(|losses, _| losses.to_vec()), "Nothing is smoothed");
}

fn right_pair(probabilities: &[f64], labels: &[usize], digit: usize, threshold: f64) -> [f64; 2] {
    let (mut taken, mut found, mut there) = (0, 0, 0);
    for (probability, label) in probabilities.iter().zip(labels) {
        let (is_taken, is_there) = (*probability > threshold, *label == digit);
        taken += usize::from(is_taken);
        there += usize::from(is_there);
        found += usize::from(is_taken && is_there);
    }
    // Without any, found is 0 as well.
    [found as f64 / taken.max(1) as f64, found as f64 / there.max(1) as f64]
}

/// How many are taken, found and there.
fn counted(p: &[f64], labels: &[usize], digit: usize, threshold: f64) -> [f64; 3] {
    let count = |wanted: fn(bool, bool) -> bool| {
        let pairs = p.iter().zip(labels);
        pairs.filter(|(p, label)| wanted(**p > threshold, **label == digit)).count() as f64
    };
    [count(|taken, _| taken), count(|taken, there| taken && there), count(|_, there| there)]
}

#[test]
fn precision_and_recall_are_told() {
    precision_and_recall(right_pair).unwrap();
    refused(
        precision_and_recall(|p, l, d, t| {
            let [precision, recall] = right_pair(p, l, d, t);
            [recall, precision]
        }),
        "are exchanged",
    );
    refused(
        precision_and_recall(|p, l, d, t| right_pair(p, l, d, t - 1e-12)),
        "only above the threshold",
    );
    refused(
        precision_and_recall(|p, l, d, t| {
            let [taken, found, there] = counted(p, l, d, t);
            [found / taken, found / there]
        }),
        "0 is asked for",
    );
    refused(
        precision_and_recall(|p, l, d, t| {
            let [_, found, there] = counted(p, l, d, t);
            [found / l.len() as f64, found / there]
        }),
        "the number of all images",
    );
    refused(precision_and_recall(|p, l, d, _| right_pair(p, l, d, 0.5)), "not always 0.5");
    refused(precision_and_recall(|p, l, _, t| right_pair(p, l, 3, t)), "right for the digit 3");
}

fn right_bins(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<usize> {
    let mut counts = vec![0; bins];
    let width = (high - low) / bins as f64;
    for value in values {
        if *value >= low && *value <= high {
            let bin = ((value - low) / width) as usize;
            counts[bin.min(bins - 1)] += 1;
        }
    }
    counts
}

#[test]
fn bins_are_told() {
    bin_counts(right_bins).unwrap();
    refused(
        bin_counts(|values, low, high, bins| {
            let (mut counts, width) = (vec![0; bins], (high - low) / bins as f64);
            values.iter().for_each(|value| counts[((value - low) / width) as usize] += 1);
            counts
        }),
        "panicked: index out of bounds",
    );
    let counted = |values: &[f64], low: f64, high: f64, bins: usize| {
        let (mut counts, width) = (vec![0; bins], (high - low) / bins as f64);
        for value in values {
            if let Some(count) = counts.get_mut(((value - low) / width) as usize) {
                *count += 1;
            }
        }
        counts
    };
    refused(bin_counts(counted), "equals the upper end is lost");
    refused(
        bin_counts(|values, low, high, bins| {
            let clamped: Vec<f64> = values.iter().map(|value| value.clamp(low, high)).collect();
            right_bins(&clamped, low, high, bins)
        }),
        "in the outer bins",
    );
    refused(
        bin_counts(|values, low, high, bins| {
            let few: Vec<f64> = values.iter().copied().filter(|value| *value <= high).collect();
            let clamped: Vec<f64> = few.iter().map(|value| value.max(low)).collect();
            right_bins(&clamped, low, high, bins)
        }),
        "in the first bin",
    );
    refused(
        bin_counts(|values, _, _, bins| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            right_bins(values, low, high, bins)
        }),
        "not right yet",
    );
    refused(
        bin_counts(|values, low, high, bins| {
            let mut counts = right_bins(values, low, high, bins);
            (1..bins).for_each(|bin| counts[bin] += counts[bin - 1]);
            counts
        }),
        "the count of those before it",
    );
}

fn right_epoch(losses: &[f64]) -> usize {
    let (mut best, mut lowest) = (0, f64::INFINITY);
    for (place, loss) in losses.iter().enumerate() {
        if *loss < lowest {
            lowest = *loss;
            best = place + 1;
        }
    }
    best
}

#[test]
fn epochs_are_told() {
    best_epoch(right_epoch).unwrap();
    refused(best_epoch(|losses| right_epoch(losses) - 1), "counts from 0");
    refused(best_epoch(|losses| losses.len()), "need not be the best");
    refused(
        best_epoch(|losses| {
            1 + losses.windows(2).position(|two| two[1] > two[0]).unwrap_or(losses.len() - 1)
        }),
        "rises for the first time",
    );
    refused(
        best_epoch(|losses| {
            let lowest = losses.iter().copied().fold(f64::INFINITY, f64::min);
            1 + losses.iter().rposition(|loss| *loss == lowest).unwrap()
        }),
        "An earlier epoch",
    );
    refused(
        best_epoch(|losses| {
            let mut best = 0;
            for (place, loss) in losses.iter().enumerate() {
                if loss.partial_cmp(&losses[best]).is_none_or(|order| order.is_lt()) {
                    best = place;
                }
            }
            best + 1
        }),
        "has diverged",
    );
    refused(
        best_epoch(|losses| {
            let places = 0..losses.len();
            1 + places.min_by(|a, b| losses[*a].partial_cmp(&losses[*b]).unwrap()).unwrap()
        }),
        "panicked",
    );
    refused(
        best_epoch(|losses| {
            let places = 0..losses.len();
            1 + places.min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap()
        }),
        "has diverged",
    );
}

fn right_norm(tensors: &[Tensor]) -> f64 {
    let mut sum = 0.0;
    for tensor in tensors {
        sum += (tensor * tensor).sum(Kind::Double).double_value(&[]);
    }
    sum.sqrt()
}

#[test]
fn norms_are_told() {
    norm_of_all(right_norm).unwrap();
    let norms = |tensors: &[Tensor]| -> Vec<f64> {
        tensors.iter().map(|tensor| tensor.norm().double_value(&[])).collect()
    };
    norm_of_all(move |t| norms(t).iter().map(|norm| norm * norm).sum::<f64>().sqrt()).unwrap();
    refused(norm_of_all(move |t| norms(t).iter().sum()), "a length of 5, not 7");
    refused(norm_of_all(|t| right_norm(t).powi(2)), "without the root");
    refused(norm_of_all(move |t| norms(t)[0]), "Only the first tensor");
    refused(
        norm_of_all(|t| t.iter().map(|one| one.abs().sum(Kind::Double).double_value(&[])).sum()),
        // Of the two numbers 3 and 4, it is the same as the sum of the norms.
        "expected 5",
    );
    refused(norm_of_all(|_| 5.0), "expected 3");
}
