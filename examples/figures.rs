//! Draws the README's images into `images/`: trains with the default settings first, and
//! logs that training for TensorBoard.
//!
//! `cargo run --example figures -- [--epochs N] [--logdir DIR]`; `cargo xtask images` runs it
//! and takes the screenshot of TensorBoard.
use std::path::{Path, PathBuf};

use mnist_tutorial::compare::{COURSE_EPOCHS, compared};
use mnist_tutorial::prelude::*;
use mnist_tutorial::tensorboard::{Logger, Run};

/// Chooses the test image that is shown with its probabilities.
const SEED: u64 = 0;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let epochs = arguments.opt_value_from_str("--epochs")?;
    let logdir: Option<PathBuf> = arguments.opt_value_from_str("--logdir")?;
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");

    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let images = project.join("images");
    let data = Mnist::load()?;
    anyhow::ensure!(data.source.is_real(), "the README shows the real MNIST; set MNIST_DIR");
    let defaults = TrainConfig::default();
    let config = TrainConfig {
        epochs: epochs.unwrap_or(defaults.epochs),
        test_every_epoch: logdir.is_some(),
        ..defaults
    };
    let mut network = Network::new(config.seed)?;
    let mut logger = logdir.map(|folder| logger(&folder, &data, &config)).transpose()?;
    let history = match &mut logger {
        Some(logger) => train(&mut network, &data, &config, &mut (Lines, logger))?,
        None => train(&mut network, &data, &config, &mut Lines)?,
    };
    let evaluation = evaluate(&network, &data.test)?;
    if let Some(logger) = logger {
        log_test(logger, config.epochs, &data, &evaluation)?;
    }
    draw(&images, &data, &network, &history, &evaluation)?;
    draw_frontier(project, &images.join("time-accuracy.png"), &data)?;
    println!("{evaluation}");
    Ok(())
}

fn logger(folder: &Path, data: &Mnist, config: &TrainConfig) -> Result<Logger> {
    let images = data.test.first(500)?.images;
    Ok(Logger::start(folder.join("the course's settings"), config)?.with_images(&images))
}

/// What the test of the trained network shows.
fn log_test(mut logger: Logger, epoch: usize, data: &Mnist, evaluation: &Evaluation) -> Result<()> {
    let run: &mut Run = logger.run();
    run.image("test/worst mistakes", epoch, &plot::mistakes(&data.test, worst(evaluation))?)?;
    run.pr_curves_per_digit(epoch, &evaluation.labels, &evaluation.probabilities)?;
    logger.finish()
}

/// The mistakes that the network was surest of.
fn worst(evaluation: &Evaluation) -> &[Mistake] {
    &evaluation.mistakes[..evaluation.mistakes.len().min(12)]
}

fn draw(
    images: &Path,
    data: &Mnist,
    network: &Network,
    history: &History,
    evaluation: &Evaluation,
) -> Result<()> {
    let index = data.test.random_index(SEED)?;
    let image = data.test.images.get(index as i64); // [784]
    let probabilities = tch::no_grad(|| network.forward(&image.unsqueeze(0)))?.exp(); // [1, 10]
    let view = plot::view_classify_labelled(&image, &probabilities, data.test.label(index)?)?;

    plot::loss_curve(history)?.save(images.join("loss-curve.png"))?;
    plot::confusion_matrix(evaluation)?.save(images.join("confusion-matrix.png"))?;
    plot::mistakes(&data.test, worst(evaluation))?.save(images.join("worst-mistakes.png"))?;
    view.save(images.join("view-classify.png"))
}

/// Draws what `cargo run --example compare` has left in its folder; measures nothing.
fn draw_frontier(project: &Path, file: &Path, data: &Mnist) -> Result<()> {
    let defaults = CompareOptions::default();
    let options = CompareOptions { folder: project.join(&defaults.folder), ..defaults };
    match compared(&course_table(COURSE_EPOCHS), data, &options)? {
        Some(comparison) => plot::time_accuracy(&comparison.points())?.save(file),
        None => {
            println!(
                "{} stays as it is: {} does not hold every outcome of the course's table, which \
                 `cargo run --example compare` measures",
                file.display(),
                options.folder.display()
            );
            Ok(())
        }
    }
}
