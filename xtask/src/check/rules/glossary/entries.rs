//! The glossary's file: under a heading each, the terms, what they are and where they come first.

/// A term.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The heading.
    pub name: String,
    /// What counts as a use of it, in small letters: the name and those after `*Also: …*`; or, of a
    /// word that has other meanings, only those after `*Only as: …*`.
    pub forms: Vec<String>,
    /// The notebook that introduces it, as `02-network`.
    pub notebook: String,
}

impl Entry {
    /// What leads to the entry, after `glossary.md#`: GitHub writes it in small letters. JupyterLab
    /// keeps the heading's, and opens the glossary at its top where they differ.
    pub fn anchor(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }

    /// Whether this is the term's name or one of its forms.
    pub fn is_called(&self, term: &str) -> bool {
        let term = term.to_lowercase();
        self.name.to_lowercase() == term || self.forms.contains(&term)
    }
}

/// The entries, and what is wrong with them.
pub fn parse(text: &str) -> (Vec<Entry>, Vec<String>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut broken = Vec::new();
    for part in format!("\n{text}").split("\n### ").skip(1) {
        let (name, body) = part.split_once('\n').unwrap_or((part, ""));
        let name = name.trim();
        let mut complain = |what: &str| broken.push(format!("`{name}`: {what}"));
        if !name.chars().all(|sign| sign.is_alphanumeric() || " -".contains(sign)) {
            complain("a heading of other than letters, digits, spaces and hyphens");
        }
        let forms = forms(name, body);
        if entries.last().is_some_and(|last| last.name.to_lowercase() >= name.to_lowercase()) {
            complain("not in the order of the alphabet");
        }
        if let Some(other) =
            entries.iter().find(|entry| forms.iter().any(|form| entry.forms.contains(form)))
        {
            complain(&format!("shares a form with `{}`", other.name));
        }
        let notebook = after(body, "Introduced in [").and_then(|rest| {
            let (_, target) = rest.split_once("](")?;
            Some(target.split_once(".ipynb)")?.0.to_owned())
        });
        if notebook.is_none() {
            complain("it lacks `Introduced in [NN](NN-name.ipynb)`");
        }
        if definition(body).is_empty() {
            complain("it says nothing of what the term means");
        }
        let notebook = notebook.unwrap_or_default();
        entries.push(Entry { name: name.to_owned(), forms, notebook });
    }
    (entries, broken)
}

fn forms(name: &str, body: &str) -> Vec<String> {
    let listed = |start| {
        let line = body.lines().find_map(|line| line.trim().strip_prefix(start)?.strip_suffix('*'));
        let words = line.unwrap_or_default().split(',').map(|form| form.trim().to_lowercase());
        words.filter(|form| !form.is_empty()).collect::<Vec<_>>()
    };
    match listed("*Only as: ") {
        only if only.is_empty() => {
            [name.to_lowercase()].into_iter().chain(listed("*Also: ")).collect()
        }
        only => only,
    }
}

fn definition(body: &str) -> &str {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('*'));
    line.filter(|line| !line.starts_with("Introduced in")).unwrap_or_default()
}

fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1)
}
