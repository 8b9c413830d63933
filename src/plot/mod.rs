//! Figures of digits, of a training and of a test, as values that a cell shows.
//!
//! Every function returns a [`Figure`]: a PNG image that owns its data, with a text
//! alternative. Nothing is drawn on a screen and no font of the machine is used, so a
//! figure looks the same in a notebook, in a file and on a server without a display.
//!
//! | file | draws |
//! | --- | --- |
//! | `digits` | images: [`digit`], [`digits`], [`pixels`], [`mistakes`], [`least_sure`] |
//! | `classify` (with `guess`) | an image with its ten probabilities: [`view_classify`] and its kin |
//! | `bars` | a bar for each digit: [`label_histogram`], [`accuracy_per_digit`] |
//! | `tested` | a test: [`confusion_matrix`], [`calibration`] |
//! | `curves` | values by epoch: [`loss_curve`], [`loss_curves`], [`accuracy_curve`] |
//! | `lines` | any pairs of numbers: [`scalar_curve`], [`curves`](curves()) |
//! | `batches` | a training by batch: [`batch_losses`], and as a whole: [`training`] |
//! | `weights` | hidden neurons: [`hidden_weights`] |
//! | `maps` | small tensors as images: [`maps`](maps()) |
//! | `network` | the network as a diagram: [`network`](network()) |
//! | `time_accuracy` | trainings side by side: [`time_accuracy`](time_accuracy()) |
//!
//! They stand on `chart` (title, axes, legend, marks), `grid` (images side by side), `rooms`
//! (where labels fit), `numbers` (ticks, numbers in words),
//! `style` (sizes, colours), `text` (the font), `canvas` (where plotters draws) and `figure`
//! (the PNG file). None of these knows a plot.
//!
//! # A new plot
//!
//! 1. Write a `pub fn` that takes what the other modules return and gives a `Result<Figure>`, in
//!    the file of its subject above or in one of its own: refuse what cannot be drawn, say in
//!    words what the plot shows, and call `canvas::render` with both and with what draws it.
//! 2. Add it to the `pub use` below and to the table above.
//! 3. Add it to `one_of_each` in `tests/plot_figures.rs`, which checks what all figures promise,
//!    and to `figures` in `benches/parts.rs`.

mod bars;
mod batches;
mod canvas;
mod chart;
mod classify;
mod curves;
mod digits;
mod figure;
mod grid;
mod guess;
mod lines;
mod maps;
mod network;
mod numbers;
mod rooms;
mod style;
mod tested;
mod text;
mod time_accuracy;
mod weights;

pub use bars::{accuracy_per_digit, label_histogram};
pub use batches::{batch_losses, training};
pub use classify::{view_classify, view_classify_labelled, view_classify_row};
pub use curves::{accuracy_curve, loss_curve, loss_curves};
pub use digits::{digit, digits, digits_with_captions, least_sure, mistakes, pixels};
pub use figure::Figure;
pub use lines::{curves, scalar_curve};
pub use maps::maps;
pub use network::network;
pub use tested::{calibration, confusion_matrix};
pub use time_accuracy::{TimeAccuracy, frontier, time_accuracy};
pub use weights::hidden_weights;
