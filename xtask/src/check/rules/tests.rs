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
    check(&notebook(code)).join("; ")
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
    let found = check(&json!({ "cells": [{ "cell_type": "code", "source": long }] }).to_string());
    let found = found.join("; ");
    for expected in ["at most 500000", "kernel is not `mnist-tutorial`", "not a title"] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
    assert!(check("{").join("").contains("not readable"));
}
