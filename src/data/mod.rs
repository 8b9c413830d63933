//! MNIST (or Fashion-MNIST) as tensors: loaded, cut into splits, handed out in batches; and digits of one's own.
//!
//! The four files themselves are `mnist-files`' matter: found or fetched, checked, parsed, or
//! look-alike digits drawn in their place.

mod batches;
mod drawing;
mod load;
mod split;

pub use batches::Batches;
pub use drawing::Drawing;
pub use load::Mnist;
pub use mnist_files::fashion::{FASHION_CLASSES, FASHION_MNIST};
pub(crate) use mnist_files::random;
pub use mnist_files::{Settings, Source, files, look_alike};
pub use split::Split;
