//! What a reader's function gave, as a shape and numbers that can be compared and told.

use std::fmt;
use std::iter;

use anyhow::{Context, Result, ensure};
use tch::{Kind, Tensor};

use crate::notebook::significant;

/// Most numbers that a sentence quotes.
const QUOTED: usize = 12;
/// Two numbers are the same where they differ by at most this, and this share of the expected one:
/// room for the rounding of 32-bit floats, and for no mistake.
const ABSOLUTE: f64 = 1e-5;
const RELATIVE: f64 = 1e-4;

/// Numbers with a shape; a plain number has the shape `[]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers {
    shape: Vec<i64>,
    values: Vec<f64>,
}

impl Numbers {
    /// The shape and the values in rows, as many as the shape says.
    pub(super) fn new(shape: &[i64], values: Vec<f64>) -> Self {
        Self { shape: shape.to_vec(), values }
    }

    /// A plain number.
    pub(super) fn plain(value: f64) -> Self {
        Self::new(&[], vec![value])
    }

    pub(super) fn shape(&self) -> &[i64] {
        &self.shape
    }

    pub(super) fn contains_nan(&self) -> bool {
        self.values.iter().any(|value| value.is_nan())
    }

    /// As a tensor of 32-bit floats.
    ///
    /// # Errors
    /// The values do not fill the shape.
    pub(super) fn tensor(&self) -> Result<Tensor> {
        Ok(Tensor::f_from_slice(&self.values)?.f_view(&*self.shape)?.f_to_kind(Kind::Float)?)
    }

    /// An input in a sentence: "[[1, 2], [3, 4]]", or "numbers of shape [28, 28]" if there are
    /// too many to quote.
    pub(super) fn quoted(&self) -> String {
        if self.values.len() > QUOTED {
            return format!("numbers of shape {:?}", self.shape);
        }
        let mut parts: Vec<String> = self.values.iter().map(|value| number(*value)).collect();
        for length in self.shape.iter().rev() {
            let lists = parts.chunks((*length).max(1) as usize);
            parts = lists.map(|list| format!("[{}]", list.join(", "))).collect();
        }
        parts.concat()
    }

    /// Whether shape and values are the same, rounding apart. NaN is the same as NaN.
    pub(super) fn is_close(&self, expected: &Self) -> bool {
        self.is_within(expected, ABSOLUTE, RELATIVE)
    }

    /// Whether shape and values are the same but for an absolute difference, and one relative to
    /// the expected value. NaN is the same as NaN.
    pub(super) fn is_within(&self, expected: &Self, absolute: f64, relative: f64) -> bool {
        let near = |(f, e): (&f64, &f64)| is_within(*f, *e, absolute, relative);
        self.shape == expected.shape
            && self.values.len() == expected.values.len()
            && iter::zip(&self.values, &expected.values).all(near)
    }

    /// Where a sentence cannot quote all numbers: " The first difference is at [2, 3]: 0, expected
    /// 1.", else nothing. Both have the same shape.
    pub(super) fn first_difference(&self, expected: &Self) -> String {
        let mut pairs = iter::zip(&self.values, &expected.values);
        let Some(mut place) = pairs.position(|(f, e)| !is_within(*f, *e, ABSOLUTE, RELATIVE))
        else {
            return String::new();
        };
        if self.values.len() <= QUOTED {
            return String::new();
        }
        let (found, expected) = (number(self.values[place]), number(expected.values[place]));
        let mut places = Vec::new();
        for length in self.shape.iter().rev() {
            places.insert(0, place % *length as usize);
            place /= *length as usize;
        }
        format!(" The first difference is at {places:?}: {found}, expected {expected}.")
    }
}

/// The same of two numbers.
fn is_within(found: f64, expected: f64, absolute: f64, relative: f64) -> bool {
    found == expected
        || found.is_nan() && expected.is_nan()
        || (found - expected).abs() <= absolute + relative * expected.abs()
}

/// "7.5", "[1, 2, 3]", "[0.1, 0.2, …] of shape [2, 5]"
impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = self.values.iter().take(QUOTED).map(|v| number(*v)).collect();
        let more = if self.values.len() > QUOTED { ", …" } else { "" };
        match self.shape.len() {
            0 => f.write_str(&quoted.concat()),
            1 => write!(f, "[{}{more}]", quoted.join(", ")),
            _ => write!(f, "[{}{more}] of shape {:?}", quoted.join(", "), self.shape),
        }
    }
}

/// A number with five significant digits: "0.25", "-1.3863", "1.2e-7", "NaN".
pub(super) fn number(value: f64) -> String {
    significant(value, 5)
}

/// What a reader's function may return.
pub(super) trait Answer: Send + 'static {
    /// Its shape and numbers.
    ///
    /// # Errors
    /// It is an error itself, or a tensor that cannot be read.
    fn numbers(self) -> Result<Numbers>;
}

macro_rules! plain_numbers {
    ($($kind:ty),*) => { $(
        impl Answer for $kind {
            fn numbers(self) -> Result<Numbers> {
                Ok(Numbers::plain(self as f64))
            }
        }

        impl Answer for Vec<$kind> {
            fn numbers(self) -> Result<Numbers> {
                let values: Vec<f64> = self.into_iter().map(|value| value as f64).collect();
                Ok(Numbers::new(&[values.len() as i64], values))
            }
        }
    )* };
}

plain_numbers!(f32, f64, u8, usize);

impl<T, const N: usize> Answer for [T; N]
where
    Vec<T>: Answer,
    T: Send + 'static,
{
    fn numbers(self) -> Result<Numbers> {
        Vec::from(self).numbers()
    }
}

impl<T> Answer for Vec<Vec<T>>
where
    Vec<T>: Answer,
    T: Send + 'static,
{
    /// # Errors
    /// The rows have different lengths.
    fn numbers(self) -> Result<Numbers> {
        let rows = self.into_iter().map(Answer::numbers).collect::<Result<Vec<_>>>()?;
        let columns = rows.first().map_or(0, |row| row.values.len());
        ensure!(
            rows.iter().all(|row| row.values.len() == columns),
            "rows of different lengths: {:?}",
            rows.iter().map(|row| row.values.len()).collect::<Vec<_>>()
        );
        let shape = [rows.len() as i64, columns as i64];
        Ok(Numbers::new(&shape, rows.into_iter().flat_map(|row| row.values).collect()))
    }
}

impl Answer for Tensor {
    fn numbers(self) -> Result<Numbers> {
        ensure!(self.defined(), "a tensor without content");
        let shape = self.size();
        let flat = self.f_to_kind(Kind::Double)?.f_contiguous()?.f_view([-1])?;
        let values = Vec::try_from(&flat).context("a tensor that cannot be read")?;
        Ok(Numbers::new(&shape, values))
    }
}

impl<T: Answer, E: fmt::Display + Send + 'static> Answer for std::result::Result<T, E> {
    fn numbers(self) -> Result<Numbers> {
        self.map_err(|error| anyhow::anyhow!("the error: {error:#}"))?.numbers()
    }
}

impl Answer for Numbers {
    fn numbers(self) -> Result<Numbers> {
        Ok(self)
    }
}
