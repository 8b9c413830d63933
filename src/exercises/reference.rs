//! Inputs and expected values that an independent program computed.

use anyhow::{Context, Result};
use serde_json::Value;

use super::numbers::Numbers;

/// The cases of one exercise; `sheet` is a file of `reference/`.
///
/// # Errors
/// The file holds no such cases: it and the check are of different versions.
pub(super) fn cases(sheet: &str, exercise: &str) -> Result<Vec<Case>> {
    let sheet: Value = serde_json::from_str(sheet).context("the exercises' reference values")?;
    let cases =
        sheet[exercise].as_array().context(format!("no reference values of `{exercise}`"))?;
    Ok(cases.iter().cloned().map(Case).collect())
}

/// One input with what is expected for it, each under a name.
pub(super) struct Case(Value);

impl Case {
    /// A number.
    ///
    /// # Errors
    /// There is none of this name; the same for the others.
    pub(super) fn number(&self, name: &str) -> Result<f64> {
        self.0[name].as_f64().with_context(|| format!("no reference number `{name}`"))
    }

    /// A list of numbers.
    pub(super) fn list(&self, name: &str) -> Result<Vec<f64>> {
        let list = self.0[name].as_array().into_iter().flatten().map(Value::as_f64);
        list.collect::<Option<Vec<f64>>>()
            .filter(|list| !list.is_empty())
            .with_context(|| format!("no reference list `{name}`"))
    }

    /// Numbers in nested lists, with their shape.
    pub(super) fn numbers(&self, name: &str) -> Result<Numbers> {
        let (mut shape, mut level) = (Vec::new(), &self.0[name]);
        while let Some(rows) = level.as_array() {
            shape.push(rows.len() as i64);
            level = rows.first().unwrap_or(&Value::Null);
        }
        let mut values = Vec::new();
        flatten(&self.0[name], &mut values)
            .with_context(|| format!("no reference numbers `{name}`"))?;
        Ok(Numbers::new(&shape, values))
    }
}

/// The numbers in nested lists, in their order; none if anything else is among them.
fn flatten(value: &Value, into: &mut Vec<f64>) -> Option<()> {
    match value.as_array() {
        Some(rows) => rows.iter().try_for_each(|row| flatten(row, into)),
        None => Some(into.push(value.as_f64()?)),
    }
}
