//! Images drawn at random: different ones, the same for a seed everywhere.
#![allow(missing_docs)]

use mnist_tutorial::data::Split;
use proptest::prelude::*;

fn split(count: usize) -> Split {
    Split::new(vec![0; count * 784], vec![0; count]).expect("blank images")
}

#[test]
fn a_seed_gives_the_same_images_on_every_machine() {
    let split = split(10_000);
    assert_eq!(split.random_index(0).expect("an index"), 8_833);
    assert_eq!(split.random_index(1).expect("an index"), 5_665);
    assert_eq!(split.random_indices(5, 1).expect("indices"), [5_665, 7_458, 9_710, 4_445, 4_444]);
}

#[test]
fn seeds_reach_all_images_about_equally_often() {
    let split = split(10);
    let mut counts = [0; 10];
    for seed in 0..10_000 {
        counts[split.random_index(seed).expect("an index")] += 1;
    }
    assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let words = |result: anyhow::Result<Vec<usize>>| result.expect_err("refused").to_string();
    assert!(split(0).random_index(1).expect_err("refused").to_string().contains("there are none"));
    assert!(words(split(3).random_indices(4, 1)).contains("4 random images were asked for"));
    assert!(words(split(3).random_indices(0, 1)).contains("expected a number from 1 to 3"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_images_are_different_and_there(
        count in 1_usize..60,
        share in 0.0..1.0_f64,
        seed in any::<u64>(),
    ) {
        let wanted = 1 + (share * count as f64) as usize;
        let found = split(count).random_indices(wanted, seed).expect("indices");
        prop_assert_eq!(found.len(), wanted);
        prop_assert_eq!(found[0], split(count).random_index(seed).expect("an index"));
        let mut sorted = found;
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(sorted.len(), wanted);
        prop_assert!(sorted.iter().all(|index| *index < count));
    }
}
