//! Checks of the exercises on notebook 8, improvements.
