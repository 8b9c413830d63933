//! What an observer is told, when it can stop a training, and what the history says.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::ops::ControlFlow;

use anyhow::Result;
use mnist_tutorial::evaluate::evaluate;
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{
    BatchReport, EpochReport, History, Lines, Observer, TrainConfig, train,
};
use train_support::{NARROW, alone, data};

/// Writes everything down, and stops where it is told to.
#[derive(Default)]
struct Diary {
    batches: Vec<BatchReport>,
    epochs: Vec<EpochReport>,
    order: Vec<String>,
    stop: Option<&'static str>,
}

impl Diary {
    fn note(&mut self, entry: String) -> Result<ControlFlow<()>> {
        let stop = self.stop == Some(entry.as_str());
        self.order.push(entry);
        Ok(if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

impl Observer for Diary {
    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        self.batches.push(*report);
        self.note(format!("{}.{}", report.epoch, report.batch))
    }

    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        self.epochs.push(*report);
        self.note(format!("{}", report.epoch))
    }
}

/// 10 images in batches of 4, 4 and 2, three times.
fn config() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 4,
        learning_rate: 0.05,
        threads: Some(1),
        ..TrainConfig::default()
    }
}

fn run(config: &TrainConfig, diary: &mut Diary) -> (History, Network) {
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    let history = train(&mut network, &data(10, 30), config, diary).unwrap();
    (history, network)
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

#[test]
fn an_observer_sees_every_batch_and_epoch_in_order() {
    let _alone = alone();
    let mut diary = Diary::default();
    let (history, _) = run(&config(), &mut diary);
    let expected = ["1.1", "1.2", "1.3", "1", "2.1", "2.2", "2.3", "2", "3.1", "3.2", "3.3", "3"];
    assert_eq!(diary.order, expected);
    assert!(diary.batches.iter().all(|report| report.epochs == 3 && report.batches == 3));
    let images: Vec<usize> = diary.batches.iter().map(|report| report.images).collect();
    assert_eq!(images, [4, 4, 2, 4, 4, 2, 4, 4, 2]);
    let losses: Vec<f64> = diary.batches.iter().map(|report| report.loss).collect();
    assert_eq!(losses, history.batch_losses);
    assert_eq!(diary.epochs, history.epochs);
}

#[test]
fn the_loss_of_an_epoch_is_the_mean_of_its_batches_losses_the_short_one_included() {
    let _alone = alone();
    let mut diary = Diary::default();
    let (history, _) = run(&config(), &mut diary);
    let losses = history.losses();
    assert_eq!(losses.len(), 3);
    for (loss, batches) in losses.iter().zip(history.batch_losses.chunks(3)) {
        assert!((loss - mean(batches)).abs() < 1e-12);
        let by_image = (4.0 * batches[0] + 4.0 * batches[1] + 2.0 * batches[2]) / 10.0;
        assert!((loss - by_image).abs() > 1e-6, "the test should tell the two means apart");
    }
}

#[test]
fn the_loss_told_is_that_of_the_batch_before_its_update() {
    let _alone = alone();
    let mut diary = Diary::default();
    run(&config(), &mut diary);
    let data = data(10, 30);
    let (images, labels) = data.train.batches(4).shuffle(config().shuffle_seed(1)).next().unwrap();
    let fresh = Network::with_sizes(NARROW, 1).unwrap();
    let loss = fresh.forward(&images).unwrap().nll_loss(&labels).double_value(&[]);
    assert!((diary.batches[0].loss - loss).abs() < 1e-6);
}

#[test]
fn a_break_after_a_batch_ends_the_training_there() {
    let _alone = alone();
    let mut diary = Diary { stop: Some("2.2"), ..Diary::default() };
    let config = TrainConfig { test_every_epoch: true, ..config() };
    let (history, network) = run(&config, &mut diary);
    assert_eq!(diary.order, ["1.1", "1.2", "1.3", "1", "2.1", "2.2", "2"]);
    assert_eq!(history.batch_losses.len(), 5);
    // The epoch that was begun is reported with what there is of it.
    let begun = history.epochs[1];
    assert_eq!((begun.epoch, history.epochs.len()), (2, 2));
    assert!((begun.loss - mean(&history.batch_losses[3..])).abs() < 1e-12);
    let accuracy = evaluate(&network, &data(10, 30).test).unwrap().accuracy();
    assert_eq!(begun.accuracy, Some(accuracy));
}

#[test]
fn a_break_after_an_epoch_ends_the_training_there() {
    let _alone = alone();
    let mut diary = Diary { stop: Some("2"), ..Diary::default() };
    let (history, _) = run(&config(), &mut diary);
    assert_eq!(diary.order, ["1.1", "1.2", "1.3", "1", "2.1", "2.2", "2.3", "2"]);
    assert_eq!((history.epochs.len(), history.batch_losses.len()), (2, 6));
}

#[test]
fn accuracy_is_measured_only_when_asked_for() {
    let _alone = alone();
    let (history, _) = run(&config(), &mut Diary::default());
    assert!(history.epochs.iter().all(|epoch| epoch.accuracy.is_none()));
    let asked = TrainConfig { test_every_epoch: true, ..config() };
    let (history, network) = run(&asked, &mut Diary::default());
    assert!(history.epochs.iter().all(|epoch| epoch.accuracy.is_some()));
    let accuracy = evaluate(&network, &data(10, 30).test).unwrap().accuracy();
    assert_eq!(history.epochs[2].accuracy, Some(accuracy));
}

#[test]
fn a_batch_larger_than_the_set_holds_it_all() {
    let _alone = alone();
    let mut diary = Diary::default();
    run(&TrainConfig { batch_size: 1_000_000, epochs: 1, ..config() }, &mut diary);
    let [report] = diary.batches[..] else { panic!("{:?}", diary.batches) };
    assert_eq!((report.batch, report.batches, report.images), (1, 1, 10));
}

#[test]
fn seconds_are_counted_and_add_up() {
    let _alone = alone();
    let (history, _) = run(&config(), &mut Diary::default());
    let seconds: Vec<f64> = history.epochs.iter().map(|epoch| epoch.seconds).collect();
    assert!(seconds.iter().all(|seconds| *seconds > 0.0), "{seconds:?}");
    assert!((history.seconds() - seconds.iter().sum::<f64>()).abs() < 1e-12);
}

#[test]
fn an_epochs_line_reads_as_in_the_course() {
    let mut report = EpochReport { epoch: 7, loss: 0.51006, accuracy: None, seconds: 1.0 };
    assert_eq!(report.to_string(), "Epoch 7 - Training loss: 0.5101");
    report.accuracy = Some(0.9214);
    assert_eq!(report.to_string(), "Epoch 7 - Training loss: 0.5101, test accuracy: 92.14 %");
    let network = Network::with_sizes(NARROW, 0).unwrap();
    assert_eq!(Lines.on_epoch(&report, &network).unwrap(), ControlFlow::Continue(()));
}

#[test]
fn an_observer_may_leave_out_what_it_does_not_need() {
    let _alone = alone();
    struct OnlyEpochs(usize);
    impl Observer for OnlyEpochs {
        fn on_epoch(&mut self, _: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
            self.0 += 1;
            Ok(ControlFlow::Continue(()))
        }
    }
    let mut observer = OnlyEpochs(0);
    let mut network = Network::with_sizes(NARROW, 1).unwrap();
    train(&mut network, &data(10, 10), &config(), &mut observer).unwrap();
    assert_eq!(observer.0, 3);
}
