//! Testing: accuracy, confusion matrix, accuracy per digit, worst mistakes.

/// How a network did on a set of labelled images.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// `confusion[truth][prediction]`: how many images of `truth` were taken for `prediction`.
    pub confusion: [[u64; 10]; 10],
}
