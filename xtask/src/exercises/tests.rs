use super::*;
use serde_json::{Value, json};
use std::fs;

fn solution(source: &str) -> Value {
    let marks = json!({ "nbgrader": { "solution": true }, "execution": {}, "tags": ["a"] });
    let cell = json!({ "cell_type": "code", "id": "b", "metadata": marks, "source": source,
        "execution_count": 3, "outputs": [{ "output_type": "stream" }] });
    json!({ "cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 })
}

fn sheet(solution: &Value) -> Value {
    serde_json::from_str(&sheet_of(solution).unwrap()).unwrap()
}

#[test]
fn a_region_becomes_the_stub_at_its_own_indentation() {
    let source = "fn neuron(x: f32) -> f32 {\n    // BEGIN SOLUTION\n    let y = x;\n    y + 1.\n    \
                  // END SOLUTION\n}\n\n// BEGIN SOLUTION\nfn more() {}\n// END SOLUTION";
    let sheet = sheet(&solution(source));
    let expected = "fn neuron(x: f32) -> f32 {\n    // YOUR CODE HERE\n    todo!()\n}\n\n\
                    // YOUR CODE HERE\ntodo!()";
    assert_eq!(notebook::text_of(&sheet["cells"][0]["source"]), expected);
    assert_eq!(sheet["cells"][0]["source"][0], "fn neuron(x: f32) -> f32 {\n");
    assert_eq!(sheet["cells"][0]["outputs"], json!([]));
    assert_eq!(sheet["cells"][0]["execution_count"], Value::Null);
    let kept = json!({ "nbgrader": { "solution": true }, "tags": ["a"] });
    assert_eq!(sheet["cells"][0]["metadata"], kept);
}

#[test]
fn a_solution_cell_without_a_region_becomes_the_stub() {
    let sheet = sheet(&solution("let all = 1;"));
    let source = notebook::text_of(&sheet["cells"][0]["source"]);
    assert_eq!(source, "// YOUR CODE HERE\ntodo!()");
}

#[test]
fn a_region_that_is_not_whole_is_refused() {
    for (source, expected) in [
        ("// BEGIN SOLUTION\n1", "without `END SOLUTION`"),
        ("1\n// END SOLUTION", "`END SOLUTION` without"),
        ("// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION", "inside a solution"),
    ] {
        let error = format!("{:#}", sheet_of(&solution(source)).unwrap_err());
        assert!(error.contains("cell 1") && error.contains(expected), "{error}");
    }
    let mut unmarked = solution("// BEGIN SOLUTION\n1\n// END SOLUTION");
    unmarked["cells"][0]["metadata"] = json!({});
    let error = format!("{:#}", sheet_of(&unmarked).unwrap_err());
    assert!(error.contains("not marked as a solution"), "{error}");
    let mut prose = solution("words");
    prose["cells"][0]["cell_type"] = json!("markdown");
    assert!(sheet_of(&prose).is_err());
}

#[test]
fn what_leads_out_of_the_solutions_folder_leads_out_of_the_sheets() {
    let mut notebook = solution("");
    let dependency = ":dep mnist_tutorial = { path = \"../..\" }\nlet file = \"../../runs/a\";";
    let prose = "[2](../../notebooks/02-network.ipynb), [next](../03-training.ipynb), \
                 [here](#a), [web](https://a.b/c)";
    notebook["cells"] = json!([
        { "cell_type": "code", "metadata": {}, "source": dependency },
        { "cell_type": "markdown", "metadata": {}, "source": prose },
    ]);
    let sheet = sheet(&notebook);
    let sources = [0, 1].map(|cell| notebook::text_of(&sheet["cells"][cell]["source"]));
    assert_eq!(sources[0], ":dep mnist_tutorial = { path = \"..\" }\nlet file = \"../runs/a\";");
    assert_eq!(
        sources[1],
        "[2](../notebooks/02-network.ipynb), [next](03-training.ipynb), [here](#a), \
         [web](https://a.b/c)"
    );
}

#[test]
fn sheets_are_made_of_all_solutions_or_of_none() {
    let project = tempfile::tempdir().unwrap();
    assert!(make(project.path()).unwrap_err().to_string().contains("there are no notebooks"));
    let folder = project.path().join(SOLUTIONS);
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, source: &str| {
        fs::write(folder.join(name), solution(source).to_string()).unwrap();
    };
    write("01-a.ipynb", "1");
    write("02-b.ipynb", "// BEGIN SOLUTION");
    let error = format!("{:#}", make(project.path()).unwrap_err());
    assert!(error.contains("02-b.ipynb: cell 1"), "{error}");
    assert_eq!(notebook::in_folder(&project.path().join(SHEETS)).unwrap(), [] as [PathBuf; 0]);
    write("02-b.ipynb", "2");
    make(project.path()).unwrap();
    let sheets = notebook::in_folder(&project.path().join(SHEETS)).unwrap();
    let first = fs::read_to_string(&sheets[0]).unwrap();
    assert!(first.starts_with("{\n \"cells\": [\n  {\n   \"cell_type\"") && first.ends_with("}\n"));
    make(project.path()).unwrap();
    assert_eq!(fs::read_to_string(&sheets[1]).unwrap(), first);
}
