//! A small table of words and numbers, as text, as Markdown and as HTML.
//!
//! A cell of a notebook shows it through `evcxr_display`; `println!` shows it anywhere else.

use std::fmt;

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
        let widths: Vec<usize> = escaped.widths().into_iter().map(|width| width.max(3)).collect();
        let rule = escaped.alignment.iter().zip(&widths).map(|(side, width)| match side {
            Align::Left => "-".repeat(*width),
            Align::Right => "-".repeat(width - 1) + ":",
        });
        let rule = rule.collect::<Vec<_>>().join(" | ");
        let mut lines = vec![format!("| {} |", escaped.line(&escaped.header, &widths, " | "))];
        lines.push(format!("| {rule} |"));
        for row in &escaped.rows {
            lines.push(format!("| {} |", escaped.line(row, &widths, " | ")));
        }
        lines.join("\n")
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

    /// Characters of the longest text of each column.
    fn widths(&self) -> Vec<usize> {
        let lines = || std::iter::once(&self.header).chain(&self.rows);
        let length = |row: &Vec<String>, column: usize| row[column].chars().count();
        (0..self.header.len())
            .map(|column| lines().map(|row| length(row, column)).max().unwrap_or(0))
            .collect()
    }

    /// The texts of a row, filled up with spaces to the widths of their columns.
    fn line(&self, row: &[String], widths: &[usize], between: &str) -> String {
        let cells = row.iter().zip(&self.alignment).zip(widths);
        let cells = cells.map(|((text, side), width)| match side {
            Align::Left => format!("{text:<width$}"),
            Align::Right => format!("{text:>width$}"),
        });
        cells.collect::<Vec<_>>().join(between)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let line = |row: &[String]| self.line(row, &widths, "  ").trim_end().to_owned();
        write!(f, "{}", line(&self.header))?;
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        write!(f, "\n{}", rule.join("  "))?;
        self.rows.iter().try_for_each(|row| write!(f, "\n{}", line(row)))
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
