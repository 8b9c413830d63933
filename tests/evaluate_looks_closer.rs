//! What a test says beyond its accuracy: confused pairs, hesitations, calibration.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use mnist_tutorial::evaluate::{Evaluation, evaluate};
use mnist_tutorial::model::Network;
use proptest::prelude::*;
use train_support::{NARROW, bits, digits, message};

/// A test of images with these probabilities and labels.
fn tested(probabilities: Vec<[f32; 10]>, labels: Vec<u8>) -> Evaluation {
    let winner = |row: &[f32; 10]| {
        let largest = row.iter().copied().fold(f32::MIN, f32::max);
        row.iter().position(|share| *share == largest).unwrap_or(0) as u8
    };
    let predictions: Vec<u8> = probabilities.iter().map(winner).collect();
    let mut confusion = [[0; 10]; 10];
    for (truth, prediction) in labels.iter().zip(&predictions) {
        confusion[usize::from(*truth)][usize::from(*prediction)] += 1;
    }
    Evaluation {
        tested: labels.len(),
        correct: labels.iter().zip(&predictions).filter(|(a, b)| a == b).count(),
        loss: 0.0,
        confusion,
        mistakes: Vec::new(),
        probabilities,
        predictions,
        labels,
    }
}

fn softmax(logits: [f64; 10]) -> [f32; 10] {
    let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
    logits.map(|logit| (logit.exp() / sum) as f32)
}

/// The images of `tests/reference/calibration.py`.
fn reference() -> Evaluation {
    let logits = bits(1, 20_000, 12);
    let rows: Vec<[f32; 10]> = logits
        .chunks(10)
        .map(|row| softmax(std::array::from_fn(|digit| row[digit] as f64 / 512.0)))
        .collect();
    let noise = bits(2, 2_000, 16).iter().map(|number| (number % 10) as u8).collect();
    let guessed = tested(rows.clone(), noise);
    let labels = (0..2_000)
        .map(|i| if i % 2 == 0 { guessed.predictions[i] } else { guessed.labels[i] })
        .collect();
    tested(rows, labels)
}

#[test]
fn the_calibration_is_that_of_numpy() {
    let evaluation = reference();
    for (bins, expected) in
        [(1, 0.063_492_399_193), (10, 0.139_339_692_034), (15, 0.145_460_894_920)]
    {
        let found = evaluation.calibration(bins).unwrap().expected_error;
        assert!((found - expected).abs() < 1e-9, "{bins} bins: {found}, expected {expected}");
    }
    let counts: Vec<usize> =
        evaluation.calibration(10).unwrap().bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [0, 3, 133, 496, 544, 380, 207, 128, 89, 20]);
}

#[test]
fn a_probability_on_an_edge_belongs_to_the_bin_below() {
    let with = |share: f32| {
        let mut row = [0.0; 10];
        (row[3], row[4]) = (share, 1.0 - share);
        row
    };
    let found = tested(vec![with(0.5), with(0.75), with(1.0), with(1.0)], vec![3, 4, 3, 3]);
    let calibration = found.calibration(4).unwrap();
    let counts: Vec<usize> = calibration.bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [0, 1, 1, 2]);
    assert_eq!(calibration.bins[0].accuracy, None);
    assert_eq!(calibration.bins[1].confidence, Some(0.5));
    assert_eq!(calibration.bins[2].accuracy, Some(0.0));
    assert_eq!((calibration.bins[2].low, calibration.bins[2].high), (0.5, 0.75));
    // (|1 - 0.5| + |0 - 0.75| + 2 * 0) / 4
    assert_eq!(calibration.expected_error, 0.3125);
}

#[test]
fn what_has_no_calibration_is_an_error() {
    let none = tested(Vec::new(), Vec::new());
    assert!(message(none.calibration(10)).contains("nothing was tested"));
    for bins in [0, 1001] {
        assert!(message(reference().calibration(bins)).contains("expected a number from 1"));
    }
    let broken = tested(vec![[f32::NAN; 10]], vec![3]);
    let words = message(broken.calibration(10));
    assert!(words.contains("image 0: the probability of 0 is NaN"), "{words}");
}

#[test]
fn the_least_sure_image_comes_first_with_its_second_guess() {
    let network = Network::with_sizes(NARROW, 1).unwrap();
    let found = evaluate(&network, &digits(300, 2100)).unwrap();
    let least = found.least_sure(20);
    assert_eq!(least.len(), 20);
    assert!(least.is_sorted_by(|a, b| a.probability <= b.probability));
    for guess in &least {
        let shares = found.probabilities[guess.index];
        let mut order: Vec<u8> = (0..10).collect();
        order.sort_by(|a, b| shares[usize::from(*b)].total_cmp(&shares[usize::from(*a)]));
        assert_eq!(order[..2], [guess.prediction, guess.second]);
        assert_eq!(guess.second_probability, f64::from(shares[usize::from(guess.second)]));
        assert_eq!(guess.truth, found.labels[guess.index]);
    }
    let limit = least[19].probability;
    let surer = found
        .probabilities
        .iter()
        .filter(|row| f64::from(row.iter().copied().fold(0.0, f32::max)) < limit);
    assert!(surer.count() <= 19, "a less sure image was left out");
    assert_eq!(found.least_sure(5000).len(), 2100);
}

#[test]
fn the_most_frequent_confusion_is_the_first_row_of_the_table() {
    let mut evaluation = tested(Vec::new(), Vec::new());
    evaluation.confusion[4] = [0, 0, 0, 0, 960, 0, 0, 0, 0, 1040];
    evaluation.confusion[5][3] = 2;
    evaluation.confusion[3][5] = 2;
    let pairs = evaluation.confused_pairs();
    let digits: Vec<(u8, u8)> = pairs.iter().map(|pair| (pair.truth, pair.prediction)).collect();
    assert_eq!(digits, [(4, 9), (3, 5), (5, 3)]);
    assert_eq!((pairs[0].count, pairs[0].share), (1040, 0.52));
    let table = evaluation.confused_pairs_table(2).unwrap();
    assert_eq!(
        table.to_string(),
        "truth  taken for  images  share of the truth\n\
         -----  ---------  ------  ------------------\n    \
             4          9   1,040             52.00 %\n    \
             3          5       2            100.00 %"
    );
}

#[test]
fn showing_a_test_for_debugging_stays_short() {
    let shown = format!("{:?}", reference());
    assert!(shown.starts_with("Evaluation { tested: 2000, correct: "), "{shown}");
    assert!(shown.len() < 1000, "{} bytes", shown.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_test_is_counted_as_by_hand(
        images in prop::collection::vec((prop::array::uniform10(-4.0..4.0_f64), 0u8..10), 1..80),
        bins in 1_usize..30,
    ) {
        let (rows, labels): (Vec<_>, Vec<_>) =
            images.into_iter().map(|(logits, label)| (softmax(logits), label)).unzip();
        let found = tested(rows, labels);

        let pairs = found.confused_pairs();
        for pair in &pairs {
            let of_truth = || (0..found.tested).filter(|i| found.labels[*i] == pair.truth);
            let count = of_truth().filter(|i| found.predictions[*i] == pair.prediction).count();
            prop_assert_eq!(pair.count as usize, count);
            prop_assert_eq!(pair.share, count as f64 / of_truth().count() as f64);
        }
        let wrong: u64 = pairs.iter().map(|pair| pair.count).sum();
        prop_assert_eq!(wrong as usize, found.tested - found.correct);
        prop_assert!(pairs.is_sorted_by(|a, b| a.count >= b.count));

        let calibration = found.calibration(bins).unwrap();
        let mut error = 0.0;
        for bin in &calibration.bins {
            let inside: Vec<usize> = (0..found.tested)
                .filter(|i| {
                    let sure = f64::from(found.probabilities[*i].iter().copied().fold(0.0, f32::max));
                    sure > bin.low && sure <= bin.high
                })
                .collect();
            prop_assert_eq!(bin.count, inside.len());
            let right = inside.iter().filter(|i| found.labels[**i] == found.predictions[**i]);
            let accuracy = right.count() as f64 / inside.len() as f64;
            prop_assert_eq!(bin.accuracy, (!inside.is_empty()).then_some(accuracy));
            if let (Some(accuracy), Some(confidence)) = (bin.accuracy, bin.confidence) {
                error += bin.count as f64 / found.tested as f64 * (accuracy - confidence).abs();
            }
        }
        prop_assert!((calibration.expected_error - error).abs() < 1e-12);
        prop_assert!((0.0..=1.0).contains(&calibration.expected_error));
    }
}
