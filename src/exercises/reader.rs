//! A reader's function, called: it may be unfinished, panic, never end, or give what is wrong.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use tch::Tensor;

use super::numbers::{Answer, Numbers};
use crate::notebook::keep_panics;

/// How long a reader's function may take for one input.
const TIME: Duration = Duration::from_secs(10);

/// What `todo!()` panics with.
const TODO: &str = "not yet implemented";

/// An exercise is solved; shows what to keep of it.
pub struct Right(pub(super) String);

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Right. {}", self.0)
    }
}

/// The same as `Display`: a cell shows it so.
impl fmt::Debug for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a check says of a solved exercise.
pub(super) fn right(words: &str) -> Result<Right> {
    Ok(Right(words.to_owned()))
}

/// A reader's function and its name.
pub(super) struct Reader<F> {
    name: &'static str,
    function: Arc<F>,
}

impl<F: Send + Sync + 'static> Reader<F> {
    pub(super) fn new(name: &'static str, function: F) -> Self {
        Self { name, function: Arc::new(function) }
    }

    /// Calls the function, by `ask`, on a thread of its own; `call` tells the call in words, such
    /// as `neuron(&[1.0, 2.0], &[3.0, 4.0], 0.5)`.
    ///
    /// # Errors
    /// The function is not written yet, panics, returns an error, or takes longer than 10 seconds.
    pub(super) fn asked<T: Answer>(
        &self,
        call: impl Into<String>,
        ask: impl FnOnce(&F) -> T + Send + 'static,
    ) -> Result<Given> {
        let call = call.into();
        match self.called(&call, |function| ask(function).numbers())? {
            Ok(numbers) => Ok(Given { call, numbers }),
            Err(error) => Err(anyhow!("not right yet: {call} gave {error:#}")),
        }
    }

    /// Calls the function with an input that it should accept, or refuse with an error.
    ///
    /// # Errors
    /// As `asked`; or it does the other thing, which `why` explains.
    pub(super) fn judged(
        &self,
        call: &str,
        ask: impl FnOnce(&F) -> Result<()> + Send + 'static,
        accepts: bool,
        why: &str,
    ) -> Result<()> {
        match (self.called(call, ask)?, accepts) {
            (Err(error), false) if format!("{error:#}").trim().is_empty() => {
                bail!(
                    "not right yet: {call} gave an error without words. It is to say what is wrong"
                )
            }
            (Ok(()), true) | (Err(_), false) => Ok(()),
            (Ok(()), false) => bail!("not right yet: {call} gave no error. {why}"),
            (Err(error), true) => {
                bail!("not right yet: {call} gave the error \"{error:#}\", expected none. {why}")
            }
        }
    }

    /// Calls the function on a thread of its own.
    fn called<T: Send + 'static>(
        &self,
        call: &str,
        ask: impl FnOnce(&F) -> T + Send + 'static,
    ) -> Result<T> {
        let (name, function) = (self.name, Arc::clone(&self.function));
        let (sender, receiver) = mpsc::channel();
        let work = move || {
            let answer = panic::catch_unwind(AssertUnwindSafe(|| ask(&function)));
            // Nobody listens any more where the time has passed.
            let _ = sender.send(answer.map_err(drop));
        };
        let (received, panic) = keep_panics(name, || {
            thread::Builder::new().name(name.to_owned()).spawn(work)?;
            anyhow::Ok(receiver.recv_timeout(TIME))
        });
        let outcome = match received? {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => bail!(
                "{call} had not ended after {} seconds: does a loop in it never end? Its \
                 computation goes on in the background until you restart the kernel; your \
                 variables are unharmed",
                TIME.as_secs()
            ),
            Err(RecvTimeoutError::Disconnected) => bail!("{call} ended without an answer"),
        };
        let panic = panic.unwrap_or_default();
        match outcome {
            Ok(answer) => Ok(answer),
            Err(()) if panic.starts_with(TODO) => Err(anyhow!(
                "not yet: `{name}` still holds `todo!()`; write it, run its cell, then this one"
            )),
            Err(()) => Err(anyhow!("not right yet: {call} panicked: {panic}")),
        }
    }

    /// As [`Reader::asked`], with tensors that the function must leave as they are.
    ///
    /// # Errors
    /// As there, and if it changed one of them.
    pub(super) fn asked_of<T: Answer, const N: usize>(
        &self,
        call: impl Into<String>,
        tensors: [&Tensor; N],
        ask: impl FnOnce(&F, [&Tensor; N]) -> T + Send + 'static,
    ) -> Result<Given> {
        let call = call.into();
        let copies = tensors.map(Tensor::copy);
        let own = copies.each_ref().map(Tensor::shallow_clone);
        let given = self.asked(call.clone(), move |function| ask(function, own.each_ref()))?;
        if tensors.iter().zip(&copies).any(|(before, after)| *before != after) {
            bail!(
                "not right yet: {call} changed the tensor that it was given. Whoever calls it \
                 finds other numbers there afterwards: tensors share memory, and Rust's `&` does \
                 not protect it"
            );
        }
        Ok(given)
    }
}

/// What a reader's function gave for one input.
pub(super) struct Given {
    call: String,
    numbers: Numbers,
}

/// What a usual mistake gives, and its sentence.
pub(super) type Mistake<'a> = (Numbers, &'a str);

impl Given {
    /// Compares with what is expected, which `why` explains without saying how to compute it.
    ///
    /// # Errors
    /// Something else came: the first of the `mistakes` that gives the same is told, else `why`.
    pub(super) fn expect(
        &self,
        expected: &Numbers,
        why: &str,
        mistakes: &[Mistake<'_>],
    ) -> Result<()> {
        self.expect_where(Numbers::is_close, expected, why, mistakes)
    }

    /// As [`Given::expect`], where the function may approximate: `is_near` says what is the same.
    ///
    /// # Errors
    /// As there.
    pub(super) fn expect_where(
        &self,
        is_near: impl Fn(&Numbers, &Numbers) -> bool,
        expected: &Numbers,
        why: &str,
        mistakes: &[Mistake<'_>],
    ) -> Result<()> {
        let (call, found) = (&self.call, &self.numbers);
        if is_near(found, expected) {
            return Ok(());
        }
        let known = mistakes.iter().find(|(wrong, _)| is_near(found, wrong));
        if let Some((_, sentence)) = known {
            bail!("not right yet: {call} gave {found}, expected {expected}. {sentence}");
        }
        if let ([found], [expected]) = (found.shape(), expected.shape())
            && found != expected
        {
            bail!("not right yet: {call} gave {found} numbers, expected {expected}. {why}");
        }
        if found.shape() != expected.shape() {
            bail!(
                "not right yet: {call} gave the shape {:?}, expected {:?}. {why}",
                found.shape(),
                expected.shape()
            );
        }
        if found.contains_nan() && !expected.contains_nan() {
            bail!(
                "not right yet: {call} gave {found}, expected {expected}. NaN means \"not a \
                 number\": 0 divided by 0, infinity minus infinity, and the logarithm or root of \
                 a negative number give it"
            );
        }
        let place = found.first_difference(expected);
        bail!("not right yet: {call} gave {found}, expected {expected}.{place} {why}");
    }
}

#[cfg(test)]
pub(super) mod tests;
