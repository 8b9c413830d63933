//! Buckets and thresholds.

use super::*;

#[test]
fn buckets_are_equal_and_closed_at_the_end() {
    let numbers: Vec<f64> = (0..=60).map(f64::from).collect();
    let buckets = buckets(&numbers);
    assert_eq!(buckets[0], [0.0, 2.0, 2.0]);
    assert_eq!(buckets[29], [58.0, 60.0, 3.0]);
}

#[test]
fn one_number_is_in_the_last_bucket_and_none_gives_zeros() {
    let same = buckets(&[0.5, 0.5]);
    assert_eq!((same[0], same[29]), ([0.5, 0.5, 0.0], [0.5, 0.5, 2.0]));
    assert_eq!(buckets(&[]), vec![[0.0; 3]; 30]);
}

#[test]
fn numbers_at_the_ends_of_what_can_be_told_apart_stay_in_the_buckets() {
    for ends in [[-f64::MAX, f64::MAX], [0.0, f64::from_bits(1)]] {
        let total: f64 = buckets(&ends).iter().map(|bucket| bucket[2]).sum();
        assert_eq!(total, 2.0);
    }
}

#[test]
fn a_threshold_counts_what_reaches_it() {
    let rows = pr_rows("t", &[true, true, false], &[1.0, 0.5, 0.7]).unwrap();
    let at = |threshold: usize| rows.each_ref().map(|row| row[threshold]);
    assert_eq!(at(0), [2.0, 1.0, 0.0, 0.0, 2.0 / 3.0, 1.0]);
    assert_eq!(at(100), [2.0, 1.0, 0.0, 0.0, 2.0 / 3.0, 1.0]);
    assert_eq!(at(101), [1.0, 1.0, 0.0, 1.0, 0.5, 0.5]);
    assert_eq!(at(200), [1.0, 0.0, 1.0, 1.0, 1.0, 0.5]);
}

#[test]
fn what_is_no_probability_is_refused_with_a_remedy() {
    for wrong in [f32::NAN, -2.3, 1.5] {
        let error = pr_rows("nine", &[true, true], &[0.5, wrong]).unwrap_err().to_string();
        assert!(error.starts_with("PR curve `nine`: probability 1 is "), "{error}");
        assert!(error.contains(".exp()"), "{error}");
    }
    let error = pr_rows("nine", &[true], &[]).unwrap_err().to_string();
    assert!(error.contains("1 labels and 0 probabilities"), "{error}");
}
