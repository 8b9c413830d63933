//! How a value shows itself as the result of a cell.
//!
//! The kernel calls `evcxr_display` on what the last line of a cell came to, and reads
//! blocks from standard output: a line that names a MIME type, the content, an end line.
//! It keeps the last block of each type, so one cell shows one figure.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::plot::Figure;
use crate::status_line::write;
use crate::table::{Table, escape_html};
use crate::tensorboard::TensorBoard;

/// One block of the kernel's protocol.
pub(super) fn block(mime_type: &str, content: &str) -> String {
    format!("EVCXR_BEGIN_CONTENT {mime_type}\n{content}\nEVCXR_END_CONTENT\n")
}

/// Prints blocks in one go, so that nothing another thread prints lands in between.
pub(super) fn print_blocks(blocks: &str) {
    write(&mut io::stdout(), blocks);
}

/// A name that no other element of this notebook has, those of earlier kernels included.
pub(super) fn new_id(kind: &str) -> String {
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{kind}-{:x}-{:x}", std::process::id(), moment.as_nanos())
}

impl Figure {
    /// Shows the figure as the result of a notebook cell, with its text alternative.
    pub fn evcxr_display(&self) {
        print_blocks(&self.blocks());
    }

    /// What [`Figure::evcxr_display`] prints: the figure and its text alternative.
    pub(super) fn blocks(&self) -> String {
        block("image/png", &STANDARD.encode(self.png())) + &block("text/plain", self.alt_text())
    }
}

impl Table {
    /// Shows the table as the result of a notebook cell, and as text where HTML isn't shown.
    pub fn evcxr_display(&self) {
        print_blocks(&self.blocks());
    }

    /// What [`Table::evcxr_display`] prints.
    fn blocks(&self) -> String {
        block("text/html", &self.to_html()) + &block("text/plain", &self.to_string())
    }
}

/// Puts TensorBoard into the place of the sentence where Jupyter's proxy reaches it, which it does
/// behind Jupyter's login and wherever the page comes from; a stored notebook that is opened later
/// keeps the sentence, as does a front end without such a proxy. The front end may add the sentence
/// to the page after it runs the script, so that waits for it.
const SCRIPT: &str = r#"(() => {
  const settings = document.getElementById("jupyter-config-data");
  if (!settings) return;
  const address = JSON.parse(settings.textContent).baseUrl + "proxy/PROXIED";
  const show = (tries) => {
    const place = document.getElementById("PLACE");
    if (!place) { if (tries) setTimeout(show, 200, tries - 1); return; }
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = "TensorBoard";
    frame.style = "width: 100%; height: 800px; border: 0";
    place.replaceChildren(frame);
  };
  fetch(address, { cache: "no-store" }).then((answer) => answer.ok && show(50), () => {});
})();"#;

impl TensorBoard {
    /// Shows TensorBoard in the notebook, or, where it has ended, how to see it.
    pub fn evcxr_display(&self) {
        print_blocks(&(block("text/html", &self.html()) + &block("text/plain", &self.sentence())));
    }

    fn sentence(&self) -> String {
        let (logdir, address) = (self.logdir().display(), self.address());
        format!(
            "TensorBoard for {logdir} is at {address} while the kernel that ran this cell lives. \
             Later, run the cell again, or `cargo xtask tensorboard`."
        )
    }

    fn html(&self) -> String {
        let address = self.address();
        let place = new_id("tensorboard");
        let proxied = address.trim_start_matches("http://");
        let script = SCRIPT.replace("PLACE", &place).replace("PROXIED", proxied);
        let link = format!("<a href=\"{address}\" target=\"_blank\">{address}</a>");
        let sentence = escape_html(&self.sentence())
            .replace(address, &link)
            .replace("`cargo xtask tensorboard`", "<code>cargo xtask tensorboard</code>");
        format!("<div id=\"{place}\"><p>{sentence}</p></div>\n<script>{script}</script>")
    }
}

#[cfg(test)]
mod tests;
