//! What only a notebook kernel needs: values that show themselves in a cell, a training that is
//! seen while it runs, a pad to draw on.

pub(crate) mod display;
mod drawing_pad;
mod live;
mod tensorboard;

pub use drawing_pad::{DrawingPad, drawing_pad};
pub use live::{Live, live};
