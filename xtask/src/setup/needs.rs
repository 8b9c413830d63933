//! How much of the course a task needs.

/// How much of the course a task needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Cargo alone.
    Nothing,
    /// The Python environment.
    Python,
    /// What plain cargo needs to build and test the library, the tests' Python included.
    Libtorch,
    /// Everything, kernel and MNIST included.
    Course,
}
