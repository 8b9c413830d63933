//! Every figure of the course, drawn into memory.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a benchmark may panic.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use mnist_tutorial::compare::TimeAccuracy;
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::Network;
use mnist_tutorial::plot::{self, Figure};
use mnist_tutorial::train::{EpochReport, History, TrainConfig, train};

/// A training of 18 epochs that nobody has to wait for.
fn history() -> History {
    let epochs = (1..=18).map(|epoch| {
        let loss = 0.5 / epoch as f64;
        EpochReport { epoch, loss, accuracy: Some(1.0 - loss / 5.0), seconds: 1.0 }
    });
    let batch_losses = (0..36_000).map(|step| 2.3 / (1.0 + f64::from(step) / 500.0)).collect();
    History { epochs: epochs.collect(), batch_losses, stopped: None }
}

/// As many as the course's table has.
fn points() -> Vec<TimeAccuracy> {
    let point = |number: u32| TimeAccuracy {
        name: format!("settings {number}"),
        seconds: f64::from(number),
        accuracy: 0.97 + f64::from(number) / 1000.0,
        spread: 0.001,
    };
    (1..=12).map(point).collect()
}

fn figures(criterion: &mut Criterion) {
    let data = support::mnist();
    let part = support::small(&data, 3_000);
    let mut network = Network::new(0).unwrap();
    let config = TrainConfig { epochs: 1, threads: Some(1), ..TrainConfig::default() };
    train(&mut network, &part, &config, &mut ()).unwrap();
    let evaluation = evaluate(&network, &data.test).unwrap();
    let (history, first) = (history(), data.test.images.get(0));
    let probabilities = tch::no_grad(|| network.forward(&first.unsqueeze(0))).unwrap().exp();
    let indices: Vec<usize> = (0..12).collect();
    let mistakes = &evaluation.mistakes[..12.min(evaluation.mistakes.len())];
    let rows = data.test.images.narrow(0, 0, 5);
    let of_five = tch::no_grad(|| network.forward(&rows)).unwrap().exp();
    let points = points();

    let drawings: [(&str, &dyn Fn() -> Figure); 17] = [
        ("digit", &|| plot::digit(&data.test, 0).unwrap()),
        ("digits", &|| plot::digits(&data.test, &indices).unwrap()),
        ("pixels", &|| plot::pixels(&data.test, 0).unwrap()),
        ("label_histogram", &|| plot::label_histogram(&data.train).unwrap()),
        ("hidden_weights", &|| plot::hidden_weights(&network, &indices).unwrap()),
        ("batch_losses", &|| plot::batch_losses(&history.batch_losses).unwrap()),
        ("loss_curve", &|| plot::loss_curve(&history).unwrap()),
        ("loss_curves", &|| plot::loss_curves(&[("a", &history), ("b", &history)]).unwrap()),
        ("accuracy_curve", &|| plot::accuracy_curve(&history).unwrap()),
        ("confusion_matrix", &|| plot::confusion_matrix(&evaluation).unwrap()),
        ("accuracy_per_digit", &|| plot::accuracy_per_digit(&evaluation).unwrap()),
        ("calibration", &|| plot::calibration(&evaluation).unwrap()),
        ("mistakes", &|| plot::mistakes(&data.test, mistakes).unwrap()),
        ("least_sure", &|| plot::least_sure(&data.test, &evaluation, 12).unwrap()),
        ("time_accuracy", &|| plot::time_accuracy(&points).unwrap()),
        ("view_classify", &|| plot::view_classify(&first, &probabilities).unwrap()),
        ("view_classify_row", &|| {
            plot::view_classify_row(&data.test, &indices[..5], &of_five).unwrap()
        }),
    ];
    let mut group = criterion.benchmark_group("plot");
    group.sample_size(10);
    for (name, draw) in drawings {
        group.bench_function(name, |bencher| bencher.iter(draw));
    }
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = figures }
criterion_main!(benches);
