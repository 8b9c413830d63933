//! What is written and read: weights, and records for TensorBoard.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use mnist_tutorial::data::{Mnist, Settings};
use mnist_tutorial::model::Network;
use mnist_tutorial::plot::{self, Figure};
use mnist_tutorial::tensorboard::Run;

/// Storing waits until the disk has the file, so that it survives a power cut.
fn weights(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.safetensors");
    let network = Network::new(0).unwrap();
    let mut group = criterion.benchmark_group("weights");
    group.bench_function("save", |bencher| bencher.iter(|| network.save(&file).unwrap()));
    group.bench_function("load", |bencher| bencher.iter(|| Network::load(&file).unwrap()));
    group.finish();
}

fn figure(data: &Mnist) -> Figure {
    plot::digit(&data.test, 0).unwrap()
}

fn log(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::create(folder.path().join("run")).unwrap();
    let network = Network::new(0).unwrap();
    let (_, weight) = network.named_tensors().swap_remove(0); // [490, 784]
    let data = Mnist::load_with(&Settings::from_environment().unwrap(), &mut |_| ()).unwrap();
    let picture = figure(&data);
    let mut step = 0;
    let mut next = move || {
        step += 1;
        step
    };
    let mut group = criterion.benchmark_group("log");
    group.bench_function("number", |bencher| {
        bencher.iter(|| run.scalar("loss", next(), 0.5).unwrap());
    });
    group.bench_function("two-numbers", |bencher| {
        let values = [("batch/loss", 0.5), ("batch/learning_rate", 0.003)];
        bencher.iter(|| run.scalars(next(), &values).unwrap());
    });
    group.bench_function("histogram-of-384160", |bencher| {
        bencher.iter(|| run.histogram("weights", next(), &weight).unwrap());
    });
    group.bench_function("picture", |bencher| {
        bencher.iter(|| run.image("digit", next(), &picture).unwrap());
    });
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = weights, log }
criterion_main!(benches);
