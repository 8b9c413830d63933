//! What the peers share: the digits, the order of an epoch, and the lines that are printed.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

/// Pixels of an image: the network's inputs.
pub const PIXELS: usize = 784;
/// Neurons of the hidden layer.
pub const HIDDEN: usize = 490;
/// Digits: the network's outputs.
pub const DIGITS: usize = 10;
/// Images between two updates of the weights.
pub const BATCH: usize = 30;
/// Step size of gradient descent.
pub const LEARNING_RATE: f64 = 0.003;
/// Share of the last step that is added to the next one.
pub const MOMENTUM: f64 = 0.9;
/// What a negative activation is multiplied with.
pub const NEGATIVE_SLOPE: f64 = 0.01;

/// One half of MNIST.
pub struct Digits {
    /// `[count, 784]`, 0 background, 1 full ink.
    pub images: Vec<f32>,
    /// `[count]`, 0 to 9.
    pub labels: Vec<u8>,
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
    let train = load(&folder, "train")?;
    let test = load(&folder, "t10k")?;
    let mut peer = P::new(&train, &test, seed)?;
    let mut shuffle = Random::new(seed);
    for epoch in 1..=epochs {
        let started = Instant::now();
        let loss = peer.epoch(&shuffle.order(train.labels.len()))?;
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

/// Reads `NAME-images-idx3-ubyte` and `NAME-labels-idx1-ubyte`, packed or not.
fn load(folder: &Path, name: &str) -> Result<Digits> {
    let pixels = read(&folder.join(format!("{name}-images-idx3-ubyte")), 16)?;
    let labels = read(&folder.join(format!("{name}-labels-idx1-ubyte")), 8)?;
    ensure!(pixels.len() == labels.len() * PIXELS, "{name}: images and labels differ in number");
    Ok(Digits { images: pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect(), labels })
}

/// What follows the header of a file that `cargo xtask bench` has checked before.
fn read(file: &Path, header: usize) -> Result<Vec<u8>> {
    let packed = PathBuf::from(format!("{}.gz", file.display()));
    let mut bytes = Vec::new();
    if packed.exists() {
        flate2::read::GzDecoder::new(fs::File::open(&packed)?).read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(file).with_context(|| format!("{}", file.display()))?;
    }
    ensure!(bytes.len() > header, "{}: too short", file.display());
    Ok(bytes.split_off(header))
}

/// Random numbers, the same for a seed on every machine (SplitMix64).
pub struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// `count` numbers drawn evenly from `-bound` to `bound`.
    pub fn even(&mut self, bound: f64, count: usize) -> Vec<f32> {
        let share = |bits: u64| (bits >> 11) as f64 / 2f64.powi(53);
        (0..count).map(|_| (bound * (2.0 * share(self.next()) - 1.0)) as f32).collect()
    }

    /// 0 up to, not including, `count` in random order (Fisher-Yates).
    fn order(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for last in (1..count).rev() {
            order.swap(last, (self.next() % (last as u64 + 1)) as usize);
        }
        order
    }
}
