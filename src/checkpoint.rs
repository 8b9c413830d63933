//! Weights out and in, checked and atomic.
