//! Weights out and in, checked and atomic.
//!
//! Files are in safetensors format, under the names `torch.nn.Sequential` uses, so that
//! PyTorch's `load_state_dict` takes them as they are, and the other way round.

mod file;
mod network;

pub(crate) use file::{File, READER, read, write};
