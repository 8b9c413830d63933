//! What needs files or a network, and so is left out for WebAssembly.

pub mod download;
mod folder;
mod idx;
mod locate;
mod parse;
mod stand_in;

pub use folder::{FileState, Found, Place, Problem, Source, read_folder, read_whole};
pub use locate::{Settings, fetch_all, locate, place};
pub use parse::Half;
