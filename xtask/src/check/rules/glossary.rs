//! The rule of the glossary: it has each term once, and the course links a term where it is first
//! used, in the notebook that introduces it, and uses it nowhere before.

mod entries;
mod prose;

use crate::notebook::{self, cells, is_code, named, text_of};
use anyhow::Result;
use entries::Entry;
use prose::{Use, terms_kept};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The glossary, in the clone.
const FILE: &str = "notebooks/glossary.md";

/// What is wrong with the glossary, with the numbered notebooks of the course in their order, and
/// with other notebooks that only link to it.
pub fn check(project: &Path, course: &[PathBuf], others: &[PathBuf]) -> Result<Vec<String>> {
    let file = project.join(FILE);
    if !file.exists() {
        return Ok(vec![format!("{FILE} is missing")]);
    }
    let glossary = notebook::text(&file)?;
    let (entries, findings) = entries::parse(&glossary);
    let in_glossary = |finding: String| format!("{FILE}: {finding}");
    let mut broken: Vec<String> = findings.into_iter().map(in_glossary).collect();
    broken.extend(dead_links(&glossary, &entries, "](#").into_iter().map(in_glossary));
    let mut chapters = Vec::new();
    for path in course.iter().chain(others) {
        let prose = prose_of(&notebook::read(path)?);
        let links = prose.iter().flat_map(|text| dead_links(text, &entries, "glossary.md#"));
        broken.extend(named(project, path, links.collect()));
        if course.contains(path) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            chapters.push(Chapter { name, prose });
        }
    }
    broken.extend(check_course(&entries, &chapters));
    Ok(broken)
}

/// A notebook of the course.
struct Chapter {
    /// As `02-network`.
    name: String,
    /// The cells of Markdown.
    prose: Vec<String>,
}

fn prose_of(notebook: &Value) -> Vec<String> {
    let prose = cells(notebook).iter().filter(|cell| !is_code(cell));
    prose.map(|cell| text_of(&cell["source"])).collect()
}

/// Links to entries that are not there; `start` is what stands before their names.
fn dead_links(text: &str, entries: &[Entry], start: &str) -> Vec<String> {
    let targets = text.split(start).skip(1).filter_map(|rest| rest.split([')', '"']).next());
    let dead = targets.filter(|target| !entries.iter().any(|entry| entry.anchor() == *target));
    dead.map(|target| format!("the glossary has no entry #{target}")).collect()
}

fn check_course(entries: &[Entry], chapters: &[Chapter]) -> Vec<String> {
    let uses: Vec<(usize, Use)> = (0..)
        .zip(chapters)
        .flat_map(|(place, chapter)| {
            let uses = chapter.prose.iter().flat_map(|text| prose::uses(text, entries));
            uses.map(move |one| (place, one))
        })
        .collect();
    let mut broken = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let own = chapters.iter().position(|chapter| chapter.name == entry.notebook);
        let first = uses.iter().find(|(_, found)| found.entry == number);
        let complaint = match (own, first) {
            (None, _) => format!("is introduced in `{}`, which is not there", entry.notebook),
            (_, None) => "is never used".to_owned(),
            (Some(own), Some((place, found))) if *place < own => {
                format!(
                    "is used before it is introduced, in {}: …{}…",
                    chapters[*place].name, found.context
                )
            }
            (Some(own), Some((place, _))) if *place > own => {
                format!("is not used in {}, which should introduce it", chapters[own].name)
            }
            (Some(own), Some((_, found))) if !found.is_linked => {
                format!(
                    "is used in {} before it is linked to glossary.md#{}: …{}…",
                    chapters[own].name,
                    entry.anchor(),
                    found.context
                )
            }
            _ => continue,
        };
        broken.push(format!("{FILE}: `{}` {complaint}", entry.name));
    }
    for chapter in chapters {
        let kept = chapter.prose.iter().flat_map(|text| terms_kept(text));
        broken.extend(kept.filter_map(|term| check_kept(&term, chapter, entries)));
    }
    broken
}

/// What is wrong with a term of a chapter's last table.
fn check_kept(term: &str, chapter: &Chapter, entries: &[Entry]) -> Option<String> {
    let name = &chapter.name;
    match entries.iter().find(|entry| entry.is_called(term)) {
        None => Some(format!("{name}: `{term}` is in its table, but not in {FILE}")),
        Some(entry) if entry.notebook != *name => Some(format!(
            "{name}: `{term}` is in its table, but {FILE} has it introduced in {}",
            entry.notebook
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
