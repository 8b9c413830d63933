#![allow(clippy::unwrap_used)]

use tch::Kind;

use super::super::reader::tests::refused;
use super::*;

// The answers of `exercises/solutions/04-testing.ipynb`, and wrong ones.

fn right_accuracy(log_probabilities: &Tensor, labels: &Tensor) -> f64 {
    let predictions = log_probabilities.argmax(-1, false);
    let hits = predictions.eq_tensor(labels).sum(Kind::Int64);
    hits.int64_value(&[]) as f64 / labels.numel() as f64
}

#[test]
fn test_accuracies_are_told() {
    test_accuracy(right_accuracy).unwrap();
    refused(test_accuracy(|_, _| 0.6), "one image with the label 1");
    refused(test_accuracy(|l, t| 100.0 * right_accuracy(l, t)), "in percent");
    refused(test_accuracy(|l, t| right_accuracy(l, t) * t.numel() as f64), "how many images");
    refused(test_accuracy(|l, t| 1.0 - right_accuracy(l, t)), "are read wrong");
    refused(
        test_accuracy(|l, t| {
            let hits = l.argmin(-1, false).eq_tensor(t).sum(Kind::Int64).int64_value(&[]);
            hits as f64 / t.numel() as f64
        }),
        "least probable digits",
    );
    refused(
        test_accuracy(|l, t| {
            let hits = l.argmax(-1, true).eq_tensor(t).sum(Kind::Int64).int64_value(&[]);
            hits as f64 / t.numel() as f64
        }),
        "compared with every label",
    );
    refused(
        test_accuracy(|l, t| {
            let hits = l.argmax(0, false).eq_tensor(t).sum(Kind::Int64).int64_value(&[]);
            hits as f64 / t.numel() as f64
        }),
        "not right yet",
    );
    refused(
        test_accuracy(|l, t| {
            l.gather(1, &t.view([-1, 1]), false).exp().mean(None).double_value(&[])
        }),
        "mean probability",
    );
}

fn right_matrix(labels: &[usize], predictions: &[usize]) -> Vec<Vec<usize>> {
    let mut matrix = vec![vec![0; 10]; 10];
    for (label, prediction) in labels.iter().zip(predictions) {
        matrix[*label][*prediction] += 1;
    }
    matrix
}

#[test]
fn confusion_matrices_are_told() {
    confusion_matrix(right_matrix).unwrap();
    refused(confusion_matrix(|l, p| right_matrix(p, l)), "are exchanged");
    refused(
        confusion_matrix(|l, p| {
            let mut matrix = right_matrix(l, p);
            matrix.iter_mut().flatten().for_each(|count| *count = (*count).min(1));
            matrix
        }),
        "has to count as 2",
    );
    refused(
        confusion_matrix(|l, p| {
            let mut matrix = right_matrix(l, p);
            (0..10).for_each(|digit| matrix[digit][digit] = 0);
            matrix
        }),
        "The diagonal is empty",
    );
    refused(
        confusion_matrix(|l, p| {
            let size = 1 + *l.iter().chain(p).max().unwrap();
            right_matrix(l, p).iter().take(size).map(|row| row[..size].to_vec()).collect()
        }),
        "always ten rows",
    );
}

fn right_per_digit(confusion: &[Vec<usize>]) -> Vec<f64> {
    let mut accuracies = Vec::new();
    for (digit, row) in confusion.iter().enumerate() {
        let images: usize = row.iter().sum();
        let fraction = row[digit] as f64 / images as f64;
        accuracies.push(if images == 0 { 0.0 } else { fraction });
    }
    accuracies
}

#[test]
fn accuracies_per_digit_are_told() {
    accuracy_per_digit(right_per_digit).unwrap();
    let sums = |c: &[Vec<usize>]| -> Vec<usize> {
        c.iter().map(|row| row.iter().sum::<usize>()).collect()
    };
    refused(
        accuracy_per_digit(move |c| {
            sums(c).iter().enumerate().map(|(d, sum)| c[d][d] as f64 / *sum as f64).collect()
        }),
        "divides 0 by 0",
    );
    refused(
        accuracy_per_digit(|c| {
            let column = |d: usize| c.iter().map(|row| row[d]).sum::<usize>() as f64;
            (0..c.len()).map(|d| c[d][d] as f64 / column(d)).collect()
        }),
        "the sum of a column",
    );
    refused(
        accuracy_per_digit(move |c| {
            let all: usize = sums(c).iter().sum();
            (0..c.len()).map(|d| c[d][d] as f64 / all as f64).collect()
        }),
        "the number of all images",
    );
    refused(
        accuracy_per_digit(|c| (0..c.len()).map(|d| c[d][d] as f64).collect()),
        "not yet which fraction",
    );
}

fn right_of_batches(hits: &[usize], sizes: &[usize]) -> f64 {
    let images: usize = sizes.iter().sum();
    hits.iter().sum::<usize>() as f64 / images as f64
}

#[test]
fn accuracies_of_batches_are_told() {
    accuracy_of_batches(right_of_batches).unwrap();
    let broken = |hits: &[usize], sizes: &[usize]| {
        let mut sum = 0.0;
        for (hits, size) in hits.iter().zip(sizes) {
            sum += *hits as f64 / *size as f64;
        }
        sum / sizes.len() as f64
    };
    refused(accuracy_of_batches(broken), "a batch of few images");
    refused(
        accuracy_of_batches(|h, s| h.iter().sum::<usize>() as f64 / s.len() as f64),
        "the number of batches",
    );
    refused(
        accuracy_of_batches(|h, s| (h.iter().sum::<usize>() / s.iter().sum::<usize>()) as f64),
        "whole numbers",
    );
    refused(
        accuracy_of_batches(|h, s| h.iter().sum::<usize>() as f64 / (s.len() * s[0]) as f64),
        "as many images as the first",
    );
}

fn right_most_confused(confusion: &[Vec<usize>]) -> [usize; 2] {
    let (mut most, mut pair) = (0, [0, 0]);
    for (truth, row) in confusion.iter().enumerate() {
        for (answer, count) in row.iter().enumerate() {
            if truth != answer && *count > most {
                most = *count;
                pair = [truth, answer];
            }
        }
    }
    pair
}

#[test]
fn most_confused_pairs_are_told() {
    most_confused(right_most_confused).unwrap();
    refused(
        most_confused(|c| {
            let [truth, answer] = right_most_confused(c);
            [answer, truth]
        }),
        "wrong order",
    );
    let best = |c: &[Vec<usize>], worth: fn(&[Vec<usize>], usize, usize) -> usize, last: bool| {
        let (mut most, mut pair) = (0, [0, 0]);
        for truth in 0..c.len() {
            for answer in 0..c.len() {
                let count = worth(c, truth, answer);
                if count > most || last && count == most {
                    (most, pair) = (count, [truth, answer]);
                }
            }
        }
        pair
    };
    refused(most_confused(move |c| best(c, |c, t, a| c[t][a], false)), "on the diagonal");
    refused(
        most_confused(move |c| best(c, |c, t, a| if t == a { 0 } else { c[t][a] }, true)),
        "is confused as often",
    );
    refused(
        most_confused(move |c| {
            best(c, |c, t, a| if t == a { 0 } else { c[t][a] + c[a][t] }, false)
        }),
        "Both directions",
    );
}

fn right_worst(probabilities: &[Vec<f64>], labels: &[usize], count: usize) -> Vec<usize> {
    let mut mistakes: Vec<(usize, f64)> = Vec::new();
    for (place, (row, label)) in probabilities.iter().zip(labels).enumerate() {
        let largest = row.iter().copied().fold(0.0, f64::max);
        if row[*label] < largest {
            mistakes.push((place, largest));
        }
    }
    mistakes.sort_by(|a, b| b.1.total_cmp(&a.1));
    mistakes.iter().take(count).map(|(place, _)| *place).collect()
}

#[test]
fn worst_mistakes_are_told() {
    worst_mistakes(right_worst).unwrap();
    refused(worst_mistakes(|p, l, _| right_worst(p, l, l.len())), "more of them than the count");
    refused(
        worst_mistakes(|p, l, count| {
            let mut places = right_worst(p, l, l.len());
            places.reverse();
            places.truncate(count);
            places
        }),
        "least sure",
    );
    refused(
        worst_mistakes(|p, l, count| {
            let mut places = right_worst(p, l, l.len());
            places.sort();
            places.truncate(count);
            places
        }),
        "in the order of the images",
    );
    refused(
        worst_mistakes(|p, l, count| {
            let mut places = right_worst(p, l, l.len());
            places.sort_by(|a, b| p[*a][l[*a]].total_cmp(&p[*b][l[*b]]));
            places.truncate(count);
            places
        }),
        "probability of the true digit",
    );
    // The result has more places than there are mistakes.
    refused(worst_mistakes(|p, l, count| right_worst(p, l, l.len())[..count].to_vec()), "panicked");
}
