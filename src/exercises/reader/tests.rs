#![allow(clippy::unwrap_used)]

use super::*;

/// The message of a check that refuses an answer, which must hold these words.
pub(in crate::exercises) fn refused(result: Result<Right>, words: &str) {
    let message = result.expect_err("this answer must be refused").to_string();
    assert!(message.contains(words), "{message:?} does not say {words:?}");
}

fn asked<T: Answer>(function: impl Fn() -> T + Send + Sync + 'static) -> Result<Given> {
    Reader::new("f", function).asked("f()", |f| f())
}

fn message<T: Answer>(function: impl Fn() -> T + Send + Sync + 'static) -> String {
    asked(function).err().unwrap().to_string()
}

#[test]
fn an_unfinished_function_is_not_yet_an_answer() {
    let unfinished: fn() -> f64 = || todo!();
    assert!(message(unfinished).starts_with("not yet: `f` still holds `todo!()`"));
}

#[test]
fn a_panic_is_told_and_leaves_the_caller_alive() {
    let index = |at: usize| [1.0, 2.0][at];
    let told = message(move || index(2));
    assert!(told.contains("f() panicked: index out of bounds"), "{told}");
}

#[test]
fn an_error_is_told() {
    let told = message(|| -> Result<f64> { bail!("no network") });
    assert_eq!(told, "not right yet: f() gave the error: no network");
}

#[test]
fn rows_of_different_lengths_are_told() {
    let told = message(|| vec![vec![1.0], vec![2.0, 3.0]]);
    assert!(told.contains("rows of different lengths: [1, 2]"), "{told}");
}

#[test]
fn a_function_that_never_ends_is_left_to_itself() {
    let told = message(|| -> f64 {
        loop {
            thread::sleep(Duration::from_millis(50));
        }
    });
    assert!(told.starts_with("f() had not ended after 10 seconds"), "{told}");
}

#[test]
fn nan_another_shape_and_a_known_mistake_have_their_own_words() {
    let told = |found: Numbers| {
        let given = Given { call: "f(2)".to_owned(), numbers: found };
        let mistakes = [(Numbers::plain(3.0), "One too many.")];
        given
            .expect(&Numbers::plain(2.0), "It counts.", &mistakes)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(told(Numbers::plain(2.000_001)), None);
    assert_eq!(
        told(Numbers::plain(4.0)).unwrap(),
        "not right yet: f(2) gave 4, expected 2. It counts."
    );
    assert!(told(Numbers::plain(3.0)).unwrap().ends_with("expected 2. One too many."));
    assert!(told(Numbers::plain(f64::NAN)).unwrap().contains("NaN means"));
    assert!(told(Numbers::new(&[1], vec![2.0])).unwrap().contains("the shape [1], expected []"));
}

#[test]
fn an_input_is_to_be_accepted_or_refused() {
    let judged = |outcome: fn() -> Result<()>, accepts| {
        let told = Reader::new("f", outcome).judged("f()", |f| f(), accepts, "It counts.");
        told.err().map(|error| error.to_string())
    };
    let accepts: fn() -> Result<()> = || Ok(());
    let refuses: fn() -> Result<()> = || bail!("too short");
    assert_eq!(judged(accepts, true), None);
    assert_eq!(judged(refuses, false), None);
    assert_eq!(judged(accepts, false).unwrap(), "not right yet: f() gave no error. It counts.");
    let told = judged(refuses, true).unwrap();
    assert!(told.contains("the error \"too short\", expected none. It counts."), "{told}");
}

#[test]
fn of_many_numbers_the_first_that_differs_is_told() {
    let found = Numbers::new(&[4, 5], (0..20).map(f64::from).collect());
    let mut values: Vec<f64> = (0..20).map(f64::from).collect();
    (values[13], values[14]) = (0.0, 0.0);
    let given = Given { call: "f()".to_owned(), numbers: found };
    let told = given.expect(&Numbers::new(&[4, 5], values), "It counts.", &[]).unwrap_err();
    let told = told.to_string();
    assert!(
        told.ends_with("The first difference is at [2, 3]: 13, expected 0. It counts."),
        "{told}"
    );
}
