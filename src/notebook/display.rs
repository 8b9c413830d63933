//! How a value shows itself as the result of a cell.
//!
//! The kernel calls `evcxr_display` on what the last line of a cell came to, and reads
//! blocks from standard output: a line that names a MIME type, the content, an end line.
//! It keeps the last block of each type, so one cell shows one picture.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::plot::Figure;

/// One block of the kernel's protocol.
pub(crate) fn block(mime_type: &str, content: &str) -> String {
    format!("EVCXR_BEGIN_CONTENT {mime_type}\n{content}\nEVCXR_END_CONTENT\n")
}

/// Prints blocks in one go, so that nothing another thread prints lands in between.
pub(crate) fn print_blocks(blocks: &str) {
    let mut stdout = io::stdout().lock();
    // A closed standard output means that nobody is left to show it to.
    let _ = stdout.write_all(blocks.as_bytes()).and_then(|()| stdout.flush());
}

impl Figure {
    /// Shows the picture as the result of a notebook cell, with its text alternative.
    pub fn evcxr_display(&self) {
        print_blocks(&self.blocks());
    }

    /// What [`Figure::evcxr_display`] prints: the picture and the words that stand for it.
    pub(crate) fn blocks(&self) -> String {
        let picture = block("image/png", &STANDARD.encode(self.png()));
        picture + &block("text/plain", self.alt_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_begin_content_end() {
        assert_eq!(
            block("text/plain", "two\nlines"),
            "EVCXR_BEGIN_CONTENT text/plain\ntwo\nlines\nEVCXR_END_CONTENT\n"
        );
    }

    #[test]
    fn a_figure_shows_its_picture_on_one_line_and_its_words() {
        let picture: Vec<u8> = (0..784).map(|i| (i % 256) as u8).collect();
        let figure = crate::plot::digit_from(&picture, "a ramp").expect("draws");
        let blocks = figure.blocks();
        let lines: Vec<&str> = blocks.lines().collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0], "EVCXR_BEGIN_CONTENT image/png");
        assert_eq!(STANDARD.decode(lines[1]).expect("base64"), figure.png());
        assert_eq!(lines[2], "EVCXR_END_CONTENT");
        assert_eq!(lines[3], "EVCXR_BEGIN_CONTENT text/plain");
        assert_eq!(lines[4], figure.alt_text());
        assert_eq!(lines[5], "EVCXR_END_CONTENT");
    }
}
