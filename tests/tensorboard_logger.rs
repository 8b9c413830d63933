//! A logger notes what the training told and what the network holds.

mod tensorboard_support;
mod train_support;

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;
use mnist_tutorial::model::Network;
use mnist_tutorial::tensorboard::{Logger, Run};
use mnist_tutorial::train::{BatchReport, GradientMethod, Observer, TrainConfig, train};
use tch::Tensor;
use tensorboard_support::{scalars, tensors};
use train_support::{NARROW, alone, data, message, weights};

/// Two epochs of seven batches.
fn config() -> TrainConfig {
    TrainConfig { epochs: 2, batch_size: 30, test_every_epoch: true, ..TrainConfig::default() }
}

/// The points of a curve.
fn curve(folder: &Path, tag: &str) -> Result<Vec<(i64, f32)>> {
    let all = scalars(folder)?.into_iter().filter(|scalar| scalar.tag == tag);
    Ok(all.map(|scalar| (scalar.step, scalar.value)).collect())
}

/// How many numbers a histogram counts.
fn total(buckets: &[f64]) -> f64 {
    buckets.chunks(3).map(|bucket| bucket[2]).sum()
}

#[test]
fn losses_rates_and_accuracies_are_those_of_the_reports() -> Result<()> {
    let _alone = alone();
    let folder = tempfile::tempdir()?;
    let (data, run) = (data(210, 50), folder.path().join("run"));
    let mut logger = Logger::start(&run, &config())?;
    let mut network = Network::with_sizes(NARROW, 0)?;
    let history = train(&mut network, &data, &config(), &mut logger)?;
    logger.finish()?;
    let losses: Vec<(i64, f32)> =
        (1..).zip(history.batch_losses.iter().map(|loss| *loss as f32)).collect();
    assert_eq!(curve(&run, "batch/loss")?, losses);
    assert_eq!(losses.len(), 14);
    assert_eq!(curve(&run, "batch/learning_rate")?[13], (14, 0.003));
    for (tag, values) in [
        ("epoch/loss", history.losses()),
        ("epoch/accuracy", history.epochs.iter().filter_map(|epoch| epoch.accuracy).collect()),
    ] {
        let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
        assert_eq!(curve(&run, tag)?, [(1, values[0]), (2, values[1])], "{tag}");
    }
    let settings = tensors(&run, "settings")?;
    let text = String::from_utf8(settings[0].1.strings[0].clone())?;
    let row = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.lines().any(|line| row(line) == "| batch_size | 30 |"), "{text}");
    Ok(())
}

/// Computes the norms another way: all numbers in one vector.
#[derive(Default)]
struct Norms(Vec<[f64; 2]>);

impl Observer for Norms {
    fn on_batch(&mut self, _: &BatchReport, network: &Network) -> Result<ControlFlow<()>> {
        let of = |tensors: Vec<Tensor>| {
            let flat: Vec<Tensor> = tensors.iter().map(|tensor| tensor.flatten(0, -1)).collect();
            Tensor::cat(&flat, 0).square().sum(tch::Kind::Double).double_value(&[]).sqrt()
        };
        let tensors = || network.named_tensors().into_iter();
        let gradients = of(tensors().map(|(_, tensor)| tensor.grad()).collect());
        self.0.push([gradients, of(tensors().map(|(_, tensor)| tensor).collect())]);
        Ok(ControlFlow::Continue(()))
    }
}

#[test]
fn norms_are_measured_as_often_as_asked() -> Result<()> {
    let _alone = alone();
    let folder = tempfile::tempdir()?;
    let data = data(210, 50);
    for (every, steps) in [(1, (1..=14).collect()), (5, vec![1, 6, 11]), (0, vec![])] {
        let run = folder.path().join(every.to_string());
        let mut logger = Logger::new(Run::create(&run)?).with_norms_every(every);
        let mut norms = Norms::default();
        let mut network = Network::with_sizes(NARROW, 0)?;
        train(&mut network, &data, &config(), &mut (&mut logger, &mut norms))?;
        for (place, tag) in ["batch/gradient_norm", "batch/weight_norm"].iter().enumerate() {
            let curve = curve(&run, tag)?;
            assert_eq!(curve.iter().map(|(step, _)| *step).collect::<Vec<_>>(), steps);
            for (step, value) in curve {
                let expected = norms.0[step as usize - 1][place];
                assert!((f64::from(value) - expected).abs() < 1e-4 * expected, "{tag} {step}");
            }
        }
    }
    Ok(())
}

#[test]
fn histograms_show_the_network_at_each_epoch() -> Result<()> {
    let _alone = alone();
    let folder = tempfile::tempdir()?;
    let (data, run) = (data(210, 50), folder.path().join("run"));
    let mut logger = Logger::new(Run::create(&run)?).with_images(&data.test.images);
    let mut network = Network::with_sizes(NARROW, 0)?;
    train(&mut network, &data, &config(), &mut logger)?;
    for (name, tensor) in weights(&network) {
        for group in ["weights", "gradients"] {
            let histograms = tensors(&run, &format!("{group}/{name}"))?;
            assert_eq!(histograms.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [1, 2]);
            assert_eq!(total(&histograms[1].1.doubles), tensor.numel() as f64);
        }
        let last = &tensors(&run, &format!("weights/{name}"))?[1].1.doubles;
        assert_eq!(last[0], tensor.min().double_value(&[]));
        assert_eq!(last[88], tensor.max().double_value(&[]));
    }
    let activations = tensors(&run, "activations/hidden")?;
    assert_eq!(activations.len(), 2);
    assert_eq!(total(&activations[1].1.doubles), 50.0 * 16.0);
    // Its last bits depend on the number of threads, which a training chooses for itself.
    let largest = network.hidden(&data.test.images)?.max().double_value(&[]);
    assert!((activations[1].1.doubles[88] - largest).abs() < 1e-5 * largest, "{largest}");
    Ok(())
}

#[test]
fn logging_changes_no_weight() -> Result<()> {
    let _alone = alone();
    let folder = tempfile::tempdir()?;
    let data = data(210, 50);
    // What a logger reads, gradients too, only autograd leaves in the network; and autograd's
    // last bits depend on the number of threads.
    let config =
        || TrainConfig { gradients: GradientMethod::Autograd, threads: Some(1), ..config() };
    let mut plain = Network::with_sizes(NARROW, 0)?;
    train(&mut plain, &data, &config(), &mut ())?;
    let mut logged = Network::with_sizes(NARROW, 0)?;
    let mut logger = Logger::start(folder.path().join("run"), &config())?
        .with_images(&data.test.images)
        .with_norms_every(1);
    train(&mut logged, &data, &config(), &mut logger)?;
    assert_eq!(train_support::weight_bits(&plain), train_support::weight_bits(&logged));
    Ok(())
}

#[test]
fn images_that_do_not_fit_are_said_at_the_first_batch() -> Result<()> {
    let _alone = alone();
    let folder = tempfile::tempdir()?;
    let images = Tensor::zeros([3, 28, 28], (tch::Kind::Float, tch::Device::Cpu));
    let mut logger = Logger::new(Run::create(folder.path().join("run"))?).with_images(&images);
    let mut network = Network::with_sizes(NARROW, 0)?;
    let error = message(train(&mut network, &data(60, 10), &config(), &mut logger));
    assert!(error.contains("Logger: the images given to with_images do not fit"), "{error}");
    assert!(error.contains("[3, 28, 28]"), "{error}");
    assert!(scalars(&folder.path().join("run"))?.is_empty());
    Ok(())
}
