//! Checks of the exercises on notebook 9, speed.
