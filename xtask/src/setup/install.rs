//! Installing a folder atomically: it is there whole or not at all.

pub use notebook_kernel::files::{Leftover, beside, folder, remove};
