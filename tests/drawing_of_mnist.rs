//! Images of MNIST, enlarged on a page and read as drawings, come back nearly as they were.
//!
//! Needs the files of MNIST, in `data/` or where `MNIST_DIR` says.
#![allow(clippy::unwrap_used, missing_docs)]

mod drawing_support;
mod train_support;

use drawing_support::{file, gray};
use mnist_tutorial::data::Drawing;
use mnist_tutorial::model::Network;
use mnist_tutorial::train::{TrainConfig, train};
use tch::{Kind, Tensor};
use train_support::{alone, mnist};

/// How many images are drawn again.
const COUNT: usize = 200;

/// Dark on a white page of 300 x 300, each pixel 9 x 9 large, somewhere on it.
fn drawn(image: &[u8], index: usize) -> Drawing {
    let (left, top) = (index % 40, index * 7 % 40);
    let light = |at: usize| {
        let (x, y) = ((at % 300).wrapping_sub(left) / 9, (at / 300).wrapping_sub(top) / 9);
        if x < 28 && y < 28 { 255 - image[y * 28 + x] } else { 255 }
    };
    let page: Vec<u8> = (0..300 * 300).map(light).collect();
    let (_folder, path) = file(&gray(300, &page));
    Drawing::from_png(path).unwrap()
}

#[test]
fn an_image_of_mnist_comes_back_and_is_taken_for_the_same_digit() {
    let _alone = alone();
    let Some(mut mnist) = mnist() else { return };
    let drawings: Vec<Drawing> =
        (0..COUNT).map(|index| drawn(mnist.test.image(index).unwrap(), index)).collect();
    let images: Vec<&Tensor> = drawings.iter().map(|drawing| &drawing.image).collect();
    let images = Tensor::cat(&images, 0);
    let originals = mnist.test.images.narrow(0, 0, COUNT as i64);
    let difference = (&images - &originals).abs().mean(Kind::Float).double_value(&[]);
    assert!(difference < 0.01, "mean difference of a pixel, of 0 to 1: {difference}");

    mnist.train = mnist.train.first(10_000).unwrap();
    let mut network = Network::new(0).unwrap();
    let config = TrainConfig { epochs: 1, ..TrainConfig::default() };
    train(&mut network, &mnist, &config, &mut ()).unwrap();
    let [before, after] = [&originals, &images].map(|images| network.predict(images).unwrap());
    let same = before.eq_tensor(&after).sum(Kind::Int64).int64_value(&[]) as usize;
    assert!(same * 100 >= COUNT * 97, "{same} of {COUNT}");
}
