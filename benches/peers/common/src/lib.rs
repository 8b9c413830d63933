//! What the peers share: the digits, the order of an epoch, and the lines that are printed.

use std::env;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mnist_files::random::Random;
use mnist_files::{Half, Place, read_whole};

/// Pixels of an image: the network's inputs.
pub const PIXELS: usize = 784;
/// Neurons of the hidden layer.
pub const HIDDEN: usize = 490;
/// Digits: the network's outputs.
pub const DIGITS: usize = 10;
/// Images of a batch.
pub const BATCH: usize = 30;
/// Step size of gradient descent.
pub const LEARNING_RATE: f64 = 0.003;
/// Momentum coefficient, [0, 1).
pub const MOMENTUM: f64 = 0.9;
/// Slope of LeakyReLU for negative activations.
pub const NEGATIVE_SLOPE: f64 = 0.01;

/// One half of MNIST.
pub struct Digits {
    /// `[count, 784]`, 0 background, 1 full ink.
    pub images: Vec<f32>,
    /// `[count]`, 0 to 9.
    pub labels: Vec<u8>,
}

impl From<Half> for Digits {
    fn from(half: Half) -> Self {
        let images = half.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        Self { images, labels: half.labels }
    }
}

/// A network in one of the frameworks, with its training images.
pub trait Peer: Sized {
    /// Draws the weights from U(-1/√inputs, 1/√inputs) of each layer.
    fn new(train: &Digits, test: &Digits, seed: u64) -> Result<Self>;
    /// Trains on every image once, in batches of [`BATCH`] in this order; the mean of the losses.
    fn epoch(&mut self, order: &[u32]) -> Result<f64>;
    /// How many of the test images are classified correctly.
    fn correct(&self) -> Result<usize>;
}

/// Trains a peer as the command line says, and prints one JSON line an epoch.
///
/// `--data FOLDER --epochs N --seed N`; the number of threads is rayon's own variable
/// `RAYON_NUM_THREADS`.
pub fn run<P: Peer>() -> Result<()> {
    let (folder, epochs, seed) = arguments()?;
    let halves = read_whole(&folder, Place::Given)?.parse(&env::temp_dir())?;
    let [train, test] = halves.map(Digits::from);
    let mut peer = P::new(&train, &test, seed)?;
    let mut shuffle = Random::new(seed);
    for epoch in 1..=epochs {
        let started = Instant::now();
        let order = shuffle.permutation(train.labels.len());
        let order: Vec<u32> = order.into_iter().map(|index| index as u32).collect();
        let loss = peer.epoch(&order)?;
        let seconds = started.elapsed().as_secs_f64();
        let accuracy = peer.correct()? as f64 / test.labels.len() as f64;
        println!(
            r#"{{"epoch": {epoch}, "seconds": {seconds:.6}, "loss": {loss:.6}, "accuracy": {accuracy:.4}}}"#
        );
    }
    Ok(())
}

fn arguments() -> Result<(PathBuf, usize, u64)> {
    let (mut folder, mut epochs, mut seed) = (None, 1, 0);
    let mut words = env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().with_context(|| format!("{name} needs a value"))?;
        match &*name {
            "--data" => folder = Some(PathBuf::from(value)),
            "--epochs" => epochs = value.parse().context("--epochs")?,
            "--seed" => seed = value.parse().context("--seed")?,
            _ => bail!("unknown argument {name}; known are --data, --epochs and --seed"),
        }
    }
    Ok((folder.context("--data names the folder with the four files of MNIST")?, epochs, seed))
}
