//! Checks of the exercises on notebook 10, convolution.
