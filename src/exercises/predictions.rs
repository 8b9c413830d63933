//! Checks of the exercises on notebook 7, predictions.
