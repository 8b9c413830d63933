//! A small table of words and numbers, as text, as Markdown and as HTML.
//!
//! A cell of a notebook shows it through `evcxr_display`; `println!` shows it anywhere else.

use std::{fmt, iter};

use anyhow::{Result, ensure};

/// On which side the texts of a column stand: numbers are easier to compare on the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// A header and rows of as many texts each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    alignment: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these columns and rows; line breaks and other control characters in a text
    /// become spaces.
    ///
    /// # Errors
    /// If there is no column, or a row has more or fewer texts than there are columns.
    pub fn new<R>(columns: &[(&str, Align)], rows: impl IntoIterator<Item = R>) -> Result<Self>
    where
        R: IntoIterator,
        R::Item: AsRef<str>,
    {
        ensure!(!columns.is_empty(), "Table: no columns; give at least one");
        let cells = |row: R| row.into_iter().map(|text| on_one_line(text.as_ref())).collect();
        let rows: Vec<Vec<String>> = rows.into_iter().map(cells).collect();
        for (number, row) in rows.iter().enumerate() {
            ensure!(
                row.len() == columns.len(),
                "Table: row {number} has {} texts, expected {}, one for each column",
                row.len(),
                columns.len()
            );
        }
        let header = columns.iter().map(|(name, _)| on_one_line(name)).collect();
        Ok(Self { header, alignment: columns.iter().map(|(_, side)| *side).collect(), rows })
    }

    /// The rows, each with a text for every column.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table in Markdown, with the columns aligned for readers of the source too.
    pub fn to_markdown(&self) -> String {
        let escaped = self.map(|text| text.replace('\\', "\\\\").replace('|', "\\|"));
        let lines = escaped.lines(3, " | ", |side, width| match side {
            Align::Left => "-".repeat(width),
            Align::Right => "-".repeat(width - 1) + ":",
        });
        lines.iter().map(|line| format!("| {line} |")).collect::<Vec<_>>().join("\n")
    }

    /// The table in HTML: no text in it is taken for a tag.
    pub fn to_html(&self) -> String {
        let row = |tag: &str, row: &[String]| {
            let cells = row.iter().zip(&self.alignment).map(|(text, side)| {
                let side = if *side == Align::Left { "left" } else { "right" };
                format!("<{tag} style=\"text-align: {side}\">{}</{tag}>", escape_html(text))
            });
            format!("<tr>{}</tr>", cells.collect::<String>())
        };
        let body: String = self.rows.iter().map(|cells| row("td", cells)).collect();
        let head = row("th", &self.header);
        format!("<table><thead>{head}</thead><tbody>{body}</tbody></table>")
    }

    /// The same table with every text changed.
    fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let changed = |row: &Vec<String>| row.iter().map(|text| change(text)).collect();
        Self {
            header: changed(&self.header),
            alignment: self.alignment.clone(),
            rows: self.rows.iter().map(changed).collect(),
        }
    }

    /// Header, rule and rows, with each text filled up with spaces to the width of its column,
    /// which is at least `narrowest`.
    fn lines(
        &self,
        narrowest: usize,
        between: &str,
        rule: impl Fn(Align, usize) -> String,
    ) -> Vec<String> {
        let mut widths = vec![narrowest; self.header.len()];
        for row in iter::once(&self.header).chain(&self.rows) {
            for (width, text) in widths.iter_mut().zip(row) {
                *width = text.chars().count().max(*width);
            }
        }
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&self.alignment).zip(&widths);
            let cells = cells.map(|((text, side), width)| match side {
                Align::Left => format!("{text:<width$}"),
                Align::Right => format!("{text:>width$}"),
            });
            cells.collect::<Vec<_>>().join(between)
        };
        let rules = self.alignment.iter().zip(&widths).map(|(side, width)| rule(*side, *width));
        let top = [line(&self.header), rules.collect::<Vec<_>>().join(between)];
        top.into_iter().chain(self.rows.iter().map(line)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines(0, "  ", |_, width| "-".repeat(width));
        f.write_str(&lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n"))
    }
}

fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A text as it stands in HTML, between tags or in quotes.
pub(crate) fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
