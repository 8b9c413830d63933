//! Training and testing as the library does them.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

mod support;

use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{TrainConfig, train};

/// On one thread: with more, other work on the machine would decide (`cargo xtask bench` has both).
fn epoch(criterion: &mut Criterion) {
    let data = support::mnist();
    let config = TrainConfig { epochs: 1, threads: Some(1), ..TrainConfig::default() };
    let mut group = criterion.benchmark_group("train");
    group.sample_size(10);
    for (name, count) in [("100-steps", 100 * support::BATCH), ("epoch", data.train.len())] {
        let part = support::small(&data, count);
        group.throughput(Throughput::Elements(count as u64));
        group.measurement_time(Duration::from_secs(if name == "epoch" { 10 } else { 2 }));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || Network::new(0).unwrap(),
                |mut network| train(&mut network, &part, &config, &mut ()).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn test(criterion: &mut Criterion) {
    let data = support::mnist();
    let network = Network::new(0).unwrap();
    let mut group = criterion.benchmark_group("test");
    group.throughput(Throughput::Elements(data.test.len() as u64));
    group.bench_function("10000-images", |bencher| {
        bencher.iter(|| evaluate(&network, &data.test).unwrap());
    });
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = epoch, test }
criterion_main!(benches);
