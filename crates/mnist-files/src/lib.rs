//! The four files of MNIST, found or fetched, checked and parsed; and digits to take their place.
//!
//! [`locate`] reads `MNIST_DIR`, else `data/`, else downloads, else draws look-alike digits.
//! Whatever is wrong with a file is an error that names the file, what was found, what was
//! expected and what mends it; a damaged file is never used and never replaced.
//!
//! [`files`], [`look_alike`], [`drawing`] and [`random`] are plain arithmetic and compile for
//! WebAssembly, too; the rest needs files and a network.

pub mod drawing;
pub mod files;
pub mod look_alike;
pub mod random;
pub mod thousands;

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(not(target_family = "wasm"))]
pub use native::*;

/// Has the program of the README compiled by `cargo test`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
