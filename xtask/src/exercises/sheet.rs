//! A sheet: a solution without what the reader is to write, and without outputs.
//!
//! Sources become what nbgrader 0.9.6 makes of them with `c.ClearSolutions.code_stub = {"rust":
//! "// YOUR CODE HERE\ntodo!()"}` (`nbgrader/preprocessors/clearsolutions.py`). A sheet lies one
//! folder above its solution, so links and paths that lead out of there lose one `..`.

use crate::notebook::{is_code, is_solution, text_of};
use anyhow::{Context, Result, bail, ensure};
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};

const BEGIN: &str = "BEGIN SOLUTION";
const END: &str = "END SOLUTION";
/// What takes the place of a solution.
const STUB: [&str; 2] = ["// YOUR CODE HERE", "todo!()"];
/// Metadata of a cell's outputs.
const OF_OUTPUTS: [&str; 3] = ["collapsed", "scrolled", "execution"];

/// The text of the sheet that a solution makes; the same bytes each time.
///
/// # Errors
/// A region without its other end, inside another, or outside a solution cell.
pub fn of(solution: &Value) -> Result<String> {
    let mut sheet = solution.clone();
    let cells = sheet["cells"].as_array_mut().context("it has no cells")?;
    for (number, cell) in (1..).zip(cells) {
        clear(cell).with_context(|| format!("cell {number}"))?;
    }
    // As nbformat writes notebooks: one space, keys in the order of their letters.
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
    serde::Serialize::serialize(&sheet, &mut serializer)?;
    Ok(String::from_utf8(bytes)? + "\n")
}

fn clear(cell: &mut Value) -> Result<()> {
    let source = text_of(&cell["source"]);
    let cleared = without_solution(&source, is_solution(cell))?;
    if is_code(cell) {
        cell["outputs"] = json!([]);
        cell["execution_count"] = Value::Null;
        cell["source"] = lines(&cleared.replace("\"../..", "\"..")).into();
    } else {
        ensure!(!is_solution(cell), "a solution in a cell that is not code");
        cell["source"] = lines(&with_links_moved(&cleared)).into();
    }
    if let Some(metadata) = cell["metadata"].as_object_mut() {
        metadata.retain(|name, _| !OF_OUTPUTS.contains(&name.as_str()));
    }
    Ok(())
}

/// A solution cell without a region is one as a whole.
fn without_solution(source: &str, is_solution: bool) -> Result<String> {
    let mut kept = Vec::new();
    let (mut inside, mut regions) = (false, 0);
    for line in source.split('\n') {
        if line.contains(BEGIN) {
            ensure!(!inside, "`{BEGIN}` inside a solution");
            ensure!(is_solution, "`{BEGIN}` in a cell that is not marked as a solution");
            (inside, regions) = (true, regions + 1);
            let indent = &line[..line.len() - line.trim_start().len()];
            kept.extend(STUB.map(|stub| format!("{indent}{stub}")));
        } else if line.contains(END) {
            // nbgrader passes over one end too many.
            ensure!(inside, "`{END}` without `{BEGIN}`");
            inside = false;
        } else if !inside {
            kept.push(line.to_owned());
        }
    }
    if inside {
        bail!("`{BEGIN}` without `{END}`");
    }
    if is_solution && regions == 0 {
        return Ok(STUB.join("\n"));
    }
    Ok(kept.join("\n"))
}

/// Links to notebooks and sheets, as they are written one folder further up.
fn with_links_moved(text: &str) -> String {
    let mut parts = text.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |moved, part| {
        let target = part.split(')').next().unwrap_or_default();
        let rest = target.strip_prefix("../");
        let leads_out = rest.is_some_and(|rest| rest.starts_with("../") || !rest.contains('/'));
        moved + "](" + if leads_out { &part["../".len()..] } else { part }
    })
}

/// Each line of a text with its end, as notebooks store it.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
