//! What only a notebook kernel needs: values that show themselves in a cell, a training that is
//! seen while it runs, a pad to draw on, and what a cell that fails says.

mod display;
mod drawing_pad;
mod live;
mod messages;
mod show;
#[cfg(unix)]
mod streams;

pub use drawing_pad::{DrawingPad, drawing_pad};
pub use live::{Live, live};
pub(crate) use messages::keep_panics;
pub use messages::{report_error, report_panics};
pub(crate) use show::significant;
pub use show::{ShownTensor, show};
#[cfg(unix)]
pub use streams::connect_streams;
