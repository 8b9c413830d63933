use super::*;
use serde_json::json;

fn metadata(root: &[&str]) -> Value {
    let graph: [(&str, &[&str]); 9] = [
        ("ctx", root),
        ("library", &["tch", "anyhow", "plotters", "serde_json"]),
        ("tch", &["torch-sys", "zip"]),
        ("torch-sys", &["zip"]),
        ("zip", &[]),
        ("anyhow", &[]),
        ("plotters", &[]),
        ("serde_json", &["serde"]),
        ("serde", &[]),
    ];
    let node = |(name, dependencies): &(&str, &[&str])| {
        let edges: Vec<Value> =
            dependencies.iter().map(|id| json!({ "name": id, "pkg": format!("{id}#1") })).collect();
        let ids: Vec<&Value> = edges.iter().map(|edge| &edge["pkg"]).collect();
        json!({ "id": format!("{name}#1"), "dependencies": ids, "deps": edges })
    };
    let packages: Vec<Value> =
        graph.iter().map(|(name, _)| json!({ "id": format!("{name}#1"), "name": name })).collect();
    let nodes: Vec<Value> = graph.iter().map(node).collect();
    json!({ "packages": packages, "resolve": { "root": "ctx#1", "nodes": nodes } })
}

fn cut() -> BTreeMap<String, Vec<String>> {
    let kept = ["tch", "anyhow"].map(String::from).into();
    [("library".to_owned(), kept), ("tch".to_owned(), Vec::new())].into()
}

fn kept(metadata: &Value) -> Vec<String> {
    let pruned = prune(&serde_json::to_vec(metadata).unwrap(), &cut()).unwrap();
    let pruned: Value = serde_json::from_slice(&pruned).unwrap();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().into()).collect()
    };
    assert_eq!(ids(&pruned["packages"]), ids(&pruned["resolve"]["nodes"]));
    for node in pruned["resolve"]["nodes"].as_array().unwrap() {
        for edge in node["deps"].as_array().unwrap() {
            let target = edge["pkg"].as_str().unwrap().to_owned();
            assert!(ids(&pruned["packages"]).contains(&target), "{node}");
        }
    }
    ids(&pruned["packages"]).iter().map(|id| id.trim_end_matches("#1").to_owned()).collect()
}

#[test]
fn of_the_library_only_what_its_functions_speak_of_is_seen() {
    assert_eq!(kept(&metadata(&["library"])), ["ctx", "library", "tch", "anyhow"]);
}

#[test]
fn what_a_cell_asks_for_is_seen_in_full() {
    let seen = kept(&metadata(&["library", "serde_json"]));
    assert_eq!(seen, ["ctx", "library", "tch", "anyhow", "serde_json", "serde"]);
    assert_eq!(kept(&metadata(&["torch-sys"])), ["ctx", "torch-sys", "zip"]);
    assert_eq!(kept(&metadata(&[])), ["ctx"]);
}

#[test]
fn an_answer_without_a_graph_stays_and_a_strange_one_is_an_error() {
    let plain = br#"{ "packages": [], "resolve": null }"#;
    assert_eq!(prune(plain, &cut()).unwrap(), plain);
    assert!(prune(b"no JSON", &cut()).is_err());
    assert!(prune(br#"{ "packages": [], "resolve": {} }"#, &cut()).is_err());
}
