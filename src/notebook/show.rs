//! A tensor as the result of a cell: its kind, its shape and its values in a small shaded table.
//!
//! tch prints tensors for a terminal. Here a value is also seen by the colour behind it, positive
//! orange and negative blue as in `plot::hidden_weights`, half transparent so that the page's own
//! text stays readable on it in a light theme and in a dark one.

mod read;

pub(crate) use read::significant;

use std::fmt;

use anyhow::{Context, Result, ensure};
use tch::{Device, Tensor};

use self::read::{Matrix, Value};
use super::display::{block, print_blocks};
use crate::table::{Align, Table};

/// The strongest colour behind a value: text on it stays readable.
const STRONGEST: f64 = 0.55;
/// Red, green, blue behind positive and behind negative values.
const ORANGE: &str = "213,94,0";
const BLUE: &str = "0,114,178";

/// A tensor's kind, shape and values, copied when [`show`] was called.
#[derive(Debug, Clone)]
pub struct ShownTensor {
    /// "Float [3, 3]"
    caption: String,
    /// One for each place along the leading dimensions, `None` for those left out.
    matrices: Vec<Option<Matrix>>,
}

/// A tensor of any shape as a value that a cell shows: kind and shape, and below them the values,
/// shaded from white (0) to orange (the largest) and to blue (the same below 0).
///
/// Of more than 10 rows or 12 columns the first and last three are shown; more than two dimensions
/// are shown as matrices of the last two, the places along the others above each.
///
/// # Errors
/// If the tensor is undefined, or its numbers are complex, quantised or sparse.
pub fn show(tensor: &Tensor) -> Result<ShownTensor> {
    ensure!(tensor.defined(), "show: the tensor is undefined; give it a value first");
    let (kind, device) = (tensor.f_kind()?, tensor.device());
    let shape = tensor.size();
    let place = if device == Device::Cpu { String::new() } else { format!(" on {device:?}") };
    let caption = format!("{kind:?} {shape:?}{place}");
    let matrices = read::matrices(tensor).with_context(|| format!("show: {caption}"))?;
    Ok(ShownTensor { caption, matrices })
}

impl ShownTensor {
    /// Shows the tensor as the result of a notebook cell, and as text where HTML isn't shown.
    pub fn evcxr_display(&self) {
        let blocks = block("text/html", &self.to_html()) + &block("text/plain", &self.to_string());
        print_blocks(&blocks);
    }

    /// The caption and one table for each matrix, on one line.
    fn to_html(&self) -> String {
        let tables = self.matrices.iter().map(|matrix| match matrix {
            Some(matrix) => self.table_html(matrix),
            None => "<span style=\"margin-right: 1em\">…</span>".to_owned(),
        });
        let tables: String = tables.collect();
        let empty = if self.matrices.is_empty() { "no values" } else { "" };
        format!("<div><div>{}</div>{tables}{empty}</div>", self.caption)
    }

    fn table_html(&self, matrix: &Matrix) -> String {
        let quiet = "style=\"text-align: right; font-weight: normal; opacity: 0.6\"";
        let head = |scope: &str, index: &str| format!("<th scope=\"{scope}\" {quiet}>{index}</th>");
        // JupyterLab would shade every second row.
        let row = |cells: String| format!("<tr style=\"background: transparent\">{cells}</tr>");
        let mut columns: String = matrix.columns.iter().map(|index| head("col", index)).collect();
        if !matrix.row_names.is_empty() {
            columns = format!("<th></th>{columns}");
        }
        let columns = if matrix.columns.is_empty() { columns } else { row(columns) };
        let rows = matrix.rows.iter().enumerate().map(|(number, values)| {
            let name = matrix.row_names.get(number).map(|name| head("row", name));
            let values: String = values.iter().map(|value| self.cell(value)).collect();
            row(name.unwrap_or_default() + &values)
        });
        let (name, rows) = (&matrix.name, rows.collect::<String>());
        let name = if name.is_empty() {
            String::new()
        } else {
            format!("<caption style=\"text-align: left\">{name}</caption>")
        };
        format!(
            "<table style=\"color: inherit; display: inline-table; margin: 0 1em 0 0; border-collapse: collapse\">\
             {name}<thead>{columns}</thead><tbody>{rows}</tbody></table>"
        )
    }

    /// A value with the colour behind it that says how large it is among those shown.
    fn cell(&self, value: &Value) -> String {
        let shade = match value.number {
            number if !number.is_finite() => {
                "font-weight: bold; border: 2px dashed currentColor".to_owned()
            }
            number => {
                let color = if number < 0.0 { BLUE } else { ORANGE };
                let strength = STRONGEST * (number.abs() / self.largest()).min(1.0);
                format!("background: rgba({color},{strength:.2})")
            }
        };
        format!("<td style=\"text-align: right; {shade}\">{}</td>", value.text)
    }

    /// The largest finite value without its sign; never 0, so that it can divide.
    fn largest(&self) -> f64 {
        let values = self.matrices.iter().flatten().flat_map(|matrix| matrix.rows.iter().flatten());
        let sizes = values.map(|value| value.number.abs()).filter(|size| size.is_finite());
        sizes.fold(f64::MIN_POSITIVE, f64::max)
    }
}

impl fmt::Display for ShownTensor {
    /// The caption and plain tables, which a terminal and a screen reader can read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.caption)?;
        if self.matrices.is_empty() {
            f.write_str("\nno values")?;
        }
        self.matrices.iter().try_for_each(|matrix| match matrix {
            Some(matrix) => write_matrix(f, matrix),
            None => f.write_str("\n…"),
        })
    }
}

fn write_matrix(f: &mut fmt::Formatter<'_>, matrix: &Matrix) -> fmt::Result {
    if !matrix.name.is_empty() {
        write!(f, "\n{}", matrix.name)?;
    }
    let mut columns: Vec<(&str, Align)> =
        matrix.columns.iter().map(|index| (index.as_str(), Align::Right)).collect();
    let texts = |values: &Vec<Value>| values.iter().map(|value| value.text.clone()).collect();
    let mut rows: Vec<Vec<String>> = matrix.rows.iter().map(texts).collect();
    if columns.is_empty() {
        return rows.iter().flatten().try_for_each(|only| write!(f, "\n{only}"));
    }
    if !matrix.row_names.is_empty() {
        columns.insert(0, ("row", Align::Right));
        for (row, name) in rows.iter_mut().zip(&matrix.row_names) {
            row.insert(0, name.clone());
        }
    }
    let table = Table::new(&columns, rows).map_err(|_| fmt::Error)?;
    write!(f, "\n{table}")
}

#[cfg(test)]
mod tests;
