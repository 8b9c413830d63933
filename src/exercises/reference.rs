//! Inputs and expected values that an independent program computed.

use anyhow::{Context, Result};
use serde_json::Value;
use tch::Tensor;

use super::numbers::Numbers;
use super::reader::Mistake;

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

    /// A word.
    pub(super) fn text(&self, name: &str) -> Result<&str> {
        self.0[name].as_str().with_context(|| format!("no reference word `{name}`"))
    }

    /// A list of numbers, which may be empty.
    pub(super) fn list(&self, name: &str) -> Result<Vec<f64>> {
        let missing = || format!("no reference list `{name}`");
        let list = self.0[name].as_array().with_context(missing)?;
        let values =
            list.iter().map(|value| value.is_null().then_some(f64::NAN).or(value.as_f64()));
        values.collect::<Option<_>>().with_context(missing)
    }

    /// A number that counts: a length, a place, a digit.
    pub(super) fn count(&self, name: &str) -> Result<usize> {
        Ok(self.number(name)? as usize)
    }

    /// A list of numbers that count.
    pub(super) fn counts(&self, name: &str) -> Result<Vec<usize>> {
        Ok(self.list(name)?.into_iter().map(|value| value as usize).collect())
    }

    /// A list of lists, which may differ in length.
    pub(super) fn rows(&self, name: &str) -> Result<Vec<Vec<f64>>> {
        let rows =
            self.0[name].as_array().with_context(|| format!("no reference rows `{name}`"))?;
        let row = |row: &Value| {
            let mut values = Vec::new();
            flatten(row, &mut values).map(|()| values)
        };
        rows.iter()
            .map(row)
            .collect::<Option<_>>()
            .with_context(|| format!("no reference rows `{name}`"))
    }

    /// Numbers as a tensor of 32-bit floats.
    pub(super) fn tensor(&self, name: &str) -> Result<Tensor> {
        self.numbers(name)?.tensor()
    }

    /// What usual mistakes give for this input, each by the name under which it is stored, beside
    /// the sentence that tells of it. One that changes nothing here need not be stored.
    pub(super) fn mistakes<'a>(&self, told: &[(&str, &'a str)]) -> Result<Vec<Mistake<'a>>> {
        let stored = told.iter().filter(|(name, _)| self.0.get(*name).is_some());
        stored.map(|(name, sentence)| Ok((self.numbers(name)?, *sentence))).collect()
    }

    /// Numbers in nested lists, with their shape. `null` stands for NaN, which JSON has not.
    pub(super) fn numbers(&self, name: &str) -> Result<Numbers> {
        let missing = || format!("no reference numbers `{name}`");
        let content = self.0.get(name).with_context(missing)?;
        let (mut shape, mut level) = (Vec::new(), content);
        while let Some(rows) = level.as_array() {
            shape.push(rows.len() as i64);
            level = rows.first().unwrap_or(&Value::Null);
        }
        let mut values = Vec::new();
        flatten(content, &mut values).with_context(missing)?;
        Ok(Numbers::new(&shape, values))
    }
}

/// The numbers in nested lists, in their order; none if anything else is among them.
fn flatten(value: &Value, into: &mut Vec<f64>) -> Option<()> {
    match value {
        Value::Array(rows) => return rows.iter().try_for_each(|row| flatten(row, into)),
        Value::Null => into.push(f64::NAN),
        value => into.push(value.as_f64()?),
    }
    Some(())
}
