//! The frontier of time and accuracy, and the figure that shows it.

#![allow(missing_docs)]

mod plot_support;

use mnist_tutorial::compare::{TimeAccuracy, frontier};
use mnist_tutorial::plot;
use plot_support::{Picture, is_blue};
use proptest::prelude::*;

fn point(name: &str, seconds: f64, accuracy: f64) -> TimeAccuracy {
    TimeAccuracy { name: name.to_owned(), seconds, accuracy, spread: 0.0 }
}

#[test]
fn the_frontier_is_what_no_other_beats() {
    let points = [
        point("slow and good", 60.0, 0.98),
        point("slow and bad", 50.0, 0.90),
        point("fast", 5.0, 0.92),
        point("as fast, worse", 5.0, 0.91),
        point("as good, slower", 70.0, 0.98),
        point("between", 20.0, 0.95),
        point("between again", 20.0, 0.95),
        point("never done", f64::INFINITY, 1.0),
        point("diverged", 1.0, f64::NAN),
    ];
    assert_eq!(frontier(&points), [2, 5, 6, 0]);
    assert!(frontier(&[]).is_empty());
}

#[test]
fn the_words_list_the_frontier_first() {
    let mut points = [point("A", 60.0, 0.98), point("B", 90.0, 0.9), point("C", 0.5, 0.92)];
    points[0].spread = 0.001;
    assert_eq!(
        plot::time_accuracy(&points).expect("draws").alt_text(),
        "Accuracy by training time of 3 trainings. On the frontier, where no other is both faster \
         and more accurate: C: 92.00 % in 0.50 s; A: 98.00 % ± 0.10 % in 60.0 s. Behind it: B: \
         90.00 % in 90.0 s."
    );
    let alone = plot::time_accuracy(&points[..1]).expect("draws");
    assert!(!alone.alt_text().contains("Behind"), "{}", alone.alt_text());
}

#[test]
fn only_points_of_the_frontier_are_blue() {
    let blue = |points: &[TimeAccuracy]| {
        let picture = Picture::of(&plot::time_accuracy(points).expect("draws"));
        picture.count(60..690, 40..picture.height, is_blue)
    };
    let one = blue(&[point("A", 10.0, 0.98), point("B", 90.0, 0.9)]);
    let two = blue(&[point("A", 10.0, 0.9), point("B", 90.0, 0.98)]);
    assert!(one > 30 && two > one + 30, "{one} {two}");
}

#[test]
fn a_long_range_of_times_is_logarithmic() {
    let places = |last: f64| {
        let points = [point("A", 1.0, 0.9), point("B", last / 2.0, 0.95), point("C", last, 0.98)];
        let picture = Picture::of(&plot::time_accuracy(&points).expect("draws"));
        // Columns of the discs: more blue than a thin line has.
        let discs = (60..690).filter(|x| picture.count(*x..*x + 1, 45..380, is_blue) > 6);
        let columns: Vec<usize> = discs.collect();
        let mut middles: Vec<usize> = Vec::new();
        for x in columns {
            if middles.last().is_none_or(|last| x - last > 12) {
                middles.push(x);
            }
        }
        middles
    };
    let even = places(4.0);
    assert!(even.len() >= 3, "{even:?}");
    let (first, second) = (even[1] - even[0], even[2] - even[1]);
    assert!(first < second, "1, 2 and 4 on an even axis: {even:?}");
    let factors = places(1000.0);
    let (first, second) = (factors[1] - factors[0], factors[2] - factors[1]);
    assert!(first > 4 * second, "1, 500 and 1000 on a logarithmic axis: {factors:?}");
}

#[test]
fn what_cannot_be_drawn_is_an_error_that_names_the_point() {
    let with = |seconds, accuracy, spread| {
        let points = [TimeAccuracy { spread, ..point("Adam", seconds, accuracy) }];
        format!("{:#}", plot::time_accuracy(&points).expect_err("must be refused"))
    };
    assert!(with(0.0, 0.9, 0.0).contains("Adam: 0 seconds; expected a number above 0"));
    assert!(with(f64::NAN, 0.9, 0.0).contains("Adam: NaN seconds"));
    assert!(with(1.0, 97.9, 0.0).contains("Adam: accuracy 97.9; expected a share from 0 to 1"));
    assert!(with(1.0, 0.9, -0.1).contains("Adam: spread -0.1"));
    let none = plot::time_accuracy(&[]).expect_err("must be refused");
    assert!(format!("{none:#}").contains("0 points; a figure shows 1 to 40"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_frontier_of_any_points_beats_all_others_and_itself_nowhere(
        // Whole numbers, so that equal times and accuracies occur.
        pairs in proptest::collection::vec((1_u8..12, 0_u8..12), 0..30),
    ) {
        let points: Vec<TimeAccuracy> = pairs
            .iter()
            .map(|(time, right)| point("", f64::from(*time), f64::from(*right) / 12.0))
            .collect();
        let found = frontier(&points);
        let beats = |a: usize, b: usize| {
            let ((time, right), (other_time, other_right)) = (pairs[a], pairs[b]);
            time <= other_time && right >= other_right && (time, right) != (other_time, other_right)
        };
        for place in 0..points.len() {
            let beaten = (0..points.len()).any(|other| beats(other, place));
            prop_assert_eq!(found.contains(&place), !beaten);
            if beaten {
                prop_assert!(found.iter().any(|best| beats(*best, place)), "beaten by none on it");
            }
        }
        let rising = found.windows(2).all(|pair| {
            let ((time, right), (next_time, next_right)) = (pairs[pair[0]], pairs[pair[1]]);
            (time < next_time && right < next_right) || (time, right) == (next_time, next_right)
        });
        prop_assert!(rising);
        prop_assert_eq!(found.is_empty(), points.is_empty());
    }
}
