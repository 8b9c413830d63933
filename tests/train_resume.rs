//! A training that was stopped goes on from its checkpoint to the same numbers.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{
    BatchReport, Checkpoint, EpochReport, GradientMethod, History, Observer, Optimizer, Reads,
    Schedule, TrainConfig, train,
};
use proptest::prelude::*;
use tch::Tensor;
use tempfile::TempDir;
use train_support::{WIDE, alone, data, message, weight_bits};

/// Ten epochs of seven batches, the last of them short.
fn ten() -> TrainConfig {
    TrainConfig {
        epochs: 10,
        batch_size: 8,
        learning_rate: 0.01,
        threads: Some(1),
        test_every_epoch: true,
        ..TrainConfig::default()
    }
}

fn network() -> Network {
    Network::with_sizes(WIDE, 3).unwrap()
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("training.safetensors");
    (folder, file)
}

/// Everything of a history but the time, bit by bit.
fn bits(history: &History) -> Vec<Option<u64>> {
    let epochs = history.epochs.iter().flat_map(|report| {
        let bits = [report.epoch as u64, report.loss.to_bits()].map(Some);
        bits.into_iter().chain([report.accuracy.map(f64::to_bits)])
    });
    epochs.chain(history.batch_losses.iter().map(|loss| Some(loss.to_bits()))).collect()
}

/// Ends a training in order after an epoch, or by an error in the middle of the next one.
struct Stop {
    epoch: usize,
    in_the_middle: bool,
}

impl Observer for Stop {
    fn reads(&self) -> Reads {
        Reads::Report
    }

    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        if self.in_the_middle && report.epoch == self.epoch + 1 && report.batch == 4 {
            bail!("the power went");
        }
        Ok(ControlFlow::Continue(()))
    }

    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        let stop = !self.in_the_middle && report.epoch == self.epoch;
        Ok(if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// Stops a training after `epoch`, in one way or the other, goes on from its file, and compares
/// with one that was never stopped.
fn assert_goes_on(config: &TrainConfig, epoch: usize, in_the_middle: bool) {
    let data = data(52, 20);
    let mut whole = network();
    let expected = train(&mut whole, &data, config, &mut ()).unwrap();

    let (_folder, file) = place();
    let stored = TrainConfig { checkpoint: Some(file.clone()), ..config.clone() };
    let mut stop = Stop { epoch, in_the_middle };
    let stopped = train(&mut network(), &data, &stored, &mut stop);
    assert_eq!(stopped.is_err(), in_the_middle);
    let checkpoint = Checkpoint::load(&file).unwrap();
    assert_eq!(checkpoint.history.epochs.len(), epoch);
    assert_eq!(checkpoint.config, stored);
    let (resumed, history) = checkpoint.resume(&data, &mut ()).unwrap();
    assert_eq!(bits(&history), bits(&expected), "{config:?} after {epoch}");
    assert!(weight_bits(&resumed) == weight_bits(&whole), "{config:?} after {epoch}");
    let mut notes = resumed.notes().clone();
    assert!(notes.remove("writer").unwrap().starts_with("mnist_tutorial "));
    assert_eq!(notes, *whole.notes());
    let end = Checkpoint::load(&file).unwrap();
    assert!(weight_bits(&end.network) == weight_bits(&whole), "the file is not the last epoch");
}

#[test]
fn after_any_epoch_and_with_any_optimizer_it_comes_to_the_same_bits() {
    let _alone = alone();
    for optimizer in Optimizer::ALL {
        for (epoch, in_the_middle) in [(1, false), (1, true), (9, false), (9, true)] {
            assert_goes_on(&TrainConfig { optimizer, ..ten() }, epoch, in_the_middle);
        }
    }
}

#[test]
fn either_way_of_computing_gradients_goes_on_whatever_the_number_of_threads() {
    let _alone = alone();
    for gradients in [GradientMethod::Autograd, GradientMethod::ByHand] {
        for optimizer in [Optimizer::Sgd, Optimizer::Nesterov] {
            let config = TrainConfig { gradients, optimizer, weight_decay: 0.01, ..ten() };
            assert_goes_on(&config, 4, true);
        }
    }
    assert_goes_on(
        &TrainConfig { gradients: GradientMethod::ByHand, threads: None, ..ten() },
        4,
        true,
    );
}

#[test]
fn schedules_dropout_and_weight_decay_go_on_as_well() {
    let _alone = alone();
    let step = Schedule::Step { every: 2, factor: 0.5 };
    for schedule in [step, Schedule::Cosine, Schedule::OneCycle] {
        let config = TrainConfig { schedule, dropout: 0.3, weight_decay: 0.01, ..ten() };
        assert_goes_on(&config, 4, true);
    }
    assert_goes_on(&TrainConfig { momentum: 0.0, ..ten() }, 5, false);
}

#[test]
fn a_checkpoint_every_epoch_changes_nothing_of_what_is_learnt() {
    let _alone = alone();
    let (data, (_folder, file)) = (data(52, 20), place());
    let (mut plain, mut stored) = (network(), network());
    let without = train(&mut plain, &data, &ten(), &mut ()).unwrap();
    let config = TrainConfig { checkpoint: Some(file), ..ten() };
    let with = train(&mut stored, &data, &config, &mut ()).unwrap();
    assert_eq!(bits(&with), bits(&without));
    assert!(weight_bits(&stored) == weight_bits(&plain));
}

#[test]
fn a_training_can_be_made_longer() {
    let _alone = alone();
    let (data, (_folder, file)) = (data(52, 20), place());
    let short = TrainConfig { epochs: 4, checkpoint: Some(file.clone()), ..ten() };
    train(&mut network(), &data, &short, &mut ()).unwrap();
    let mut checkpoint = Checkpoint::load(&file).unwrap();
    checkpoint.config.epochs = 10;
    let (longer, history) = checkpoint.resume(&data, &mut ()).unwrap();
    let mut whole = network();
    let expected = train(&mut whole, &data, &ten(), &mut ()).unwrap();
    assert_eq!(bits(&history), bits(&expected));
    assert!(weight_bits(&longer) == weight_bits(&whole));
}

#[test]
fn a_schedule_laid_out_for_so_many_epochs_keeps_their_number() {
    let _alone = alone();
    let (data, (_folder, file)) = (data(52, 20), place());
    for (schedule, may) in
        [(Schedule::Cosine, false), (Schedule::OneCycle, false), (Schedule::Constant, true)]
    {
        let config = TrainConfig { epochs: 2, schedule, checkpoint: Some(file.clone()), ..ten() };
        train(&mut network(), &data, &config, &mut ()).unwrap();
        let mut checkpoint = Checkpoint::load(&file).unwrap();
        checkpoint.config.epochs = 3;
        let resumed = checkpoint.resume(&data, &mut ());
        assert_eq!(resumed.is_ok(), may, "{schedule}");
        if !may {
            let error = message(resumed);
            assert!(error.contains("3 epochs in place of 2"), "{error}");
        }
    }
}

#[test]
fn a_training_that_fails_leaves_no_notes_of_an_earlier_one() {
    let _alone = alone();
    let data = data(52, 20);
    let mut network = network();
    train(&mut network, &data, &TrainConfig { epochs: 1, ..ten() }, &mut ()).unwrap();
    assert_eq!(network.notes()["epoch"], "1");
    let mut stop = Stop { epoch: 0, in_the_middle: true };
    train(&mut network, &data, &ten(), &mut stop).unwrap_err();
    assert!(network.notes().is_empty(), "{:?}", network.notes());
}

#[test]
fn a_training_that_is_done_returns_what_it_came_to() {
    let _alone = alone();
    let (data, (_folder, file)) = (data(52, 20), place());
    let config = TrainConfig { checkpoint: Some(file.clone()), epochs: 2, ..ten() };
    let mut done = network();
    let expected = train(&mut done, &data, &config, &mut ()).unwrap();
    let before = fs::read(&file).unwrap();
    let (again, history) = Checkpoint::load(&file).unwrap().resume(&data, &mut ()).unwrap();
    assert_eq!(bits(&history), bits(&expected));
    assert!(weight_bits(&again) == weight_bits(&done));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn it_does_not_go_on_with_other_images_or_other_batches() {
    let _alone = alone();
    let (same, (_folder, file)) = (data(52, 20), place());
    let config = TrainConfig { checkpoint: Some(file.clone()), epochs: 2, ..ten() };
    train(&mut network(), &same, &config, &mut ()).unwrap();
    let before = fs::read(&file).unwrap();
    let error = message(Checkpoint::load(&file).unwrap().resume(&data(60, 20), &mut ()));
    for word in ["52 images", "60 images", "CRC-32C", "give it the same images"] {
        assert!(error.contains(word), "{error} lacks {word}");
    }
    let mut checkpoint = Checkpoint::load(&file).unwrap();
    checkpoint.config.batch_size = 5;
    let error = message(checkpoint.resume(&same, &mut ()));
    assert!(error.contains("batch_size must stay as it was"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn files_of_weights_and_of_trainings_are_told_apart() {
    let _alone = alone();
    let (data, (folder, file)) = (data(52, 20), place());
    let config = TrainConfig { checkpoint: Some(file.clone()), epochs: 1, ..ten() };
    let mut trained = network();
    train(&mut trained, &data, &config, &mut ()).unwrap();
    let error = message(Network::load(&file));
    assert!(error.contains("Checkpoint::load("), "{error}");
    let weights = folder.path().join("weights.safetensors");
    trained.save(&weights).unwrap();
    let error = message(Checkpoint::load(&weights));
    assert!(error.contains("for weights alone use `Network::load`"), "{error}");
    assert_eq!(Network::load(&weights).unwrap().notes()["epoch"], "1");
}

#[test]
fn what_the_optimizer_remembers_must_fit() {
    let _alone = alone();
    let (data, (_folder, file)) = (data(52, 20), place());
    let config = TrainConfig { checkpoint: Some(file.clone()), epochs: 1, ..ten() };
    train(&mut network(), &data, &config, &mut ()).unwrap();
    let mut checkpoint = Checkpoint::load(&file).unwrap();
    checkpoint.config.optimizer = Optimizer::Adam;
    let error = message(checkpoint.resume(&data, &mut ()));
    assert!(error.contains("`momentum_buffer.") && error.contains("adam"), "{error}");
}

#[test]
fn where_no_checkpoint_can_be_written_nothing_is_trained() {
    let _alone = alone();
    let (data, (folder, _)) = (data(52, 20), place());
    let blocked = folder.path().join("file");
    fs::write(&blocked, "mine").unwrap();
    for bad in [folder.path().to_owned(), blocked.join("training.safetensors")] {
        let mut untouched = network();
        let config = TrainConfig { checkpoint: Some(bad), ..ten() };
        let error = message(train(&mut untouched, &data, &config, &mut ()));
        assert!(error.contains(&*folder.path().to_string_lossy()), "{error}");
        assert!(weight_bits(&untouched) == weight_bits(&network()));
    }
    assert_eq!(fs::read_to_string(&blocked).unwrap(), "mine");
}

/// A checkpoint of one epoch, as its bytes.
fn stored_bytes(file: &Path) -> Vec<u8> {
    let config = TrainConfig { checkpoint: Some(file.to_owned()), epochs: 1, ..ten() };
    train(&mut network(), &data(52, 20), &config, &mut ()).unwrap();
    fs::read(file).unwrap()
}

#[test]
fn python_finds_the_weights_beside_what_the_optimizer_remembers() {
    let _alone = alone();
    let (_folder, file) = place();
    stored_bytes(&file);
    let mut names: Vec<String> =
        Tensor::read_safetensors(&file).unwrap().into_iter().map(|(name, _)| name).collect();
    names.sort();
    let weights = ["0.bias", "0.weight", "2.bias", "2.weight"].map(String::from);
    let memory = weights.clone().map(|name| format!("optimizer.momentum_buffer.{name}"));
    let mut expected = [&weights[..], &["history.batch_losses".to_owned()], &memory].concat();
    expected.sort();
    assert_eq!(names, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_checkpoint_is_an_error_or_a_training_but_never_a_panic(
        damages in prop::collection::vec((0usize..3000, any::<u8>()), 1..6),
        keep in 0.0..1.2f64,
    ) {
        let _alone = alone();
        let (_folder, file) = place();
        let mut content = stored_bytes(&file);
        content.truncate((content.len() as f64 * keep) as usize);
        for (place, byte) in damages {
            if let Some(target) = content.get_mut(place) {
                *target = byte;
            }
        }
        fs::write(&file, &content).unwrap();
        if let Err(error) = Checkpoint::load(&file) {
            let message = format!("{error:#}");
            prop_assert!(message.contains(&*file.to_string_lossy()), "{}", message);
        }
    }
}
