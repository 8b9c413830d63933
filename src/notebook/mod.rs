//! What only a notebook kernel needs: values that show themselves in a cell, and a pad to draw on.

pub(crate) mod display;
mod drawing_pad;
mod tensorboard;

pub use drawing_pad::{DrawingPad, drawing_pad};
