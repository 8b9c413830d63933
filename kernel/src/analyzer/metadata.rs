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
    let name = |package: &Value| (package["id"].clone(), package["name"].clone());
    let names: HashMap<Value, Value> = list(&mut metadata["packages"])?.iter().map(name).collect();
    let mut to_visit = vec![metadata["resolve"]["root"].clone()];
    let nodes = list(&mut metadata["resolve"]["nodes"])?;
    for node in nodes.iter_mut() {
        let name = names.get(&node["id"]).and_then(Value::as_str).context("a nameless package")?;
        if let Some(kept) = cut.get(name) {
            let keeps =
                |id: &Value| names.get(id).is_some_and(|name| kept.iter().any(|one| name == one));
            list(&mut node["deps"])?.retain(|dependency| keeps(&dependency["pkg"]));
            list(&mut node["dependencies"])?.retain(keeps);
        }
    }
    let mut seen = HashSet::new();
    while let Some(id) = to_visit.pop() {
        if seen.insert(id.clone()) {
            let node = nodes.iter().find(|node| node["id"] == id);
            let dependencies = node.and_then(|node| node["dependencies"].as_array());
            to_visit.extend(dependencies.into_iter().flatten().cloned());
        }
    }
    let is_seen = |package: &Value| seen.contains(&package["id"]);
    nodes.retain(is_seen);
    list(&mut metadata["packages"])?.retain(is_seen);
    Ok(serde_json::to_vec(&metadata)?)
}

fn list(value: &mut Value) -> Result<&mut Vec<Value>> {
    value.as_array_mut().context("a list is missing")
}

#[cfg(test)]
mod tests;
