//! Checks of the exercises on notebook 4, testing.
