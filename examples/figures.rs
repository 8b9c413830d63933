//! Draws the README's pictures into `images/`: trains with the default settings first.
//!
//! `cargo run --example figures`
use std::path::Path;

use mnist_tutorial::prelude::*;

fn main() -> Result<()> {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("images");
    let data = Mnist::load()?;
    anyhow::ensure!(data.source.is_real(), "the README shows the real MNIST; set MNIST_DIR");
    let mut network = Network::new(0)?;
    let history = train(&mut network, &data, &TrainConfig::default(), &mut Lines)?;
    let evaluation = evaluate(&network, &data.test)?;
    let worst = &evaluation.mistakes[..evaluation.mistakes.len().min(12)];

    plot::loss_curve(&history)?.save(images.join("loss-curve.png"))?;
    plot::confusion_matrix(&evaluation)?.save(images.join("confusion-matrix.png"))?;
    plot::mistakes(&data.test, worst)?.save(images.join("worst-mistakes.png"))?;
    println!("{evaluation}");
    Ok(())
}
