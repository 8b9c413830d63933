//! What the benchmarks share: the digits and criterion's settings.
//!
//! `cargo bench` runs them all in some minutes, `cargo bench --bench step` one file. Without
//! MNIST they run on the look-alike digits, which `Mnist::load` says loudly.
#![allow(dead_code, missing_docs, clippy::unwrap_used)] // Each benchmark uses a part of it.

use std::time::Duration;

use criterion::Criterion;
use mnist_tutorial::data::Mnist;

/// Images between two updates, the course's.
pub const BATCH: usize = 30;

/// Short measurements: a machine's noise is larger than what longer ones would gain.
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
}

pub fn mnist() -> Mnist {
    let data = Mnist::load().unwrap();
    println!("on {}", data.source);
    data
}

/// `share` of the training images, and all to test with.
pub fn small(data: &Mnist, share: usize) -> Mnist {
    Mnist {
        train: data.train.first(share).unwrap(),
        test: data.test.range(0..data.test.len()).unwrap(),
        source: data.source.clone(),
    }
}
