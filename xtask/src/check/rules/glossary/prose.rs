//! The terms in a cell of Markdown: only words that are read count, not code, headings, addresses,
//! links to elsewhere or the table that repeats the terms.

use super::entries::Entry;

/// The heading below which a notebook's terms are repeated.
const KEPT: &str = "## What to keep";
/// Stands for what is left out: the words to its left and right are no neighbours.
const GAP: &str = " · ";
/// Letters of the text around a use that tell where it is.
const AROUND: usize = 30;

/// A term where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    /// Its number among the entries.
    pub entry: usize,
    /// Whether it is a link to its entry.
    pub is_linked: bool,
    /// What stands around it.
    pub context: String,
}

/// The terms in a cell, in their order; where one holds another, the longer.
pub fn uses(markdown: &str, entries: &[Entry]) -> Vec<Use> {
    let mut uses = Vec::new();
    for piece in pieces(&readable(markdown)) {
        match piece {
            Piece::Link { text, anchor } => {
                let entry = entries.iter().position(|entry| entry.anchor() == anchor);
                uses.extend(entry.map(|entry| Use { entry, is_linked: true, context: text }));
            }
            Piece::Text(text) => uses.extend(in_text(&text, entries)),
        }
    }
    uses
}

/// The terms in the first column of the table at the notebook's end.
pub fn terms_kept(markdown: &str) -> Vec<String> {
    let Some((_, below)) = markdown.split_once(KEPT) else { return Vec::new() };
    let rows = below.lines().filter_map(|line| line.trim().strip_prefix('|'));
    let first = rows.skip(2).filter_map(|row| row.split('|').next());
    let terms = first.flat_map(|cell| {
        let text = without_brackets(&words(&cell.replace(['*', '`'], "")));
        let terms = text.split(" / ").flat_map(|part| part.split(", "));
        terms.map(|term| term.trim().to_owned()).collect::<Vec<_>>()
    });
    terms.filter(|term| !term.is_empty()).collect()
}

/// What is read of a cell of a table.
fn words(cell: &str) -> String {
    let of = |piece| match piece {
        Piece::Text(text) | Piece::Link { text, .. } => text,
    };
    pieces(cell).into_iter().map(of).collect::<String>().replace(GAP, "")
}

/// What stands in brackets explains: `held-out (validation) images`.
fn without_brackets(text: &str) -> String {
    match (text.find('('), text.find(')')) {
        (Some(start), Some(end)) if start < end => {
            format!("{} {}", text[..start].trim(), text[end + 1..].trim())
        }
        _ => text.to_owned(),
    }
}

/// The text without headings, blocks of code and the table of terms.
fn readable(markdown: &str) -> String {
    let (mut is_code, mut is_kept) = (false, false);
    let lines = markdown.lines().filter(|line| {
        let line = line.trim_start();
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        is_kept |= line.starts_with(KEPT);
        let is_row = is_kept && line.starts_with('|');
        !(is_code || is_fence || is_row || line.starts_with('#'))
    });
    lines.collect::<Vec<_>>().join(" ")
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// A link to the glossary.
    Link {
        text: String,
        anchor: String,
    },
}

/// Splits a text at links, code, tags and pictures.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut plain = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = match letter {
            '`' => enclosed(rest, "`", "`"),
            '<' => enclosed(rest, "<", ">"),
            '!' if rest.starts_with("![") => link(&rest[1..]).map(|link| 1 + link.length),
            '[' => link(rest).map(|link| {
                if let Some((_, anchor)) = link.target.split_once("glossary.md#") {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    let (text, anchor) = (link.text.to_owned(), anchor.to_owned());
                    pieces.push(Piece::Link { text, anchor });
                }
                link.length
            }),
            _ => None,
        };
        match skipped {
            Some(length) => {
                plain.push_str(GAP);
                rest = &rest[length..];
            }
            None => {
                plain.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    pieces.push(Piece::Text(plain));
    pieces
}

struct Link<'a> {
    text: &'a str,
    target: &'a str,
    length: usize,
}

/// The link with which a text begins.
fn link(text: &str) -> Option<Link<'_>> {
    let (words, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, _) = rest.split_once(')')?;
    let is_one = !words.contains(['[', ']']);
    is_one.then_some(Link { text: words, target, length: words.len() + target.len() + 4 })
}

/// The bytes from one sign to the other.
fn enclosed(text: &str, start: &str, end: &str) -> Option<usize> {
    let inside = text.strip_prefix(start)?.find(end)?;
    // A smaller sign is followed by a space, a tag is not.
    let is_sign =
        start == "<" && !text[1..].starts_with(|c: char| c.is_alphabetic() || "/!".contains(c));
    (!is_sign).then_some(start.len() + inside + end.len())
}

fn in_text(text: &str, entries: &[Entry]) -> Vec<Use> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower: Vec<char> = text.chars().flat_map(|letter| letter.to_lowercase().take(1)).collect();
    let mut uses = Vec::new();
    let mut place = 0;
    while place < lower.len() {
        let starts_word = place == 0 || !is_of_word(lower[place - 1]);
        let found = starts_word.then(|| longest(&lower[place..], entries)).flatten();
        match found {
            Some((entry, length)) => {
                let around =
                    place.saturating_sub(AROUND)..(place + length + AROUND).min(lower.len());
                let context = lower[around].iter().collect();
                uses.push(Use { entry, is_linked: false, context });
                place += length;
            }
            None => place += 1,
        }
    }
    uses
}

/// The entry of the longest form with which the text begins, and that form's length.
fn longest(text: &[char], entries: &[Entry]) -> Option<(usize, usize)> {
    let begins = |form: &str| {
        let length = form.chars().count();
        let is_there = text.len() >= length && form.chars().zip(text).all(|(a, b)| a == *b);
        let ends = text.get(length).is_none_or(|next| !is_of_word(*next));
        (is_there && ends).then_some(length)
    };
    let all = entries.iter().enumerate();
    let found = all.flat_map(|(number, entry)| {
        entry.forms.iter().filter_map(move |form| Some((number, begins(form)?)))
    });
    found.max_by_key(|(_, length)| *length)
}

/// `mini-batch` is one word, and no use of `batch`.
fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-' || letter == '_'
}
