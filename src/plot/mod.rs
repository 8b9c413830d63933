//! Figures of digits, of a training and of a test, as values that a cell shows.
//!
//! Every function returns a [`Figure`]: a PNG picture that owns its data, with a text
//! alternative. Nothing is drawn on a screen and no font of the machine is used, so a
//! figure looks the same in a notebook, in a file and on a server without a display.
//!
//! [`digit`], [`digits`], [`pixels`], [`label_histogram`], [`accuracy_per_digit`] and
//! [`confusion_matrix`] take the course's own types; each has a `…_from` beside it that takes
//! plain numbers. [`view_classify`] takes tensors: an image and its class probabilities.
//! [`least_sure`], [`calibration`] and [`hidden_weights`] look into a trained network;
//! [`training`] shows a training as a whole;
//! [`time_accuracy`], [`points`] and [`scalar_curve`] draw numbers of any origin.

mod bars;
mod batches;
mod calibration;
mod canvas;
mod chart;
mod classify;
mod confusion;
mod curve;
mod curves;
mod digit;
mod digits;
mod figure;
mod guess;
mod least_sure;
mod legend;
mod lines;
mod marker;
mod numbers;
mod pixels;
mod places;
mod png_file;
mod points;
mod style;
mod tensors;
mod text;
mod time_accuracy;
mod training;
mod weights;

pub use bars::{
    accuracy_per_digit, accuracy_per_digit_from, label_histogram, label_histogram_from,
};
pub use batches::batch_losses;
pub use calibration::{calibration, calibration_from};
pub use classify::{view_classify, view_classify_labelled, view_classify_row};
pub use confusion::{confusion_matrix, confusion_matrix_from};
pub use curves::{accuracy_curve, accuracy_curves, loss_curve, loss_curves};
pub use digit::{digit, digit_from};
pub use digits::{digits, digits_from, digits_with_captions, mistakes};
pub use figure::Figure;
pub use least_sure::least_sure;
pub use pixels::{pixels, pixels_from};
pub use points::{points, scalar_curve};
pub use time_accuracy::time_accuracy;
pub use training::training;
pub use weights::hidden_weights;
