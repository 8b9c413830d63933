//! The four files, checked and turned into tensors.
