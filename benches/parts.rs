//! The parts of the library, each by itself; `cargo bench -- step` measures the group `step` alone.
//!
//! All take some minutes. Without MNIST they run on the look-alike digits, which `Mnist::load`
//! says loudly. The step by hand has benches of its own: `cargo bench -p sparse-step`; whole epochs
//! and tests are timed by `cargo xtask bench`.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mnist_tutorial::data::files::{TEST_COUNT, TRAIN_COUNT};
use mnist_tutorial::data::{Mnist, look_alike};
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::plot::{self, Figure};
use mnist_tutorial::train::{EpochReport, History};
use tch::nn::{self, OptimizerConfig};

/// Images between two updates, the course's.
const BATCH: usize = 30;

/// Short measurements: a machine's noise is larger than what longer ones would gain.
fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
}

fn mnist() -> Mnist {
    let data = Mnist::load().unwrap();
    println!("on {}", data.source);
    data
}

/// From the files that are there: packed ones where MNIST is, unpacked look-alikes otherwise.
fn load(criterion: &mut Criterion) {
    let folder = mnist().source.folder().to_owned();
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

/// One step of the plain training loop, which notebook 3 writes down, on 30 images: its parts in
/// their order. On one thread: with more, other work on the machine would decide.
fn step(criterion: &mut Criterion) {
    let data = mnist();
    let before = tch::get_num_threads();
    tch::set_num_threads(1);
    let mut group = criterion.benchmark_group("step");
    // A batch is cut from images copied together for 20 batches; the mean tells.
    let mut batches = (0..).flat_map(|seed| data.train.batches(BATCH).shuffle(seed));
    group.bench_function("1-batch", |bencher| bencher.iter(|| batches.next().unwrap()));

    let (images, labels) = batches.next().unwrap();
    let network = Network::new(0).unwrap();
    let loss_of = |network: &Network| network.forward(&images).unwrap().nll_loss(&labels);
    group.bench_function("2-forward", |bencher| {
        bencher.iter(|| network.forward(black_box(&images)).unwrap());
    });
    let log_probabilities = network.forward(&images).unwrap();
    group.bench_function("3-loss", |bencher| {
        bencher.iter(|| log_probabilities.nll_loss(black_box(&labels)));
    });
    group.bench_function("4-backward", |bencher| {
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
    group.bench_function("5-update", |bencher| bencher.iter(|| rule.step()));
    // The updates of one and the same gradient have led anywhere.
    let network = Network::new(0).unwrap();
    let mut rule = optimizer(&network);
    group.bench_function("whole", |bencher| {
        bencher.iter(|| rule.backward_step(&loss_of(&network)));
    });
    group.finish();
    tch::set_num_threads(before);
}

fn optimizer(network: &Network) -> nn::Optimizer {
    let rule = nn::Sgd { momentum: 0.9, ..nn::Sgd::default() };
    rule.build(network.variables(), 0.003).unwrap()
}

/// A training of 18 epochs that nobody has to wait for.
fn history() -> History {
    let epochs = (1..=18).map(|epoch| {
        let loss = 0.5 / epoch as f64;
        EpochReport { epoch, loss, accuracy: Some(1.0 - loss / 5.0), seconds: 1.0 }
    });
    let batch_losses = (0..36_000).map(|step| 2.3 / (1.0 + f64::from(step) / 500.0)).collect();
    History { epochs: epochs.collect(), batch_losses, stopped: None }
}

/// Of each kind of figure one: images, a grid of numbers, points, bars, a matrix.
fn figures(criterion: &mut Criterion) {
    let data = mnist();
    let network = Network::new(0).unwrap();
    let evaluation = evaluate(&network, &data.test).unwrap();
    let (history, first) = (history(), data.test.images.get(0));
    let probabilities = tch::no_grad(|| network.forward(&first.unsqueeze(0))).unwrap().exp();
    let indices: Vec<usize> = (0..12).collect();

    let pairs: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i), f64::from(i % 7))).collect();
    let maps = data.test.images.narrow(0, 0, 12).view([12, 28, 28]);

    let drawings: [(&str, &dyn Fn() -> Figure); 12] = [
        ("digits", &|| plot::digits(&data.test, &indices).unwrap()),
        ("pixels", &|| plot::pixels(&data.test, 0).unwrap()),
        ("label_histogram", &|| plot::label_histogram(&data.train).unwrap()),
        ("hidden_weights", &|| plot::hidden_weights(&network, &indices).unwrap()),
        ("batch_losses", &|| plot::batch_losses(&history.batch_losses).unwrap()),
        ("loss_curve", &|| plot::loss_curve(&history).unwrap()),
        ("curves", &|| plot::curves("t", "x", "y", &[("a", &pairs), ("b", &pairs)]).unwrap()),
        ("maps", &|| plot::maps(&maps, &["a"; 12]).unwrap()),
        ("network", &|| plot::network(Sizes::default()).unwrap()),
        ("confusion_matrix", &|| plot::confusion_matrix(&evaluation).unwrap()),
        ("calibration", &|| plot::calibration(&evaluation).unwrap()),
        ("view_classify", &|| plot::view_classify(&first, &probabilities).unwrap()),
    ];
    for (name, draw) in drawings {
        criterion.bench_function(&format!("plot/{name}"), |bencher| bencher.iter(draw));
    }
}

criterion_group! { name = benches; config = criterion(); targets = load, step, figures }
criterion_main!(benches);
