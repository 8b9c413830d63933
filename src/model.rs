//! The network: its sizes, its layers and PyTorch's initialisation.
