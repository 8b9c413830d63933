//! The four files of MNIST or Fashion-MNIST, found or fetched, checked and parsed; and digits to
//! take MNIST's place.
//!
//! [`locate`] reads `MNIST_DIR`, else `data/`, else downloads, else draws look-alike digits. For
//! Fashion-MNIST it reads `FASHION_MNIST_DIR`, else `data/fashion/`, else downloads.
//! Whatever is wrong with a file is an error that names the file, what was found, what was
//! expected and what mends it; a damaged file is never used and never replaced.
//!
//! [`files`], [`fashion`], [`look_alike`], [`drawing`] and [`random`] are plain arithmetic and compile for
//! WebAssembly, too; the rest needs files and a network.

pub mod drawing;
pub mod fashion;
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
