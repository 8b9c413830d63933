//! Checks of the exercises on notebook 0, tensors.
