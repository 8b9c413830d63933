//! Cargo's list of packages, shortened to those whose types a notebook can meet.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result};
use serde_json::Value;

/// Leaves out the packages that only those lead to which are `cut` off from their dependencies,
/// but for the ones kept. What else the notebook's own crate depends on, because a cell asked for
/// it, stays whole.
///
/// # Errors
/// An answer that is not as `cargo metadata --format-version 1` writes it.
pub fn prune(answer: &[u8], cut: &BTreeMap<String, Vec<String>>) -> Result<Vec<u8>> {
    let mut metadata: Value = serde_json::from_slice(answer)?;
    if metadata["resolve"].is_null() {
        return Ok(answer.to_owned());
    }
    let names = names(&metadata)?;
    let root = metadata["resolve"]["root"].as_str().context("no root package")?.to_owned();
    let nodes = metadata["resolve"]["nodes"].as_array_mut().context("no graph of packages")?;
    for node in nodes.iter_mut() {
        let name =
            node["id"].as_str().and_then(|id| names.get(id)).context("a nameless package")?;
        if let Some(kept) = cut.get(name) {
            let keeps = |id: &Value| {
                let name = id.as_str().and_then(|id| names.get(id));
                name.is_some_and(|name| kept.contains(name))
            };
            list(&mut node["deps"])?.retain(|dependency| keeps(&dependency["pkg"]));
            list(&mut node["dependencies"])?.retain(keeps);
        }
    }
    let seen = reachable(nodes, root);
    let is_seen = |package: &Value| package["id"].as_str().is_some_and(|id| seen.contains(id));
    nodes.retain(is_seen);
    list(&mut metadata["packages"])?.retain(is_seen);
    Ok(serde_json::to_vec(&metadata)?)
}

fn list(value: &mut Value) -> Result<&mut Vec<Value>> {
    value.as_array_mut().context("a list is missing")
}

/// The packages' names by their ids.
fn names(metadata: &Value) -> Result<HashMap<String, String>> {
    let packages = metadata["packages"].as_array().context("no packages")?;
    let name = |package: &Value| {
        Some((package["id"].as_str()?.to_owned(), package["name"].as_str()?.to_owned()))
    };
    packages.iter().map(|package| name(package).context("a nameless package")).collect()
}

fn reachable(nodes: &[Value], root: String) -> HashSet<String> {
    let ids = |node: &Value| -> Vec<String> {
        let dependencies = node["dependencies"].as_array().into_iter().flatten();
        dependencies.filter_map(|id| Some(id.as_str()?.to_owned())).collect()
    };
    let edges: HashMap<&str, Vec<String>> =
        nodes.iter().filter_map(|node| Some((node["id"].as_str()?, ids(node)))).collect();
    let mut seen = HashSet::from([root.clone()]);
    let mut to_visit = vec![root];
    while let Some(id) = to_visit.pop() {
        for next in edges.get(id.as_str()).into_iter().flatten() {
            if seen.insert(next.clone()) {
                to_visit.push(next.clone());
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests;
