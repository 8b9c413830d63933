//! Checks of the exercises on notebook 1, the data.
