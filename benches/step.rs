//! One step of the plain training loop, part by part, on 30 images: what notebook 3 writes down.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

mod support;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use mnist_tutorial::data::Split;
use mnist_tutorial::model::Network;
use support::BATCH;
use tch::Tensor;
use tch::nn::{self, OptimizerConfig};

/// Threads of libtorch to measure with; more than there are cores only wait for each other.
fn threads() -> Vec<i32> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > 1 { vec![1, 2] } else { vec![1] }
}

fn optimizer(network: &Network) -> nn::Optimizer {
    let rule = nn::Sgd { momentum: 0.9, ..nn::Sgd::default() };
    rule.build(network.variables(), 0.003).unwrap()
}

fn batch(train: &Split) -> (Tensor, Tensor) {
    train.batches(BATCH).shuffle(0).next().unwrap()
}

/// The parts, in the order in which a step does them.
fn parts(criterion: &mut Criterion) {
    let data = support::mnist();
    let (images, labels) = batch(&data.train);
    for threads in threads() {
        tch::set_num_threads(threads);
        let mut group = criterion.benchmark_group("step");
        let mut network = Network::new(0).unwrap();
        let loss_of = |network: &Network| network.forward(&images).unwrap().nll_loss(&labels);

        // A batch is cut from pictures copied together for 20 batches; the mean tells.
        let mut batches = data.train.batches(BATCH).shuffle(0);
        group.bench_function(BenchmarkId::new("1-batch", threads), |bencher| {
            bencher.iter(|| match batches.next() {
                Some(batch) => black_box(batch),
                None => {
                    batches = data.train.batches(BATCH).shuffle(0);
                    batches.next().unwrap()
                }
            });
        });
        group.bench_function(BenchmarkId::new("2-forward", threads), |bencher| {
            bencher.iter(|| network.forward(black_box(&images)).unwrap());
        });
        let log_probabilities = network.forward(&images).unwrap();
        group.bench_function(BenchmarkId::new("3-loss", threads), |bencher| {
            bencher.iter(|| log_probabilities.nll_loss(black_box(&labels)));
        });
        group.bench_function(BenchmarkId::new("4-backward", threads), |bencher| {
            bencher.iter_batched(
                || {
                    for (_, mut weight) in network.named_tensors() {
                        weight.zero_grad();
                    }
                    loss_of(&network)
                },
                |loss| loss.backward(),
                BatchSize::PerIteration,
            );
        });
        loss_of(&network).backward();
        let mut rule = optimizer(&network);
        group.bench_function(BenchmarkId::new("5-update", threads), |bencher| {
            bencher.iter(|| rule.step());
        });
        // The updates of one and the same gradient have led anywhere.
        network = Network::new(0).unwrap();
        let mut rule = optimizer(&network);
        group.bench_function(BenchmarkId::new("whole", threads), |bencher| {
            bencher.iter(|| rule.backward_step(&loss_of(&network)));
        });
        group.finish();
    }
}

criterion_group! { name = benches; config = support::criterion(); targets = parts }
criterion_main!(benches);
