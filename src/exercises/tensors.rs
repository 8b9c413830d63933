//! Checks of the exercises on notebook 0, tensors.

use anyhow::Result;
use tch::Tensor;

use super::numbers::Numbers;
use super::reader::{Reader, Right, right};
use super::reference;

const REFERENCE: &str = include_str!("reference/tensors.json");

/// Exercise 0.1: `fn row_means(table: &Tensor) -> Tensor`, the mean of each row:
/// `[rows, columns]` -> `[rows]`.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn row_means<F>(row_means: F) -> Result<Right>
where
    F: Fn(&Tensor) -> Tensor + Send + Sync + 'static,
{
    let why = "Each row has one mean: its sum, divided by how many numbers it has";
    let told = [
        (
            "columns",
            "These are the means of the columns. Dimension 0 counts the rows: to add along it is \
             to add what stands in one column",
        ),
        ("sums", "These are the sums of the rows, not yet divided"),
        (
            "by_rows",
            "The sums are right. They are divided by the number of rows, but a row has as many \
             numbers as there are columns",
        ),
        (
            "kept",
            "The numbers are right, but each is still a row of one. One mean for each row is \
             asked for: one dimension, not two",
        ),
        ("overall", "This is the mean of all numbers of the table together"),
        ("largest", "These are the largest numbers of the rows"),
    ];
    tables(&Reader::new("row_means", row_means), "row_means", "means", why, &told)?;
    right("The dimension that is added along is the one that disappears.")
}

/// Exercise 0.2: `fn centred_rows(table: &Tensor) -> Tensor`, each row less its own mean.
///
/// # Errors
/// As [`row_means`].
pub fn centred_rows<F>(centred_rows: F) -> Result<Right>
where
    F: Fn(&Tensor) -> Tensor + Send + Sync + 'static,
{
    let why = "From each number, the mean of its own row is to be subtracted";
    let told = [
        (
            "broken",
            "The means are right, but they went to the wrong places: the mean of row 0 was \
             subtracted in column 0 of every row, that of row 1 in column 1, and so on. \
             Broadcasting compares shapes from the last dimension backwards, so a list of means \
             was laid along each row",
        ),
        ("columns", "The means of the columns were subtracted"),
        ("overall", "The mean of the whole table was subtracted from each row"),
        ("sums", "The sum of the row was subtracted, not its mean"),
        ("added", "The mean of the row was added"),
        (
            "reversed",
            "All signs are the wrong way round: the numbers were subtracted from the mean",
        ),
    ];
    tables(&Reader::new("centred_rows", centred_rows), "centred_rows", "centred", why, &told)?;
    right("A square table had hidden the fault: there, shapes fit that should not.")
}

/// Exercise 0.3: `fn rows_of_group(table: &Tensor, groups: &Tensor, group: i64) ->
/// Result<Tensor>`, the rows whose place in `groups` holds `group`.
///
/// # Errors
/// As [`row_means`].
pub fn rows_of_group<F>(rows_of_group: F) -> Result<Right>
where
    F: Fn(&Tensor, &Tensor, i64) -> Result<Tensor> + Send + Sync + 'static,
{
    let reader = Reader::new("rows_of_group", rows_of_group);
    for case in reference::cases(REFERENCE, "rows_of_group")? {
        let (table, groups) = (case.numbers("table")?, case.numbers("groups")?);
        let group = case.number("group")? as i64;
        let call = format!("rows_of_group({}, {}, {group})", table.quoted(), groups.quoted());
        let whole = groups.tensor()?.to_kind(tch::Kind::Int64);
        let tensors = [&table.tensor()?, &whole];
        let given =
            reader.asked_of(call, tensors, move |f, [table, groups]| f(table, groups, group))?;
        let none = || Numbers::new(&[0, table.shape()[1]], Vec::new());
        let mistakes = case.mistakes(&[
            ("places", "These are the places of the rows, not the rows themselves"),
            ("picked", "These are numbers of `groups`, and rows of `table` are asked for"),
            ("first", "This is only the first row of that group. All of them are asked for"),
            ("one_row", "This is only the first row of that group. All of them are asked for"),
            ("others", "These are the rows of all other groups"),
            ("next", "Each row is the one after the right one: places are counted from 0"),
            (
                "number",
                "This is the row at the place `group`. But `group` is what has to stand in \
                 `groups`, not a place",
            ),
            (
                "zeroed",
                "The other rows are still there, as zeros. Only the rows of the group are asked for",
            ),
        ])?;
        let why = format!(
            "A row belongs to group {group} if the number at the same place of `groups` is \
             {group}. The rows keep their order; if there are none, the result has 0 rows and as \
             many columns as `table`"
        );
        given.expect(&case.numbers("rows").unwrap_or_else(|_| none()), &why, &mistakes)?;
    }
    right("In notebook 1, the groups are the ten digits.")
}

/// Exercise 0.4: `fn shrink(table: &Tensor) -> Tensor`, the mean of each block of 2 by 2 numbers:
/// `[2 height, 2 width]` -> `[height, width]`.
///
/// # Errors
/// As [`row_means`].
pub fn shrink<F>(shrink: F) -> Result<Right>
where
    F: Fn(&Tensor) -> Tensor + Send + Sync + 'static,
{
    let why =
        "Each number is the mean of a block: two neighbours in one row and the two below them";
    let told = [
        (
            "strips",
            "Each of these is the mean of four numbers in a row. A block has two numbers of one \
             row and two of the next",
        ),
        (
            "overlaid",
            "The four quarters of the table were laid on one another: what was averaged stood \
             half a table apart. The four numbers of a block are neighbours. Which of the lengths \
             comes first, that of the blocks or that within a block?",
        ),
        ("corners", "Only the first number of each block has a part in it"),
        ("quarter", "This is the first quarter of the table, not the whole table made smaller"),
        ("sums", "These are the sums of the blocks, not yet divided"),
        ("halved", "The sums are divided by 2, but a block has more numbers than that"),
        ("largest", "These are the largest numbers of the blocks"),
        ("rows_only", "Only neighbours in the same column have been averaged"),
        ("columns_only", "Only neighbours in the same row have been averaged"),
    ];
    tables(&Reader::new("shrink", shrink), "shrink", "small", why, &told)?;
    right("A shape of four dimensions made blocks of a flat table. No number was moved.")
}

/// Exercise 0.5: `fn standardise(table: &Tensor) -> Tensor`, each column less its mean, divided by
/// its spread; a column of equal numbers becomes zeros.
///
/// # Errors
/// As [`row_means`].
pub fn standardise<F>(standardise: F) -> Result<Right>
where
    F: Fn(&Tensor) -> Tensor + Send + Sync + 'static,
{
    let why = "Each column is to have the mean 0 and the spread 1, where the spread is the root \
               of the mean of the squared differences from the mean. A column of equal numbers \
               has the spread 0 and is to become zeros";
    let told = [
        (
            "nan",
            "A column whose numbers are all equal has the spread 0, and 0/0 is NaN, \"not a \
             number\". It is to become zeros",
        ),
        ("only_centred", "The means are subtracted, but nothing is divided by the spread"),
        (
            "not_centred",
            "The columns are divided by their spread, but their means are still in them",
        ),
        ("variance", "The columns are divided by the mean of the squares. The spread is its root"),
        (
            "sums",
            "The root was taken of the sum of the squares. The spread is the root of their mean",
        ),
        (
            "fewer",
            "The sum of the squares was divided by one less than the number of rows. The spread \
             here is the root of their plain mean",
        ),
        ("rows", "The rows have been standardised, not the columns"),
        ("overall", "Mean and spread are those of the whole table. Each column has its own"),
    ];
    tables(&Reader::new("standardise", standardise), "standardise", "standard", why, &told)?;
    right("Columns that were measured in different units can now be compared.")
}

/// Exercise 0.6: `fn without_row(table: &Tensor, row: i64) -> Tensor`, a copy in which one row is
/// all zeros.
///
/// # Errors
/// As [`row_means`].
pub fn without_row<F>(without_row: F) -> Result<Right>
where
    F: Fn(&Tensor, i64) -> Tensor + Send + Sync + 'static,
{
    let reader = Reader::new("without_row", without_row);
    for case in reference::cases(REFERENCE, "without_row")? {
        let (table, row) = (case.numbers("table")?, case.number("row")? as i64);
        let call = format!("without_row({}, {row})", table.quoted());
        let tensors = [&table.tensor()?];
        let given = reader.asked_of(call, tensors, move |f, [table]| f(table, row))?;
        let mistakes = case.mistakes(&[
            (
                "same",
                "Nothing has become 0. Was a copy of the row filled, instead of the row in the \
                 table that is returned?",
            ),
            ("removed", "The row is gone. It is to stay, filled with zeros"),
            ("one_row", "This is the row alone. The whole table is asked for"),
            ("kept_row", "This is the row alone. The whole table is asked for"),
            ("others", "The other rows have become 0, and the row itself is left"),
            ("column", "A column has become 0, not a row"),
        ])?;
        let why = format!("Row {row} is to be all zeros, and the rest as it was");
        given.expect(&case.numbers("blank")?, &why, &mistakes)?;
    }
    right("The caller's table is as it was: `&Tensor` promises that, and only you can keep it.")
}

/// Checks a function of one table with all cases of an exercise; `expected` is the name of what
/// it should give, `told` holds the usual mistakes.
fn tables<F>(
    reader: &Reader<F>,
    exercise: &str,
    expected: &str,
    why: &str,
    told: &[(&str, &str)],
) -> Result<()>
where
    F: Fn(&Tensor) -> Tensor + Send + Sync + 'static,
{
    for case in reference::cases(REFERENCE, exercise)? {
        let table = case.numbers("table")?;
        let call = format!("{exercise}({})", table.quoted());
        let given = reader.asked_of(call, [&table.tensor()?], |f, [table]| f(table))?;
        given.expect(&case.numbers(expected)?, why, &case.mistakes(told)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
