//! Figures as owned values.
