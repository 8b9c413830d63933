//! The rule of the links: what a cell of Markdown links to in the clone is there.

use crate::notebook::{cells, is_code, text_of};
use serde_json::Value;
use std::path::Path;

/// The links of a notebook in this folder to files that are not there.
pub fn check(notebook: &Value, folder: &Path) -> Vec<String> {
    let prose = cells(notebook).iter().filter(|cell| !is_code(cell));
    let dead = prose.flat_map(|cell| {
        let text = text_of(&cell["source"]);
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        let dead = targets.filter(|target| {
            let file = target.split('#').next().unwrap_or_default();
            !file.is_empty() && !file.contains(':') && !folder.join(file).exists()
        });
        dead.map(|target| format!("a link to {target}, which is not there")).collect::<Vec<_>>()
    });
    dead.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_link_to_a_file_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("glossary.md"), "").unwrap();
        let found = |text: &str| {
            let cell = json!({ "cell_type": "markdown", "source": text });
            check(&json!({ "cells": [cell] }), folder.path()).join("; ")
        };
        assert_eq!(found("[a](glossary.md#a) [b](https://c.d/e) [f](#g) [h] (i)"), "");
        assert_eq!(found("[a](../b/c.ipynb)"), "a link to ../b/c.ipynb, which is not there");
    }
}
