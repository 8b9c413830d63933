//! The report of a cell that fails: the error in words, the place, and nothing else.
//!
//! The course's kernel calls these two functions. Where it can show an error as an error, they
//! print it as such; elsewhere as one line on standard error.

use std::any::Any;
use std::env;
use std::fmt::Display;
use std::io;
use std::iter;
use std::panic::{self, Location, PanicHookInfo};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::json;

use crate::status_line;

/// Where evcxr keeps the crate of the cell that runs.
const CRATE_VARIABLE: &str = "EVCXR_TMPDIR";
/// The file of that crate, as a panic names it.
const CELL: &str = "src/lib.rs";
/// Letters of a cell's line that are quoted at most.
const LONGEST_LINE: usize = 100;

/// A longer message hides what it says.
const LONGEST: usize = 1000;
/// Begins what `unwrap` adds to the error it shows.
const UNWRAPPED: &str = "called `Result::unwrap()` on an `Err` value: ";
/// Where libtorch's own words end, and its stack of C++ calls begins.
const STACK: [&str; 2] = ["Exception raised from ", "\nframe #0: "];
/// What tch puts before libtorch's words.
const TORCH: &str = "Internal torch error: ";

/// From now on, a panic says what happened and where, in a line each, and shows no backtrace.
///
/// A panic of the cell itself is shown with the cell's line. One on another thread than that
/// which calls this does not make the cell fail, since whoever joins the thread may handle it; it
/// is reported on standard error.
pub fn report_panics() {
    // A kernel runs all its cells on the thread that calls this.
    let cells = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        let (message, place) = in_two_lines(info);
        report("panic", &message, Some(&place), thread::current().id() == cells);
    }));
}

/// Runs `wait`, and keeps what a panic of a thread of this name says, which is not reported.
///
/// A cell is compiled with a copy of this crate of its own; what all copies share is the standard
/// library, and so the hook, which is put back afterwards.
pub(crate) fn keep_panics<T>(name: &'static str, wait: impl FnOnce() -> T) -> (T, Option<String>) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = Arc::new(Mutex::new(None));
    let told = Arc::clone(&kept);
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let (message, place) = in_two_lines(info);
        if thread::current().name() == Some(name) {
            *told.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(format!("{message}, {place}"));
        } else {
            report("panic", &message, Some(&place), false);
        }
    }));
    let result = wait();
    panic::set_hook(usual);
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    (result, kept)
}

/// What happened and where.
fn in_two_lines(info: &PanicHookInfo<'_>) -> (String, String) {
    let place = info.location().map_or_else(|| "at an unknown place".to_owned(), place);
    (in_words(payload(info.payload())), place)
}

/// Tells of an error that `?` returned from a cell: what it says, with all its causes.
pub fn report_error(error: &(impl Display + ?Sized)) {
    // With `#`, anyhow's errors name their causes; most others know no difference.
    report("error", &in_words(&format!("{error:#}")), None, true);
}

/// Prints an error for the kernel where it can show it, else for whoever reads standard error.
fn report(name: &str, message: &str, place: Option<&str>, fails_cell: bool) {
    if status_line::is_read() && fails_cell {
        let traceback: Vec<&str> = iter::once(message).chain(place).collect();
        status_line::print(&json!({
            "error": { "name": name, "message": message, "traceback": traceback }
        }));
        return;
    }
    let place = place.map(|place| format!(", {place}")).unwrap_or_default();
    let name = if name == "panic" { "panic: " } else { "" };
    status_line::write(&mut io::stderr(), &format!("{name}{message}{place}\n"));
}

/// What was given to `panic!`.
fn payload(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message")
}

/// Where a panic arose, in words.
fn place(location: &Location<'_>) -> String {
    let (file, number) = (location.file(), location.line());
    let cell = env::var_os(CRATE_VARIABLE).filter(|_| file == CELL);
    match cell.map(|folder| cells_line(Path::new(&folder), number)) {
        Some(line) if line.is_empty() => "in this cell".to_owned(),
        Some(line) => format!("in the cell's line  {line}"),
        None => format!("at {}:{number}", short(file)),
    }
}

/// The line of the cell that a panic names. Its number would mean nothing: it counts the lines
/// that evcxr has put around the cell.
fn cells_line(folder: &Path, number: u32) -> String {
    let code = std::fs::read_to_string(folder.join(CELL)).unwrap_or_default();
    let line = code.lines().nth(number.saturating_sub(1) as usize).unwrap_or_default().trim();
    cut(line, LONGEST_LINE)
}

/// A text's beginning, of as many letters at most.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A source file's path from its crate's folder on: `tch-0.26.0/src/wrappers/tensor.rs`.
fn short(file: &str) -> &str {
    let sources = file.rfind("/src/").or_else(|| file.rfind("/library/"));
    let Some(sources) = sources else { return file };
    let name = file[..sources].rfind('/').map_or(0, |slash| slash + 1);
    &file[name..]
}

/// A message on one line, without libtorch's stack of calls and what `unwrap` puts around it.
fn in_words(message: &str) -> String {
    let message = match message.strip_prefix(UNWRAPPED).and_then(torch_text) {
        Some(text) => format!("libtorch: {text}"),
        None => message.replace(TORCH, "libtorch: "),
    };
    let end = STACK.iter().filter_map(|start| message.find(start)).min();
    let words = &message[..end.unwrap_or(message.len())];
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let rest = lines.collect::<Vec<_>>().join(", ");
    let between = match first.ends_with([':', '.', ',', ';', '!', '?']) {
        _ if rest.is_empty() => "",
        true => " ",
        false => ": ",
    };
    cut(&format!("{first}{between}{rest}"), LONGEST)
}

/// libtorch's words in a `TchError` as `unwrap` shows it, `Torch("…")` with `\n` for line ends.
fn torch_text(shown: &str) -> Option<String> {
    serde_json::from_str(shown.strip_prefix("Torch(")?.strip_suffix(')')?).ok()
}

#[cfg(test)]
mod tests;
