//! Messages of libraries, cut down to what a reader can use.

/// A longer message hides what it says.
const LONGEST: usize = 1000;
/// Begins what `unwrap` adds to the error it shows.
const UNWRAPPED: &str = "called `Result::unwrap()` on an `Err` value: ";
/// Where libtorch's own words end, and its stack of C++ calls begins.
const STACK: &str = "Exception raised from ";
/// What tch puts before libtorch's words.
const TORCH: &str = "Internal torch error: ";

/// A message on one line, without libtorch's stack of calls and what `unwrap` puts around it.
pub(super) fn in_words(message: &str) -> String {
    let message = match message.strip_prefix(UNWRAPPED).and_then(torch_text) {
        Some(text) => format!("libtorch: {text}"),
        None => message.replace(TORCH, "libtorch: "),
    };
    let words = match message.find(STACK) {
        Some(stack) => &message[..stack],
        None => &message,
    };
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut line = lines.next().unwrap_or_default().to_owned();
    for (number, next) in lines.enumerate() {
        let colon = number == 0 && !line.ends_with([':', '.', ',', ';', '!', '?']);
        line += match (number, colon) {
            (0, true) => ": ",
            (0, false) => " ",
            _ => ", ",
        };
        line += next;
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// libtorch's words in a `TchError` as `unwrap` shows it, `Torch("…")` with `\n` for line ends.
fn torch_text(shown: &str) -> Option<String> {
    let text = shown.strip_prefix("Torch(\"")?;
    let text = text.strip_suffix("\")").unwrap_or(text);
    let mut letters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                Some(other) => plain.push(other),
                None => {}
            },
            (letter, false) => plain.push(letter),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtorchs_stack_goes_and_its_sentence_stays() {
        let shown = "called `Result::unwrap()` on an `Err` value: Torch(\"The size of \\\"a\\\" (3) \
                     must match\\nException raised from infer at /a.cpp:35:\\nframe #0: c10\")";
        assert_eq!(in_words(shown), "libtorch: The size of \"a\" (3) must match");
        let error = "the first step: Internal torch error: mat1 (1x3) and mat2 (4x5)\n\
                     Exception raised from meta at /b.cpp:1\nframe #0: x";
        assert_eq!(in_words(error), "the first step: libtorch: mat1 (1x3) and mat2 (4x5)");
    }

    #[test]
    fn lines_become_one_line() {
        let shown = "assertion `left == right` failed: a reason\n  left: 1\n right: 2";
        assert_eq!(
            in_words(shown),
            "assertion `left == right` failed: a reason: left: 1, right: 2"
        );
        assert_eq!(in_words("Not found.\n\n  Try again.\n"), "Not found. Try again.");
        assert_eq!(in_words(""), "");
        let long = in_words(&"é".repeat(3000));
        assert_eq!(long.chars().count(), LONGEST + 1);
    }

    #[test]
    fn what_is_no_error_of_libtorch_keeps_its_words() {
        for message in [
            "index out of bounds: the len is 3 but the index is 10",
            "called `Option::unwrap()` on a `None` value",
            "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }",
        ] {
            assert_eq!(in_words(message), message);
        }
    }
}
