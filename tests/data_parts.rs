//! Parts of a split are the images they say they are, and what is held out is not trained on.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use mnist_tutorial::data::Split;
use proptest::prelude::*;
use tch::Tensor;
use train_support::{data, digits, message};

/// Pixels and labels of every image, as bytes and as tensors.
fn all(split: &Split) -> (Vec<Vec<u8>>, Vec<u8>, Tensor) {
    let images = (0..split.len()).map(|index| split.image(index).unwrap().to_vec());
    let labels = (0..split.len()).map(|index| split.label(index).unwrap());
    let rows = split.images.copy();
    (images.collect(), labels.collect(), rows)
}

#[test]
fn what_is_held_out_is_the_end_of_the_training_images() {
    let data = data(50, 7);
    let chosen = data.hold_out(12).unwrap();
    assert_eq!((chosen.train.len(), chosen.test.len()), (38, 12));
    let (images, labels, rows) = all(&data.train);
    let (kept, kept_labels, kept_rows) = all(&chosen.train);
    let (held, held_labels, held_rows) = all(&chosen.test);
    assert_eq!([kept, held].concat(), images);
    assert_eq!([kept_labels, held_labels].concat(), labels);
    assert!(Tensor::cat(&[kept_rows, held_rows], 0).equal(&rows));
    assert_eq!(data.test.len(), 7);
    for wrong in [0, 50, 51] {
        let error = message(data.hold_out(wrong));
        assert!(error.contains(&wrong.to_string()) && error.contains("1 to 49"), "{error}");
    }
}

#[test]
fn a_fingerprint_tells_images_and_labels_apart() {
    let split = digits(3, 20);
    assert_eq!(split.fingerprint(), digits(3, 20).fingerprint());
    assert_ne!(split.fingerprint(), digits(4, 20).fingerprint());
    assert_ne!(split.fingerprint(), split.first(19).unwrap().fingerprint());
    assert_eq!(
        split.first(19).unwrap().fingerprint(),
        digits(3, 20).range(0..19).unwrap().fingerprint()
    );
    // CRC-32C of 784 zeros and a label 0, by the definition of the checksum.
    let blank = Split::new(vec![0; 784], vec![0]).unwrap();
    assert_eq!(
        blank.fingerprint(),
        format!("1 images, CRC-32C {:08x}", crc_by_definition(&[0; 785]))
    );
}

/// CRC-32C bit by bit: reflected polynomial 0x82f63b78, all ones before and inverted after.
fn crc_by_definition(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_part_of_a_part_is_that_part(
        start in 0usize..30, length in 0usize..30, inner in 0usize..30, inner_length in 0usize..30,
    ) {
        let split = digits(5, 30);
        let range = start..start + length;
        let Ok(part) = split.range(range.clone()) else {
            prop_assert!(range.end > 30);
            return Ok(());
        };
        prop_assert!(range.end <= 30);
        prop_assert_eq!(part.len(), length);
        let counted: usize = part.label_counts().iter().sum();
        prop_assert_eq!(counted, length);
        if let Ok(inside) = part.range(inner..inner + inner_length) {
            for index in 0..inner_length {
                let place = start + inner + index;
                prop_assert_eq!(inside.image(index).unwrap(), split.image(place).unwrap());
                prop_assert_eq!(inside.label(index).unwrap(), split.label(place).unwrap());
                prop_assert!(inside.images.get(index as i64).equal(&split.images.get(place as i64)));
                prop_assert_eq!(
                    inside.labels.int64_value(&[index as i64]),
                    i64::from(split.label(place).unwrap())
                );
            }
        } else {
            prop_assert!(inner + inner_length > length);
        }
    }
}
