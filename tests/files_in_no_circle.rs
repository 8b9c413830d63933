//! No file of a crate needs one that needs it: read from the paths in the sources, through
//! re-exports to the file that defines a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path below the crate; the root's is empty.
type Module = Vec<String>;

struct Source {
    /// Every path that a `use` names, by the name under which it is known in this file.
    uses: BTreeMap<String, Vec<String>>,
    /// Every path with `::` in the rest of the code.
    paths: Vec<Vec<String>>,
}

fn split(path: &str) -> Vec<String> {
    path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// `a::{b, c::{d}}` as all its paths.
fn expand(tree: &str) -> Vec<String> {
    let Some((front, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let inside = rest.rsplit_once('}').map_or(rest, |(inside, _)| inside);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for letter in inside.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        match letter {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().expect("has one").push(letter),
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| expand(part)).map(|path| format!("{}{path}", front.trim())).collect()
}

impl Source {
    /// Reads a file without its comments and tests.
    fn read(file: &Path) -> Source {
        let text = fs::read_to_string(file).expect("a source");
        let code = text.split("#[cfg(test)]\nmod tests {").next().expect("has a beginning");
        let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
        let code = lines.collect::<Vec<_>>().join("\n");
        let (mut uses, mut rest) = (BTreeMap::new(), String::new());
        for statement in code.split_inclusive(';') {
            let start = statement.trim_start().trim_start_matches("pub(crate) ");
            let start = start.trim_start_matches("pub(super) ").trim_start_matches("pub ");
            match start.strip_prefix("use ") {
                Some(tree) => {
                    for path in expand(tree.trim_end_matches(';')) {
                        let path = split(&path);
                        uses.insert(path.last().cloned().unwrap_or_default(), path);
                    }
                }
                None => rest.push_str(statement),
            }
        }
        let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
        let words = rest.split(|letter| !is_path(letter)).filter(|word| word.contains("::"));
        Source { paths: words.map(split).collect(), uses }
    }
}

/// All modules of a crate that have a file of their own.
fn modules(folder: &Path, at: &[String], found: &mut BTreeMap<Module, Source>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let module = [at, std::slice::from_ref(&name)].concat();
        if path.is_dir() {
            modules(&path, &module, found);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests" {
            let is_folders = ["mod", "lib", "main"].contains(&name.as_str());
            let module = if is_folders { at.to_vec() } else { module };
            found.insert(module, Source::read(&path));
        }
    }
}

/// The module in which the item behind `path` is defined, if it is one of this crate's.
fn defining(
    path: &[String],
    here: &[String],
    all: &BTreeMap<Module, Source>,
    depth: usize,
) -> Option<Module> {
    let first = path.first()?;
    let mut module = match first.as_str() {
        "crate" => Vec::new(),
        "super" => here[..here.len().checked_sub(1)?].to_vec(),
        "self" => here.to_vec(),
        name if all.contains_key(&[here, &[name.to_owned()]].concat()) => {
            [here, &[name.to_owned()]].concat()
        }
        name => {
            let used = all[here].uses.get(name).filter(|_| depth > 0 && path.len() > 1)?;
            return defining(&[used, &path[1..]].concat(), here, all, depth - 1);
        }
    };
    for (place, part) in path.iter().enumerate().skip(1) {
        let inner = [&module[..], std::slice::from_ref(part)].concat();
        if part == "super" {
            module.pop()?;
        } else if all.contains_key(&inner) {
            module = inner;
        } else if let Some(used) = all.get(&module)?.uses.get(part).filter(|_| depth > 0) {
            let on = [used, &path[place + 1..]].concat();
            return defining(&on, &module, all, depth - 1);
        } else {
            break;
        }
    }
    Some(module)
}

/// The modules that this one needs.
fn needs(here: &Module, all: &BTreeMap<Module, Source>) -> BTreeSet<Module> {
    let source = &all[here];
    let paths = source.uses.values().chain(&source.paths);
    let found = paths.filter_map(|path| defining(path, here, all, 8));
    found.filter(|module| module != here).collect()
}

/// The modules of a crate that stand in circles: those left when all are taken away that need
/// none of the others, again and again, and then all that none needs.
fn in_circles(source: &Path) -> BTreeSet<String> {
    let mut all = BTreeMap::new();
    modules(source, &[], &mut all);
    assert!(all.len() > 5, "{} modules in {}", all.len(), source.display());
    let mut graph: BTreeMap<Module, BTreeSet<Module>> =
        all.keys().map(|module| (module.clone(), needs(module, &all))).collect();
    assert!(graph.values().any(|needed| !needed.is_empty()));
    loop {
        let needed: BTreeSet<Module> = graph.values().flatten().cloned().collect();
        let before = graph.len();
        let there: BTreeSet<Module> = graph.keys().cloned().collect();
        graph.retain(|module, needs| !needs.is_disjoint(&there) && needed.contains(module));
        if graph.len() == before {
            return graph.keys().map(|module| module.join("::")).collect();
        }
        for needs in graph.values_mut() {
            needs.retain(|module| there.contains(module));
        }
    }
}

#[test]
fn no_file_needs_one_that_needs_it() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in
        ["src", "crates/mnist-files/src", "crates/sparse-step/src", "kernel/src", "xtask/src"]
    {
        let found = in_circles(&project.join(folder));
        assert!(found.is_empty(), "{folder}: a circle among {found:?}");
    }
}

#[test]
fn a_circle_is_found_through_a_re_export_and_a_straight_line_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect(name);
    write("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\nmod e;\npub use b::{Thing, other};\n");
    write("a.rs", "use crate::Thing; // crate::e::x\n");
    write("b.rs", "use super::c;\npub fn other() { c::run() }\n");
    write("c.rs", "pub fn run() { crate::d::run() }\n");
    write("d.rs", "#[cfg(test)]\nmod tests {\n    use crate::a::x;\n}\n");
    write("e.rs", "use crate::{a::{self, y}, b};\n");
    assert_eq!(in_circles(folder.path()), BTreeSet::new());
    write("c.rs", "pub fn run() { crate::other() }\n");
    assert_eq!(in_circles(folder.path()), ["b", "c"].map(str::to_owned).into());
}
