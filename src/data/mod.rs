//! The four files of MNIST, found or fetched, checked, and turned into tensors.
//!
//! `Mnist::load()` reads `MNIST_DIR`, else `data/`, else downloads, else draws look-alike
//! digits. Whatever is wrong with a file is an error that names the file, what was found, what was
//! expected and what mends it; a damaged file is never used and never replaced.
//! A digit of one's own is prepared as MNIST's were: `Drawing::from_png`.
//! Everything but the tensors works without libtorch: `cargo xtask data` needs none.

pub mod download;
pub mod files;
pub mod folder;
mod idx;
mod locate;
pub mod look_alike;
mod problem;
pub(crate) mod random;
pub mod settings;
mod source;

#[cfg(feature = "torch")]
mod batches;
#[cfg(feature = "torch")]
mod drawing;
#[cfg(feature = "torch")]
mod load;
#[cfg(feature = "torch")]
mod parse;
#[cfg(feature = "torch")]
mod split;

pub use locate::{fetch_all, locate, place};
pub use problem::Problem;
pub use settings::Settings;
pub use source::{Found, Source, read_whole};

#[cfg(feature = "torch")]
pub use batches::Batches;
#[cfg(feature = "torch")]
pub use drawing::Drawing;
#[cfg(feature = "torch")]
pub use load::Mnist;
#[cfg(feature = "torch")]
pub use split::Split;
