//! Loading the real MNIST. Needs `MNIST_DIR`; says so where it is not set.
#![cfg(feature = "torch")]

use anyhow::{Context, Result};
use mnist_tutorial::data::{Mnist, Source};
use std::path::PathBuf;
use tch::Kind;

/// The folder of the real files, or `None` with the reason printed.
fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("MNIST_DIR").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: MNIST_DIR is not set, so the real files are not at hand");
    }
    folder
}

#[test]
fn the_real_files_become_tensors_of_the_right_form() -> Result<()> {
    let Some(folder) = real() else { return Ok(()) };
    let started = std::time::Instant::now();
    let data = Mnist::load_from(&folder)?;
    println!("loaded in {:.2?}", started.elapsed());
    assert_eq!(data.source, Source::Folder(folder));
    assert!(data.source.is_real());
    assert_eq!((data.train.len(), data.test.len()), (60_000, 10_000));
    assert_eq!(data.train.images.size(), [60_000, 784]);
    assert_eq!(data.test.labels.size(), [10_000]);
    assert_eq!(
        (data.train.images.kind(), data.train.labels.kind()),
        (Kind::Float, Kind::Int64)
    );
    assert_eq!(f64::try_from(data.train.images.min())?, 0.0);
    assert_eq!(f64::try_from(data.train.images.max())?, 1.0);
    // Mean 0.1307 and standard deviation 0.3081 are the figures that PyTorch's examples normalise with.
    assert!((f64::try_from(data.train.images.mean(Kind::Double))? - 0.1307).abs() < 5e-5);
    assert!((f64::try_from(data.train.images.std(true))? - 0.3081).abs() < 5e-5);
    Ok(())
}

#[test]
fn the_real_labels_and_bytes_are_the_published_ones() -> Result<()> {
    let Some(folder) = real() else { return Ok(()) };
    let data = Mnist::load_from(&folder)?;
    let first: Vec<u8> = (0..10)
        .map(|index| data.train.label(index))
        .collect::<Result<_>>()?;
    assert_eq!(first, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(
        data.train.label_counts(),
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    );
    assert_eq!(
        data.test.label_counts(),
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    );
    let picture = data.test.picture(9_999)?;
    let row: Vec<f32> = Vec::try_from(data.test.images.get(9_999))?;
    for (byte, value) in picture.iter().zip(row) {
        assert_eq!(f32::from(*byte) / 255.0, value);
    }
    let error = data
        .test
        .picture(10_000)
        .err()
        .context("index 10,000 must be refused")?;
    assert_eq!(
        error.to_string(),
        "picture 10000 was asked for; expected an index below 10000"
    );
    Ok(())
}
