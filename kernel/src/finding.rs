//! What there is of a kernel.

use std::fmt;

/// Whether a part can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There, and usable.
    Found,
    /// Not there.
    Missing,
    /// There, and not usable.
    Wrong,
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            State::Found => "found",
            State::Missing => "missing",
            State::Wrong => "wrong",
        })
    }
}

/// One part of a kernel; the remedy for a part that cannot be used is to set it up.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The part's name.
    pub part: &'static str,
    /// Whether it can be used.
    pub state: State,
    /// Its place, or what is wrong.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(part: &'static str, state: State, detail: impl Into<String>) -> Finding {
        Finding { part, state, detail: detail.into() }
    }
}
