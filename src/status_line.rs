//! Status lines: JSON for the program that runs this one, among the lines it prints for people.
//!
//! A program that understands them sets `MNIST_TUTORIAL_LIVE` and takes lines that begin with an
//! invisible mark out of the output. Where the variable is not set, none are printed. What stands
//! in them is up to whoever prints them.

use std::io::{self, Write};

use serde_json::Value;

/// Set by a program that reads these lines.
const VARIABLE: &str = "MNIST_TUTORIAL_LIVE";
/// The beginning of each: U+2063, the invisible separator, and a name.
const MARK: &str = "\u{2063}mnist-tutorial ";

/// Whether a program reads these lines.
pub(crate) fn is_read() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| !value.is_empty())
}

/// One such line, with its end.
pub(crate) fn line(message: &Value) -> String {
    // JSON escapes line breaks, so it is one line whatever it holds.
    format!("{MARK}{message}\n")
}

/// Prints one such line if a program reads them.
pub(crate) fn print(message: &Value) {
    if is_read() {
        write(&mut io::stdout(), &line(message));
    }
}

/// Writes a text in one go, so that nothing another thread prints lands in between.
pub(crate) fn write(out: &mut dyn Write, text: &str) {
    // A closed output means that nobody is left to tell.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_behind_the_invisible_mark() {
        let text = line(&serde_json::json!({ "error": { "message": "two\nlines" } }));
        assert_eq!(text, "\u{2063}mnist-tutorial {\"error\":{\"message\":\"two\\nlines\"}}\n");
    }
}
