use super::*;
use serde_json::json;

fn notebook(code: Value) -> String {
    json!({
        "metadata": { "kernelspec": { "name": kernel::NAME } },
        "cells": [{ "cell_type": "markdown", "source": ["# Data\n", "What is it?"] }, code],
    })
    .to_string()
}

fn cell(source: &str, outputs: Value) -> Value {
    json!({ "cell_type": "code", "source": source, "execution_count": 1, "outputs": outputs })
}

fn broken_by(code: Value) -> String {
    check(&notebook(code), Use::Read).join("; ")
}

#[test]
fn a_proper_notebook_breaks_no_rule() {
    let image = json!([{
        "output_type": "execute_result",
        "data": { "image/png": "iVBO", "text/plain": "A seven." },
        "metadata": { "image/png": { "alt": "A seven." } },
    }]);
    assert_eq!(broken_by(cell("plot::digit(&data.test, 0)?", image)), "");
    let lines = json!([{ "output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"] }]);
    assert_eq!(broken_by(cell("println!(\"a\\nb\")", lines)), "");
}

#[test]
fn each_broken_rule_is_named() {
    let stream =
        |name: &str, text: &str| json!([{ "output_type": "stream", "name": name, "text": text }]);
    let image = json!([{ "data": { "image/png": "iVBO" }, "metadata": {} }]);
    for (code, expected) in [
        (cell("", json!([])), "empty"),
        (cell(&"x\n".repeat(16), json!([])), "16 lines of code"),
        (cell(&"x".repeat(81), json!([])), "wider than 80"),
        (cell("x", json!([{ "output_type": "error" }])), "a stored error"),
        (cell("x", stream("stderr", "panicked")), "stderr"),
        (cell("x", stream("stdout", "\u{2063}{}")), "live view"),
        (cell("x", stream("stdout", &"line\n".repeat(21))), "21 lines of output"),
        (cell("x", image), "text alternative"),
    ] {
        let found = broken_by(code);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn cells_are_executed_from_the_first_to_the_last() {
    let mut skipped = cell("x", json!([]));
    skipped["execution_count"] = json!(2);
    assert!(broken_by(skipped.clone()).contains("executed as number 2"));
    skipped["execution_count"] = Value::Null;
    assert!(broken_by(skipped).contains("never executed"));
}

#[test]
fn size_title_and_kernel_are_checked() {
    let long = "x".repeat(FILE_BYTES);
    let code = json!({ "cell_type": "code", "source": long });
    let found = check(&json!({ "cells": [code] }).to_string(), Use::Read);
    let found = found.join("; ");
    for expected in ["at most 500000", "kernel is not `mnist-tutorial`", "not a title"] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
    assert!(check("{", Use::Read).join("").contains("not readable"));
}

#[test]
fn an_error_is_stored_where_it_is_meant_to_be_shown_and_nowhere_else() {
    let error = json!([{ "output_type": "error", "traceback": ["E0425\n", "not found"] }]);
    let mut code = cell("x", error);
    assert!(broken_by(code.clone()).contains("a stored error"));
    code["metadata"] = json!({ "tags": ["raises-exception"] });
    assert_eq!(broken_by(code.clone()), "");
    code["outputs"] = json!([]);
    assert!(broken_by(code.clone()).contains("no error, though it is tagged"));
    code["outputs"] = json!([{ "output_type": "error", "traceback": ["a\n".repeat(21)] }]);
    assert!(broken_by(code).contains("21 lines of output"));
}

#[test]
fn a_table_counts_its_rows() {
    let table = |rows: usize| {
        let html = format!("<table>{}</table>", "<tr><td>1</td></tr>".repeat(rows));
        let text = "1\n".repeat(rows + 1);
        json!([{
            "output_type": "execute_result",
            "data": { "text/html": html, "text/plain": text },
            "metadata": {},
        }])
    };
    assert_eq!(broken_by(cell("x", table(20))), "");
    assert!(broken_by(cell("x", table(21))).contains("21 lines of output"));
}

#[test]
fn a_sheet_has_no_outputs_and_a_solution_more_lines() {
    let code = cell("x", json!([]));
    let found = check(&notebook(code.clone()), Use::FilledIn).join("");
    assert!(found.contains("a sheet with outputs"), "{found}");
    let mut code = cell(&"x\n".repeat(25), json!([]));
    code["execution_count"] = Value::Null;
    code["metadata"] = json!({ "nbgrader": { "solution": true } });
    assert_eq!(check(&notebook(code), Use::FilledIn).join(""), "");
}
