//! Which values of a tensor are shown, copied out of it, and how each is written.

use anyhow::{Result, bail};
use tch::{Device, Kind, Tensor};

/// More rows or columns than these are abbreviated, to `EDGE` at each end.
const MOST_ROWS: i64 = 10;
const MOST_COLUMNS: i64 = 12;
const EDGE: i64 = 3;
/// Significant digits of a value.
const DIGITS: usize = 4;
/// More matrices than these are abbreviated, to the first two and the last.
const MOST_MATRICES: i64 = 4;

/// The last two dimensions of a tensor at one place of the others.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    /// "[0, …, …]", or nothing if there are no other dimensions.
    pub(super) name: String,
    /// Indices of the columns; none for a single number.
    pub(super) columns: Vec<String>,
    /// Indices of the rows; none for a vector or a single number.
    pub(super) row_names: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A value and how it is written.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) number: f64,
    pub(super) text: String,
}

/// The matrices that a tensor consists of, `None` in the place of those left out; none at all if
/// it has no values. Only what is shown is copied.
///
/// # Errors
/// If the tensor's numbers can't be read.
pub(super) fn matrices(tensor: &Tensor) -> Result<Vec<Option<Matrix>>> {
    let (plain, shape) = (tensor.f_detach()?, tensor.size());
    if shape.contains(&0) {
        return Ok(Vec::new());
    }
    let leading = &shape[..shape.len().saturating_sub(2)];
    // A view such as `expand` gives may have more places than any number counts.
    let count = leading.iter().fold(1, |count: i64, size| count.saturating_mul(*size));
    let shown = if count <= MOST_MATRICES {
        (0..count).map(Some).collect()
    } else {
        vec![Some(0), Some(1), None, Some(count - 1)]
    };
    let matrix = |place: Option<i64>| {
        place.map(|place| matrix(&plain, &indices(place, leading))).transpose()
    };
    shown.into_iter().map(matrix).collect()
}

/// The index along each leading dimension of the matrix number `place`.
fn indices(mut place: i64, leading: &[i64]) -> Vec<i64> {
    let mut indices = Vec::with_capacity(leading.len());
    for size in leading.iter().rev() {
        indices.insert(0, place % size);
        place /= size;
    }
    indices
}

/// The matrix of a tensor at these indices of the leading dimensions.
fn matrix(tensor: &Tensor, leading: &[i64]) -> Result<Matrix> {
    let dimensions = tensor.dim();
    let mut part = tensor.shallow_clone();
    for index in leading {
        part = part.f_select(0, *index)?;
    }
    for _ in dimensions..2 {
        part = part.f_unsqueeze(0)?;
    }
    let (height, width) = part.size2()?;
    let (rows, columns) = (chosen(height, MOST_ROWS), chosen(width, MOST_COLUMNS));
    for (dimension, indices) in [(0, &rows), (1, &columns)] {
        let indices: Vec<i64> = indices.iter().copied().flatten().collect();
        let indices = Tensor::from_slice(&indices).f_to_device(part.device())?;
        part = part.f_index_select(dimension, &indices)?;
    }
    let mut values = values(&part)?.into_iter();
    let mut row = |row: &Option<i64>| -> Vec<Value> {
        let mut value = |column: &Option<i64>| row.and(*column).and_then(|_| values.next());
        let left_out = || Value { number: 0.0, text: "…".to_owned() };
        columns.iter().map(|column| value(column).unwrap_or_else(left_out)).collect()
    };
    let names = |indices: &[Option<i64>], needed| match indices {
        indices if dimensions >= needed => indices.iter().map(|index| name(*index)).collect(),
        _ => Vec::new(),
    };
    let place: String = leading.iter().map(|index| format!("{index}, ")).collect();
    Ok(Matrix {
        name: if leading.is_empty() { String::new() } else { format!("[{place}…, …]") },
        rows: rows.iter().map(&mut row).collect(),
        row_names: names(&rows, 2),
        columns: names(&columns, 1),
    })
}

/// All indices, or, if they are more than `most`, those at both ends with `None` between.
fn chosen(count: i64, most: i64) -> Vec<Option<i64>> {
    if count <= most {
        return (0..count).map(Some).collect();
    }
    (0..EDGE).map(Some).chain([None]).chain((count - EDGE..count).map(Some)).collect()
}

fn name(index: Option<i64>) -> String {
    index.map_or_else(|| "…".to_owned(), |index| index.to_string())
}

/// The values of a small tensor, row by row.
fn values(part: &Tensor) -> Result<Vec<Value>> {
    let part = part.f_to_device(Device::Cpu)?.f_reshape([-1])?;
    match part.f_kind()? {
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double => {
            let numbers = Vec::<f64>::try_from(part.f_to_kind(Kind::Double)?)?;
            Ok(numbers
                .into_iter()
                .map(|number| Value { number, text: significant(number, DIGITS) })
                .collect())
        }
        kind @ (Kind::Bool | Kind::Uint8 | Kind::Int8 | Kind::Int16 | Kind::Int | Kind::Int64) => {
            let numbers = Vec::<i64>::try_from(part.f_to_kind(Kind::Int64)?)?;
            let text = |number: i64| match kind {
                Kind::Bool => (number != 0).to_string(),
                _ => number.to_string(),
            };
            let value = |number: i64| Value { number: number as f64, text: text(number) };
            Ok(numbers.into_iter().map(value).collect())
        }
        kind => bail!("numbers of kind {kind:?} have no table; convert them with `to_kind` first"),
    }
}

/// A whole number without decimals, any other with so many significant digits.
pub(crate) fn significant(number: f64, digits: usize) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return number.to_string();
    }
    if number.fract() == 0.0 && size < 1e7 {
        // Without the sign of -0.
        return format!("{}", number + 0.0);
    }
    if !(1e-3..1e5).contains(&size) {
        let text = format!("{number:.*e}", digits - 1);
        let (front, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", front.trim_end_matches('0').trim_end_matches('.'));
    }
    let decimals = (digits as i32 - 1 - size.log10().floor() as i32).max(1) as usize;
    let text = format!("{number:.decimals$}");
    let short = text.trim_end_matches('0');
    // Rounded to a whole number, it keeps its zeros to say that it isn't one.
    if short.ends_with('.') { text } else { short.to_owned() }
}
