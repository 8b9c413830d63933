//! An epoch's batches: every image once, in sizes and orders that can be relied on.

use anyhow::Result;
use mnist_tutorial::data::{Batches, Split};
use proptest::prelude::*;
use tch::Tensor;

/// A split of `count` images that can be told apart: image `i` holds `i` in its first two pixels.
fn numbered(count: usize) -> Result<Split> {
    let mut pixels = vec![0; count * 784];
    for (index, image) in pixels.chunks_mut(784).enumerate() {
        image[0] = (index / 256) as u8;
        image[1] = (index % 256) as u8;
    }
    Split::new(pixels, (0..count).map(|index| (index % 10) as u8).collect())
}

/// The numbers of the images of an epoch, batch by batch, each checked against its label.
fn numbers(batches: Batches) -> Result<Vec<Vec<usize>>> {
    batches
        .map(|(images, labels)| {
            let labels: Vec<i64> = Vec::try_from(&labels)?;
            assert_eq!(images.size(), [labels.len() as i64, 784]);
            let pixels: Vec<f32> =
                Vec::try_from((images.narrow(1, 0, 2) * 255.0).round().flatten(0, -1))?;
            let numbers: Vec<usize> =
                pixels.chunks(2).map(|two| (two[0] * 256.0 + two[1]) as usize).collect();
            for (number, label) in numbers.iter().zip(labels) {
                assert_eq!(number % 10, label as usize);
            }
            Ok(numbers)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn an_epoch_holds_every_image_once_in_full_batches_but_the_last(
        count in 0usize..2000, size in 1usize..900, seed: Option<u64>,
    ) {
        let split = numbered(count).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let batches = split.batches(size);
        let batches = match seed { Some(seed) => batches.shuffle(seed), None => batches };
        prop_assert_eq!(batches.len(), count.div_ceil(size));
        let epoch = numbers(batches).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(epoch.iter().rev().skip(1).all(|batch| batch.len() == size));
        prop_assert!(epoch.last().is_none_or(|last| (1..=size).contains(&last.len())));
        let mut all = epoch.concat();
        if seed.is_some() {
            all.sort_unstable();
        }
        prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
    }

    #[test]
    fn a_seed_decides_the_order_whatever_the_batch_size(seed: u64, size in 1usize..100) {
        let split = numbered(200).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let order = |seed: u64, size: usize| match numbers(split.batches(size).shuffle(seed)) {
            Ok(epoch) => Ok(epoch.concat()),
            Err(error) => Err(TestCaseError::fail(error.to_string())),
        };
        prop_assert_eq!(order(seed, size)?, order(seed, 30)?);
        prop_assert_ne!(order(seed, size)?, order(seed.wrapping_add(1), size)?);
    }
}

#[test]
fn the_order_of_a_seed_never_changes() -> Result<()> {
    let epoch = numbers(numbered(10)?.batches(4).shuffle(7))?;
    assert_eq!(epoch, ORDER_OF_SEED_7);
    Ok(())
}

/// Pinned: whoever trained with a seed must be able to do it again.
const ORDER_OF_SEED_7: [&[usize]; 3] = [&[9, 5, 8, 6], &[1, 2, 4, 7], &[0, 3]];

#[test]
fn shuffling_leaves_the_random_numbers_of_libtorch_alone() -> Result<()> {
    let split = numbered(50)?;
    tch::manual_seed(3);
    let expected = f64::try_from(Tensor::rand([1], (tch::Kind::Double, tch::Device::Cpu)))?;
    tch::manual_seed(3);
    assert_eq!(split.batches(30).shuffle(1).count(), 2);
    let found = f64::try_from(Tensor::rand([1], (tch::Kind::Double, tch::Device::Cpu)))?;
    assert_eq!(found, expected);
    Ok(())
}

#[test]
fn shuffling_an_epoch_under_way_shuffles_what_is_left() -> Result<()> {
    let split = numbered(100)?;
    let mut batches = split.batches(30);
    assert!(batches.next().is_some());
    assert_eq!(format!("{batches:?}"), "Batches { of: 30, left: 3 }");
    let mut rest = numbers(batches.shuffle(1))?.concat();
    rest.sort_unstable();
    assert_eq!(rest, (30..100).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn shuffling_twice_is_shuffling_once_more() -> Result<()> {
    let split = numbered(40)?;
    let twice = numbers(split.batches(7).shuffle(1).shuffle(2))?.concat();
    assert_ne!(twice, numbers(split.batches(7).shuffle(2))?.concat());
    let mut all = twice;
    all.sort_unstable();
    assert_eq!(all, (0..40).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_batch_keeps_its_images_when_the_next_ones_come() -> Result<()> {
    let split = numbered(1500)?;
    let kept: Vec<_> = split.batches(100).shuffle(4).collect();
    for ((images, labels), (again, the_same)) in kept.iter().zip(split.batches(100).shuffle(4)) {
        assert_eq!((images, labels), (&again, &the_same));
    }
    Ok(())
}

#[test]
fn batches_outlive_the_split_they_came_from() -> Result<()> {
    let kept: Batches = numbered(5)?.batches(2);
    assert_eq!(numbers(kept)?, [vec![0, 1], vec![2, 3], vec![4]]);
    Ok(())
}

#[test]
#[should_panic(expected = "batch size must be at least 1")]
fn a_batch_size_of_zero_panics_as_documented() {
    if let Ok(split) = numbered(3) {
        split.batches(0);
    }
}

#[test]
fn a_shorter_split_holds_the_first_images() -> Result<()> {
    let split = numbered(300)?;
    let first = split.first(12)?;
    assert_eq!((first.len(), first.is_empty()), (12, false));
    assert_eq!(numbers(first.batches(30))?, [(0..12).collect::<Vec<_>>()]);
    assert_eq!(first.image(11)?, split.image(11)?);
    assert_eq!(first.label_counts(), [2, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(format!("{first:?}"), "Split { images: [12, 784], labels: [12] }");
    for count in [0, 301] {
        let complaint = split.first(count).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(complaint.ends_with("expected a number from 1 to 300"), "{complaint}");
    }
    Ok(())
}

#[test]
fn a_split_of_unequal_halves_or_odd_labels_is_refused() {
    let complaint = |pixels: usize, labels: Vec<u8>| {
        Split::new(vec![0; pixels], labels).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(complaint(783, vec![1]), "783 pixels for 1 labels; expected 784 for each");
    assert_eq!(complaint(784, vec![10]), "label 10; expected labels from 0 to 9");
}
