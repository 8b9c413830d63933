//! Checks of the exercises on notebook 6, logging.
