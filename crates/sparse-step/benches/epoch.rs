//! Whole epochs on one and two threads, and the forward pass, on images as sparse as MNIST's.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

use std::ops::ControlFlow;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sparse_step::{Forward, Parameters, Rule, Sizes, SparseImages, Trainer, Weights};

const SIZES: Sizes = Sizes { inputs: 784, hidden: 490 };
const IMAGES: usize = 6_000;
const BATCH: usize = 30;

/// A blob of some 150 lit pixels an image, each in another place.
fn images() -> SparseImages {
    let mut images = SparseImages::new(SIZES.inputs).unwrap();
    for index in 0..IMAGES {
        let (x, y) = ((9 + index % 7) as f32, (8 + index % 11) as f32);
        let pixel = |place: usize| {
            let far = ((place % 28) as f32 - x).hypot((place / 28) as f32 - y);
            (1.0 - far / 7.0).max(0.0)
        };
        images.push_rows(&(0..SIZES.inputs).map(pixel).collect::<Vec<f32>>()).unwrap();
    }
    images
}

/// Small weights that look random.
fn parameters() -> Parameters {
    let mut weights = Weights::zeros(SIZES);
    let numbers = weights.hidden_weights.iter_mut().chain(&mut weights.output_weights);
    for (index, number) in numbers.enumerate() {
        *number = ((index * 7919 % 1009) as f32 / 1009.0 - 0.5) / 14.0;
    }
    Parameters::new(weights)
}

fn epochs(criterion: &mut Criterion) {
    let (images, labels) = (images(), (0..IMAGES).map(|index| (index % 10) as u8).collect());
    let rule = Rule { momentum: 0.9, weight_decay: 0.0, nesterov: false };
    let mut forward = Forward::new(SIZES, &parameters().weights).unwrap();
    let mut trainer = Trainer::new(SIZES.hidden, images.clone(), labels, rule, BATCH).unwrap();
    let order: Vec<usize> = (0..IMAGES).map(|place| place * 7 % IMAGES).collect();
    let rates = [0.003; IMAGES / BATCH];
    let mut group = criterion.benchmark_group("sparse-step");
    group.sample_size(20).throughput(Throughput::Elements(IMAGES as u64));
    for threads in [1, 2] {
        let mut parameters = parameters();
        group.bench_function(BenchmarkId::new("epoch", threads), |bencher| {
            bencher.iter(|| {
                let mut listen = |_, _| ControlFlow::Continue(());
                trainer.epoch(&mut parameters, &order, &rates, threads, &mut listen).unwrap()
            });
        });
    }
    group.bench_function("forward", |bencher| {
        bencher.iter(|| forward.log_probabilities(&images).unwrap());
    });
    group.finish();
}

criterion_group!(benches, epochs);
criterion_main!(benches);
