//! How a started TensorBoard shows itself in a cell: in a frame, as long as it is there.

use std::time::{SystemTime, UNIX_EPOCH};

use super::display::{block, print_blocks};
use crate::table::escape_html;
use crate::tensorboard::TensorBoard;

/// Puts TensorBoard into the place of the sentence if it answers; a stored notebook that is
/// opened later keeps the sentence. Another page may only learn that there is an answer, not
/// read it (`no-cors`). The frontend may add the sentence to the page after it runs the
/// script, so that waits for it.
const SCRIPT: &str = r#"(() => {
  const show = (tries) => {
    const place = document.getElementById("PLACE");
    if (!place) { if (tries) setTimeout(show, 200, tries - 1); return; }
    const frame = document.createElement("iframe");
    frame.src = "ADDRESS";
    frame.title = "TensorBoard";
    frame.style = "width: 100%; height: 800px; border: 0";
    place.replaceChildren(frame);
  };
  fetch("ADDRESS", { mode: "no-cors", cache: "no-store" }).then(() => show(50), () => {});
})();"#;

impl TensorBoard {
    /// Shows TensorBoard in the notebook, or, where it has ended, how to see it.
    pub fn evcxr_display(&self) {
        print_blocks(&self.blocks());
    }

    /// What [`TensorBoard::evcxr_display`] prints.
    pub(crate) fn blocks(&self) -> String {
        block("text/html", &self.html()) + &block("text/plain", &self.sentence())
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
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let place = format!("tensorboard-{}", moment.as_nanos());
        let script = SCRIPT.replace("PLACE", &place).replace("ADDRESS", &address);
        let link = format!("<a href=\"{address}\" target=\"_blank\">{address}</a>");
        let sentence = escape_html(&self.sentence())
            .replace(&address, &link)
            .replace("`cargo xtask tensorboard`", "<code>cargo xtask tensorboard</code>");
        format!("<div id=\"{place}\"><p>{sentence}</p></div>\n<script>{script}</script>")
    }
}
