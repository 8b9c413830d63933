//! What set-up and doctor report about a part of the course.

use anyhow::{Error, anyhow};

pub use notebook_kernel::State;

/// One part of the course and its state.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The part's name, as in `libtorch`.
    pub part: String,
    /// Whether it can be used.
    pub state: State,
    /// What was found: a version, a place, or what is wrong.
    pub detail: String,
    /// What to do about it where it cannot be used.
    pub remedy: String,
    /// Whether only the user can repair it, as with a libtorch of their own.
    pub is_the_users: bool,
}

/// The remedy for every part that set-up brings.
pub const SET_UP: &str = "run `cargo xtask setup`";

impl Finding {
    /// A part that can be used.
    pub fn found(part: &str, detail: impl Into<String>) -> Finding {
        Finding::new(part, State::Found, detail, "")
    }

    /// A part that is not there.
    pub fn missing(part: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(part, State::Missing, detail, remedy)
    }

    /// A part that is there and not usable.
    pub fn wrong(part: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(part, State::Wrong, detail, remedy)
    }

    /// Something of the user's own that is not usable, and that set-up leaves as it is.
    pub fn users(part: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { is_the_users: true, ..Finding::wrong(part, detail, remedy) }
    }

    /// A part in any state.
    pub fn new(
        part: &str,
        state: State,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let (detail, remedy) = (detail.into(), remedy.into());
        Finding { part: part.into(), state, detail, remedy, is_the_users: false }
    }

    /// What is wrong, and on a second line what to do.
    pub fn into_error(self) -> Error {
        anyhow!("{}\n{}", self.detail, self.remedy)
    }

    /// Whether the part can be used.
    pub fn is_found(&self) -> bool {
        self.state == State::Found
    }
}
