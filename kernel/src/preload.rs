//! What a kernel does before it says that it is ready.
//!
//! evcxr runs `prelude.rs` of its configuration folder at its start. Ours has the crate
//! loaded, analysed and linked, and a few lines run; the first cell of a notebook, whose
//! `:dep` line names the same crate, then finds everything done. An `evcxr.toml` beside a
//! notebook that brings a prelude of its own takes the place of this one; the user's own
//! configuration folder is neither read nor changed.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::facts::Facts;
use crate::files;
use crate::layout::evcxr_folder;
use crate::settings::Settings;

/// Has errors told in words that `?` returns from a cell: evcxr prints them by `eprintln!("{}",
/// error)`, or as `:efmt` says, in code it adds to the cell, and an item of the notebook's own
/// goes before the standard library's. The name passes through a second arm because `error`
/// written here would be another `error` than evcxr's. A cell may write the same line itself:
/// what tells the two apart is the name of a closure, which holds the function it stands in.
/// Only the first format needs an error that implements `Display`.
const ERRORS_IN_WORDS: &str = r#"#[allow(unused_macros)]
macro_rules! eprintln {
    ("{}", $name:ident) => { eprintln!(@ $name $name "{}", &$name) };
    ($format:literal, $name:ident) => {
        eprintln!(@ $name $name $format, &::std::format_args!($format, $name))
    };
    (@ error $name:ident $format:literal, $error:expr) => {
        if ::std::any::type_name_of_val(&|| ()).contains("EvcxrUserCodeError") {
            REPORT_ERROR($error)
        } else {
            ::std::eprintln!($format, $name)
        }
    };
    (@ $other:ident $name:ident $format:literal, $error:expr) => {
        ::std::eprintln!($format, $name)
    };
    ($($all:tt)*) => { ::std::eprintln!($($all)*) };
}
"#;

/// evcxr shows the value at a cell's end by its method `evcxr_display`, and compiles the cell a
/// second time, with `{:?}`, where it has none. So all that can be shown so has that method; a
/// type's own goes before it. The value of a loop or a block without one is nothing to show.
/// The relay takes the method away where a notebook asks for another format.
const DISPLAY: &str = r#"trait EvcxrDisplayByDebug { fn evcxr_display(&self); }
impl<T: ::std::fmt::Debug + ?Sized> EvcxrDisplayByDebug for T {
    fn evcxr_display(&self) {
        if ::std::any::type_name::<T>() != "()" {
            let text = ::std::format!("{:?}", self);
            ::std::println!("EVCXR_BEGIN_CONTENT text/plain\n{text}\nEVCXR_END_CONTENT");
        }
    }
}
"#;

/// evcxr's name for what it runs first.
const PRELUDE: &str = "prelude.rs";

/// Written by the prelude's last line.
const DONE: &str = "preloaded";

/// Makes the prelude in a kernel's private folder, unless it would have to compile
/// dependencies: those minutes belong into a cell, where the reader sees what happens.
pub fn write(settings: &Settings, folder: &Path, facts: &Facts) -> Result<()> {
    let is_compiled = facts.dependencies_now().is_ok_and(|now| now.name() == facts.dependencies);
    if settings.is_without("preload") || !is_compiled {
        return Ok(());
    }
    let own = evcxr_folder(folder);
    let text = prelude(settings, &facts.project, &own.join(DONE));
    files::write(&own.join(PRELUDE), text.as_bytes(), 0o600)
}

/// Whether the prelude is what a kernel that starts in the current folder does first.
pub fn is_next(folder: &Path) -> bool {
    evcxr_folder(folder).join(PRELUDE).exists() && !Path::new("evcxr.toml").exists()
}

/// Whether a kernel that failed did so in its prelude; then the prelude is gone, and the
/// next kernel in this folder starts without: a library that does not compile must show its
/// errors in the notebook's own `:dep` cell.
pub fn give_up(folder: &Path) -> bool {
    let own = evcxr_folder(folder);
    !own.join(DONE).exists() && fs::remove_file(own.join(PRELUDE)).is_ok()
}

/// The prelude prints nothing: evcxr would wait forever for somebody to read it.
///
/// The first `?` that a kernel sees has it compile the cell twice, and show no image if that
/// is the cell's last value; so it comes here. The last line is what evcxr prints itself where
/// a `?` ends a cell: it has evcxr forget the new variables.
fn prelude(settings: &Settings, project: &Path, done: &Path) -> String {
    let done = escape(done);
    let code = &settings.prelude;
    let errors =
        code.report_error.as_ref().map(|path| ERRORS_IN_WORDS.replace("REPORT_ERROR", path));
    [
        &format!(":dep {}", dependency(settings, project)),
        &code.imports,
        &code.in_every_process,
        &errors.unwrap_or_default(),
        DISPLAY,
        &code.warm_up,
        "Ok::<(), std::fmt::Error>(())?;\n",
        &format!("let _ = std::fs::write(\"{done}\", \"\");\n"),
        "println!(\"EVCXR_ERROR_OCCURRED\");\n",
    ]
    .concat()
}

/// The line that names the crate in evcxr's manifest.
pub fn dependency(settings: &Settings, project: &Path) -> String {
    format!("{} = {{ path = \"{}\" }}\n", settings.crate_name, escape(project))
}

/// The path inside quotes, written as evcxr does: it compares the `:dep` lines' texts.
fn escape(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests;
