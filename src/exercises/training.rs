//! Checks of the exercises on notebook 3, training.
