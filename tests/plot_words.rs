//! What figures say in words, what they refuse, and how they are saved.

#![allow(missing_docs)]

mod plot_support;

use std::fs;

use mnist_tutorial::model::Sizes;
use mnist_tutorial::plot::{self, Figure};
use plot_support::{history, measured, some_confusion, some_pixels, split_of, tested};
use tch::Tensor;

fn words(figure: anyhow::Result<Figure>) -> String {
    figure.expect("draws").alt_text().to_owned()
}

fn refusal(figure: anyhow::Result<Figure>) -> String {
    format!("{:#}", figure.expect_err("must be refused"))
}

#[test]
fn digits_in_words() {
    let split = split_of(&[&some_pixels(), &[0; 784]]);
    assert_eq!(
        words(plot::digit(&split, 0)),
        "Handwritten digit, captioned \"image 0: a 7\"; the ink is in rows 4 to 23 and \
         columns 6 to 21 of 0 to 27."
    );
    assert_eq!(
        words(plot::digit(&split, 1)),
        "Handwritten digit, captioned \"image 1: a 7\"; no ink at all."
    );
    assert_eq!(
        words(plot::digits_with_captions(&split, &[0, 1], &["7", "4 taken for 9\n98 % sure"])),
        "2 images in 1 row of up to 2, captioned: 7; 4 taken for 9, 98 % sure."
    );
}

#[test]
fn curves_in_words() {
    let run = measured(&[0.5101, 0.2, 0.0312], &[Some(0.921), None, Some(0.9796)]);
    assert_eq!(
        words(plot::loss_curve(&run)),
        "Loss curve over 3 epochs: 0.5101 in epoch 1, falling to 0.0312 in epoch 3."
    );
    assert_eq!(
        words(plot::accuracy_curve(&run)),
        "Accuracy curve over 2 epochs: 92.10 % in epoch 1, rising to 97.96 % in epoch 3."
    );
    let one = history(&[2.3]);
    assert_eq!(words(plot::loss_curve(&one)), "Loss curve over 1 epoch: 2.3000 in epoch 1.");
    assert_eq!(
        words(plot::loss_curves(&[("batch 30", &run), ("batch\n300", &one)])),
        "Loss curves of 2 trainings. batch 30, over 3 epochs: 0.5101 in epoch 1, falling to \
         0.0312 in epoch 3. batch 300, over 1 epoch: 2.3000 in epoch 1."
    );
    assert_eq!(
        words(plot::batch_losses(&[4.0, 2.0, f64::NAN])),
        "Loss of each of 3 batches, with the mean of the last 3: 3.0000 at batch 2, 3.0000 at \
         batch 2; NaN or infinite in 1 batch."
    );
}

#[test]
fn lines_maps_and_the_network_in_words() {
    let (all, few) = ([(0.0, 4.0), (1.0, 2.5), (2.0, 1.0)], [(1.0, 3.0)]);
    assert_eq!(
        words(plot::curves("Descent", "w", "loss", &[("curve", &all), ("", &few)])),
        "2 curves, Descent: loss by w; w from 0 to 2, loss from 1 to 4. curve, 3 points: the \
         first loss is 4, the last 1. A line, 1 point: the first loss is 3, the last 3."
    );
    let images = Tensor::from_slice(&[0.5, -1.0, 0.0, 0.25]).view([2, 1, 2]);
    assert_eq!(
        words(plot::maps(&images, &["edge", ""])),
        "2 images of 1 x 2 numbers, coloured from -1.0000 (blue) over 0 (white) to 1.0000 \
         (orange): edge from -1.0000 to 0.5000, number 1 from 0.0000 to 0.2500."
    );
    assert_eq!(
        words(plot::network(Sizes::default())),
        "Diagram of the network 784-490-10, from left to right: 784 pixels; a linear layer with \
         weight [490, 784], bias [490]; 490 hidden neurons, with LeakyReLU; a linear layer with \
         weight [10, 490], bias [10]; 10 digits, with LogSoftmax. Shapes: [batch, 784] -> [batch, \
         490] -> [batch, 10]."
    );
}

#[test]
fn counts_in_words() {
    assert_eq!(
        words(plot::confusion_matrix(&tested(some_confusion()))),
        "Confusion matrix of 9,506 images: 9,450 on the diagonal; most frequent mistakes: 4 \
         taken for 9 (40 times), 9 taken for 4 (12 times), 5 taken for 3 (3 times), 7 taken for \
         2 (1 time)."
    );
    let mut one = [[0; 10]; 10];
    one[3][3] = 1;
    assert_eq!(
        words(plot::confusion_matrix(&tested(one))),
        "Confusion matrix of 1 image: 1 on the diagonal, no mistakes."
    );
    assert!(words(plot::accuracy_per_digit(&tested(one))).contains("2: not tested, 3: 100.00 %"));
}

#[test]
fn nothing_to_draw_is_an_error_that_says_so() {
    let (split, nothing) = (split_of(&[&[0; 784]]), tested([[0; 10]; 10]));
    let none: [&str; 0] = [];
    let empty = history(&[]);
    let (flat, nan) = (Tensor::from_slice(&[1.0, 2.0]), Tensor::from_slice(&[1.0, f64::NAN]));
    let line: &[(f64, f64)] = &[(1.0, 2.0)];
    let cases = [
        (plot::digits(&split, &[]), "0 images to draw; a figure shows 1 to 100"),
        (plot::digits(&split, &[0; 101]), "101 images to draw"),
        (plot::digits_with_captions(&split, &[0, 0], &["x"]), "1 captions for 2 images"),
        (plot::digits_with_captions(&split, &[0], &none), "0 captions for 1 images"),
        (plot::loss_curve(&empty), "no epoch was trained"),
        (plot::loss_curves(&[]), "0 trainings to draw"),
        (plot::loss_curves(&[("fast", &empty)]), "fast: no epoch was trained"),
        (plot::loss_curve(&history(&[0.5, f64::NAN])), "NaN in epoch 2"),
        (plot::loss_curve(&history(&[f64::INFINITY])), "try a smaller learning rate"),
        (plot::loss_curve(&history(&[1.0, 1e301])), "too large to draw"),
        (plot::accuracy_curve(&history(&[1.0])), "set `test_every_epoch: true` in TrainConfig"),
        (plot::batch_losses(&[]), "no batch was trained"),
        (plot::batch_losses(&[f64::NAN]), "no loss is a finite number"),
        (plot::curves("t", "x", "y", &[]), "t: 0 lines to draw; a chart shows 1 to 7"),
        (plot::curves("t", "x", "y", &[("a", line); 8]), "t: 8 lines to draw"),
        (plot::curves("t", "x", "y", &[("a", line), ("b", &[])]), "t: b: 0 points, none of two"),
        (plot::scalar_curve("t", "x", "y", &[(f64::NAN, 1.0)]), "t: 1 points, none of two finite"),
        (plot::maps(&flat, &none), "shape [2]; expected [n, height, width]"),
        (plot::maps(&flat.view([2, 1, 1]), &["a"]), "1 captions for 2 images"),
        (plot::maps(&nan.view([2, 1, 1]), &none), "a number of image 1 is NaN or infinite"),
        (plot::maps(&flat.view([1, 1, 2]).expand([1, 300, 2], false), &none), "height 300"),
        (plot::maps(&flat.view([2, 1, 1]).narrow(0, 0, 0), &none), "0 images to draw"),
        (plot::maps(&Tensor::new(), &none), "undefined"),
        (plot::network(Sizes { hidden: 0, ..Sizes::default() }), "hidden is 0, expected 1 or more"),
        (plot::confusion_matrix(&nothing), "nothing was tested"),
        (plot::accuracy_per_digit(&nothing), "nothing was tested"),
        (plot::calibration(&nothing), "nothing was tested"),
    ];
    for (figure, expected) in cases {
        let message = refusal(figure);
        assert!(message.contains(expected), "{message:?} does not say {expected:?}");
    }
}

#[test]
fn saving_writes_the_figure_and_leaves_nothing_else() {
    let figure = plot::digit(&split_of(&[&some_pixels()]), 0).expect("draws");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Ziffer 7 ü.png");
    fs::write(&path, "an older file").expect("writes");
    figure.save(&path).expect("saves over it");
    assert_eq!(fs::read(&path).expect("reads"), figure.png());
    assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let reference = folder.path().join("reference");
        fs::write(&reference, "").expect("writes");
        let mode = |path| fs::metadata(path).expect("is there").permissions().mode();
        assert_eq!(mode(&path), mode(&reference), "not the rights of any new file");
    }
}

#[test]
fn saving_refuses_what_cannot_work_and_touches_nothing() {
    let figure = plot::digit(&split_of(&[&some_pixels()]), 0).expect("draws");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("figures");
    let directory = folder.path().join("folder.png");
    fs::create_dir(&directory).expect("creates");
    let cases = [
        (missing.join("a.png"), "figures; create it first"),
        (folder.path().join("a.jpg"), "ends in .png"),
        (folder.path().join("a"), "ends in .png"),
        (directory.clone(), "this is a folder"),
    ];
    for (path, expected) in cases {
        let message = format!("{:#}", figure.save(&path).expect_err("must be refused"));
        assert!(message.contains(expected), "{message:?} does not say {expected:?}");
        assert!(message.starts_with(&path.display().to_string()), "{message:?} names no file");
    }
    assert!(!missing.exists());
    assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
}
