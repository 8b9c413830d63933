//! Loading and checking MNIST, and drawing look-alike digits in its place.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

mod support;

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mnist_tutorial::data::files::{TEST_COUNT, TRAIN_COUNT};
use mnist_tutorial::data::{Mnist, look_alike};

/// From the files that are there: packed ones where MNIST is, unpacked look-alikes otherwise.
fn load(criterion: &mut Criterion) {
    let folder = support::mnist().source.folder().to_owned();
    let mut group = criterion.benchmark_group("data");
    group.sample_size(10);
    group.measurement_time(Duration::from_secs(6));
    group.throughput(Throughput::Elements((TRAIN_COUNT + TEST_COUNT) as u64));
    group.bench_function("load-and-check", |bencher| {
        bencher.iter(|| Mnist::load_from(&folder).unwrap());
    });
    group.bench_function("draw-look-alikes", |bencher| {
        bencher.iter(|| look_alike::draw(look_alike::SEED));
    });
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = load }
criterion_main!(benches);
