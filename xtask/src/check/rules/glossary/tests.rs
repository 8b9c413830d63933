use super::*;

const GLOSSARY: &str = "# Glossary\n\nWords.\n\n### batch\n*Also: batches*\n\nSome examples at \
    once. Introduced in [01](01-data.ipynb).\n\n### hidden layer\n*Also: hidden layers*\n\nA layer \
    inside. Introduced in [02](02-network.ipynb).\n\n### step\n*Only as: training step*\n\nOne \
    change of all weights. Introduced in [02](02-network.ipynb).\n";

fn entries() -> Vec<Entry> {
    let (entries, broken) = entries::parse(GLOSSARY);
    assert_eq!(broken, [] as [String; 0]);
    entries
}

/// What is found in two notebooks of one cell each.
fn found(first: &str, second: &str) -> String {
    let chapter = |name: &str, text: &str| Chapter { name: name.into(), prose: vec![text.into()] };
    let chapters = [chapter("01-data", first), chapter("02-network", second)];
    check_course(&entries(), &chapters).join("; ")
}

const FIRST: &str = "A [batch](glossary.md#batch) of many.";
const SECOND: &str =
    "A [hidden layer](glossary.md#hidden-layer), a [training step](glossary.md#step).";

#[test]
fn terms_that_are_linked_where_they_come_first_are_right() {
    assert_eq!(found(FIRST, SECOND), "");
    let words = "# Hidden layers\n\n`hidden layer` ![hidden layer](a.png) <hidden layer> ~~~\n\
                 ```\nhidden layer\n```\n[hidden layer](02-network.ipynb), step by step, layers, \
                 mini-batch";
    assert_eq!(found(&format!("{words} {FIRST} Batches."), SECOND), "");
    let kept = "Words.\n\n## What to keep\n\n* All.\n\n| term | meaning |\n| --- | --- |\n\
                | `batch` (of a hidden layer), batches | a hidden layer |\n";
    assert_eq!(found(&format!("{kept}\n{FIRST}"), SECOND), "");
}

#[test]
fn each_use_at_the_wrong_place_is_named() {
    for (first, second, expected) in [
        ("Batches of many.", SECOND, "`batch` is used in 01-data before it is linked"),
        ("Many.", SECOND, "`batch` is never used"),
        ("Many.", &format!("{FIRST} {SECOND}"), "`batch` is not used in 01-data"),
        (
            &format!("{FIRST} Some *hidden\nlayers*."),
            SECOND,
            "`hidden layer` is used before it is introduced, in 01-data: …· of many. some *hidden \
             layers*.…",
        ),
        (&format!("{FIRST} A training step."), SECOND, "`step` is used before"),
    ] {
        let found = found(first, second);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn terms_of_the_tables_are_in_the_glossary() {
    let table = |term: &str| {
        format!(
            "Words.\n\n## What to keep\n\n| term | meaning |\n| --- | --- |\n| {term} | a |\n\n{FIRST}"
        )
    };
    let of = |term: &str| found(&table(term), SECOND);
    assert_eq!(of("[batch](glossary.md#batch)"), "");
    assert!(of("seed").contains("01-data: `seed` is in its table, but not in"));
    assert!(of("batch / hidden layer").contains("has it introduced in 02-network"));
}

#[test]
fn an_entry_that_lacks_something_is_named() {
    for (text, expected) in [
        ("### b\n\nA. Introduced in [01](01-a.ipynb).\n### a\n\nA.", "order of the alphabet"),
        ("### a (b)\n\nA.", "letters, digits"),
        ("### a\n\nA.", "it lacks `Introduced in"),
        ("### a\n*Also: b*\n\nIntroduced in [01](01-a.ipynb).", "says nothing"),
        ("### a\n\nA.\n### b\n*Also: a*\n\nB.", "shares a form with `a`"),
    ] {
        let found = entries::parse(text).1.join("; ");
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn a_link_to_no_entry_is_named() {
    let dead = |text: &str| dead_links(text, &entries(), "glossary.md#").join("; ");
    assert_eq!(dead("[a](glossary.md#hidden-layer)"), "");
    let text = "[a](../notebooks/glossary.md#layer)";
    assert_eq!(dead(text), "the glossary has no entry #layer");
}

#[test]
fn a_glossary_is_read_with_the_notebooks_beside_it() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("notebooks");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let cell = serde_json::json!({ "cell_type": "markdown", "source": text });
        std::fs::write(folder.join(name), serde_json::json!({ "cells": [cell] }).to_string())
            .unwrap();
        folder.join(name)
    };
    let course = [write("01-data.ipynb", FIRST), write("02-network.ipynb", SECOND)];
    let other = [write("errors.ipynb", "Batches, [a](glossary.md#layer)")];
    let found = || check(project.path(), &course, &other).unwrap();
    assert_eq!(found(), ["notebooks/glossary.md is missing"]);
    std::fs::write(project.path().join(FILE), GLOSSARY).unwrap();
    assert_eq!(found(), ["notebooks/errors.ipynb: the glossary has no entry #layer"]);
}
