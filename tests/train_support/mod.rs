//! What the tests of the network, of training, testing and saving share.
#![allow(dead_code, missing_docs, clippy::unwrap_used)] // Each test file uses a part of it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use mnist_files::download::Unavailable;
use mnist_files::fetch_all;
use mnist_tutorial::data::{Mnist, Settings, Source, Split};
use mnist_tutorial::model::{Network, Sizes};
use tch::{Kind, Tensor};

/// `count` whole numbers of `keep` bits, the same as `bits` in `tests/reference/make_fixture.py`.
pub fn bits(salt: u64, count: usize, keep: u32) -> Vec<u64> {
    (0..count as u64)
        .map(|place| {
            let mixed = (place + (salt << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed >> (64 - keep)
        })
        .collect()
}

/// Numbers from -2048 / 2^power up to 2047 / 2^power, which an f32 holds exactly.
pub fn numbers(salt: u64, shape: &[i64], power: i32) -> Tensor {
    let count = shape.iter().product::<i64>() as usize;
    let numbers: Vec<f64> = bits(salt, count, 12)
        .iter()
        .map(|&number| (number as f64 - 2048.0) / 2f64.powi(power))
        .collect();
    Tensor::from_slice(&numbers).view(shape).to_kind(Kind::Float)
}

/// A network whose weights come from the formula.
pub fn network_of_numbers(sizes: Sizes, power: i32) -> Network {
    let Sizes { inputs, hidden, outputs } = sizes;
    let mut network = Network::with_sizes(sizes, 0).unwrap();
    let tensors = [
        ("0.weight", vec![hidden, inputs]),
        ("0.bias", vec![hidden]),
        ("2.weight", vec![outputs, hidden]),
        ("2.bias", vec![outputs]),
    ];
    let tensors: Vec<(String, Tensor)> = (1..)
        .zip(tensors)
        .map(|(salt, (name, shape))| (name.to_string(), numbers(salt, &shape, power)))
        .collect();
    network.copy_from(&tensors).unwrap();
    network
}

/// Noise with a bright bar whose height tells the digit: quickly learnt.
pub fn digits(salt: u64, count: usize) -> Split {
    let labels: Vec<u8> =
        bits(salt + 1, count, 16).iter().map(|number| (number % 10) as u8).collect();
    let mut pixels: Vec<u8> =
        bits(salt, count * 784, 6).iter().map(|&number| number as u8).collect();
    for (picture, label) in pixels.chunks_mut(784).zip(&labels) {
        let top = 56 * usize::from(*label);
        picture[top..top + 56].fill(200);
    }
    Split::new(pixels, labels).unwrap()
}

/// A small set of such digits.
pub fn data(train: usize, test: usize) -> Mnist {
    Mnist {
        train: digits(100, train),
        test: digits(200, test),
        source: Source::Folder(PathBuf::from("made by the test")),
    }
}

/// 784 inputs and 10 outputs, but few neurons between.
pub const NARROW: Sizes = Sizes { inputs: 784, hidden: 16, outputs: 10 };

/// Wide enough for the step by hand to share it among threads, which take up to 128 hidden
/// neurons at a time.
pub const WIDE: Sizes = Sizes { hidden: 300, ..NARROW };

/// Copies of a network's weights.
pub fn weights(network: &Network) -> Vec<(String, Tensor)> {
    network.named_tensors().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect()
}

/// The bits of every weight.
pub fn weight_bits(network: &Network) -> Vec<u32> {
    network
        .named_tensors()
        .iter()
        .flat_map(|(_, tensor)| Vec::<f32>::try_from(tensor.flatten(0, -1)).unwrap())
        .map(f32::to_bits)
        .collect()
}

/// The largest difference between two tensors' numbers.
pub fn distance(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a.to_kind(Kind::Double) - b.to_kind(Kind::Double)).abs().max().double_value(&[])
}

/// The message of what must be an error, all in one line.
pub fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("this should have been an error"),
        Err(error) => format!("{error:#}"),
    }
}

/// One test at a time: libtorch's random numbers and its number of threads are one for
/// the whole process.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The real digits, or a line that says why there are none. Nothing is downloaded or drawn.
pub fn mnist() -> Option<Mnist> {
    let settings = Settings { mirrors: Vec::new(), ..Settings::from_environment().unwrap() };
    let found = match fetch_all(&settings, &mut |line| eprintln!("{line}")) {
        Err(error) if error.is::<Unavailable>() => {
            eprintln!("skipped: {error}");
            return None;
        }
        found => found.unwrap(),
    };
    if !found.source.is_real() {
        eprintln!("skipped: there are only {}", found.source);
        return None;
    }
    Some(Mnist::load_from(found.source.folder()).unwrap())
}
