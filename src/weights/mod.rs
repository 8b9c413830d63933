//! Weights out and in, checked and atomic.
//!
//! Files are in the safetensors form, under the names `torch.nn.Sequential` uses, so that
//! PyTorch's `load_state_dict` takes them as they are, and the other way round.

mod file;
mod network;
mod torchscript;

pub(crate) use file::{File, read, write};
