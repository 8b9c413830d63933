//! A place to draw a digit inside a notebook: a network is best met with one's own handwriting.
//!
//! The page's script draws, and has the Jupyter server behind the page store the PNG beside the
//! notebook, where [`Drawing::from_png`](crate::data::Drawing::from_png) reads it. Without such a
//! server (VS Code, an exported page) it offers the image as a download; a reader without scripts
//! sees how to supply one from a drawing program.

use std::path::Path;

use anyhow::{Result, ensure};

use super::display::{block, print_blocks};
use crate::table::escape_html;
use crate::whole_file;

const PAGE: &str = include_str!("drawing_pad.html");

/// A canvas with two buttons, shown as the result of a notebook cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawingPad {
    file: String,
}

/// A pad to draw a digit on, which is stored as `file`, a name beside the notebook or in a folder
/// below it; the folder is made if it is missing.
///
/// # Errors
/// The name is not a plain relative path of a `.png` file, or the folder cannot be made.
pub fn drawing_pad(file: &str) -> Result<DrawingPad> {
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    ensure!(
        file.split('/').all(is_plain)
            && !file.contains(|c: char| c.is_control() || "\\:\"<>|?*".contains(c))
            && file.to_ascii_lowercase().ends_with(".png"),
        "{file:?} as the drawing's file; expected a name beside the notebook or below it that ends \
         in .png, like \"my-digit.png\" or \"drawings/my-digit.png\""
    );
    whole_file::make_folder(Path::new(file))?;
    Ok(DrawingPad { file: file.to_owned() })
}

impl DrawingPad {
    /// Shows the pad as the result of a notebook cell.
    pub fn evcxr_display(&self) {
        print_blocks(&self.blocks());
    }

    /// What [`DrawingPad::evcxr_display`] prints: the pad, and the words that stand for it.
    fn blocks(&self) -> String {
        let page = PAGE
            .replace("{address}", &percent_encoded(&self.file))
            .replace("{file}", &escape_html(&self.file));
        let words = format!(
            "A pad to draw a digit on, in JupyterLab. Any drawing program will do, too: draw one \
             dark digit on a white page and save it, beside this notebook, as {}.",
            self.file
        );
        block("text/html", page.trim_end()) + &block("text/plain", &words)
    }
}

/// A path as it stands in an address: all but the characters that need no encoding
/// (RFC 3986, section 2.3) and the slash as `%` and two digits.
fn percent_encoded(path: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pad(file: &str) -> DrawingPad {
        DrawingPad { file: file.to_owned() }
    }

    #[test]
    fn it_shows_a_page_and_words_that_name_the_file() {
        let blocks = pad("drawings/my-digit.png").blocks();
        assert!(blocks.starts_with("EVCXR_BEGIN_CONTENT text/html\n<div class="), "{blocks}");
        assert_eq!(blocks.matches("\nEVCXR_END_CONTENT\n").count(), 2);
        assert!(blocks.contains(r#"data-file="drawings/my-digit.png""#));
        assert!(blocks.contains(r#"<a href="drawings/my-digit.png">drawings/my-digit.png</a>"#));
        let (_, words) = blocks.split_once("text/plain\n").expect("a block of words");
        assert!(words.contains("save it, beside this notebook, as drawings/my-digit.png."));
    }

    #[test]
    fn an_odd_name_cannot_leave_its_place_in_the_page() {
        let blocks = pad("é & \"</script>'#%.png").blocks();
        assert!(blocks.contains(r##"data-file="é &amp; &quot;&lt;/script&gt;&#39;#%.png""##));
        assert!(blocks.contains(r#"href="%C3%A9%20%26%20%22%3C/script%3E%27%23%25.png""#));
        let (page, _) = blocks.split_once("EVCXR_BEGIN_CONTENT text/plain").expect("two blocks");
        assert_eq!(page.matches("</script>").count(), 1);
    }

    #[test]
    fn a_name_that_is_not_below_the_notebook_or_no_png_is_refused() {
        let bad =
            ["", ".png", "/my.png", "../my.png", "a//b.png", "c:my.png", "a\\b.png", "my.jpg"];
        for file in bad {
            let error = drawing_pad(file).expect_err("must be refused").to_string();
            assert!(error.starts_with(&format!("{file:?} as the drawing's file")), "{error}");
        }
        assert_eq!(drawing_pad("My digit.PNG").expect("a good name"), pad("My digit.PNG"));
    }
}
