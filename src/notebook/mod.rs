//! What only a notebook kernel needs: values that show themselves in a cell.

pub(crate) mod display;
mod tensorboard;
