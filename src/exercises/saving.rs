//! Checks of the exercises on notebook 5, saving.
