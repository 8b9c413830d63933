//! What a training leaves on a screen.
