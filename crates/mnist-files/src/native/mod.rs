//! What needs files or a network, and so is left out for WebAssembly.

pub mod download;
mod folder;
mod idx;
mod locate;
mod parse;
mod place;
mod stand_in;

pub use folder::{FileState, read_folder, read_whole};
pub use locate::{Settings, fetch_all, locate, place};
pub use parse::Half;
pub use place::{Found, Place, Problem, Source};
