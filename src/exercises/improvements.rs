//! Checks of the exercises on notebook 8, improvements.

use anyhow::Result;

use super::numbers::number;
use super::reader::{Reader, Right, right};
use super::reference;

const REFERENCE: &str = include_str!("reference/improvements.json");

/// Exercise 8.1: `fn mean_and_spread(results: &[f64]) -> [f64; 2]`, the mean of two or more
/// results and their standard deviation, with n - 1.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn mean_and_spread<F>(mean_and_spread: F) -> Result<Right>
where
    F: Fn(&[f64]) -> [f64; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("mean_and_spread", mean_and_spread);
    for case in reference::cases(REFERENCE, "mean_and_spread")? {
        let results = case.list("results")?;
        let call = format!("mean_and_spread({})", case.numbers("results")?.quoted());
        let given = reader.asked(call, move |f| f(&results))?;
        let mistakes = case.mistakes(&[
            (
                "population",
                "The squared distances were divided by the number of results. One less is asked \
                 for: the mean was made from the same results, so they lie closer to it than to \
                 the true one",
            ),
            (
                "variance",
                "The second number is still in squares: for results in percent it would be in \
                 square percent",
            ),
            (
                "absolute",
                "The second number is the mean of the plain distances. The standard deviation \
                 squares them first, so that a large one counts more",
            ),
            (
                "range",
                "The second number is the distance from the smallest to the largest result, which \
                 only two of the results decide",
            ),
            (
                "signed",
                "The distances below the mean and those above it have cancelled each other out",
            ),
            (
                "of_mean",
                "The second number is too small. Perhaps it was divided by the root of the number \
                 of results: that tells how uncertain the mean is, and not how far a single \
                 result lies from it",
            ),
            ("no_root", "The second number is the total of the squared distances"),
            (
                "not_divided",
                "The squared distances were added up, but not divided, so more seeds would make \
                 the spread larger",
            ),
            ("swapped", "The two numbers are in the wrong order: the mean comes first"),
            ("median", "The first number is the result in the middle, not the mean"),
        ])?;
        let why = "First the mean is asked for, then how far the results typically lie from it: \
                   the root of the total of the squared distances divided by one less than the \
                   number of results";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("The second number is the ± of the table.")
}

/// Exercise 8.2: `fn gain_in_spreads(before: &[f64], after: &[f64]) -> f64`, the difference of the
/// means, measured by the larger of the two standard deviations.
///
/// # Errors
/// As [`mean_and_spread`].
pub fn gain_in_spreads<F>(gain_in_spreads: F) -> Result<Right>
where
    F: Fn(&[f64], &[f64]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("gain_in_spreads", gain_in_spreads);
    for case in reference::cases(REFERENCE, "gain_in_spreads")? {
        let (before, after) = (case.list("before")?, case.list("after")?);
        let told = |name| case.numbers(name).map(|numbers| numbers.quoted());
        let call = format!("gain_in_spreads({}, {})", told("before")?, told("after")?);
        let given = reader.asked(call, move |f| f(&before, &after))?;
        let mistakes = case.mistakes(&[
            ("difference", "This is the gain itself. How many spreads is it?"),
            ("absolute", "The second setting is worse here, and the sign is to say so"),
            (
                "reversed",
                "The sign is the wrong way round: a gain is above 0 where the second setting is \
                 the better one",
            ),
            (
                "first",
                "This was measured by the spread of the first setting, though the other one \
                 varies more",
            ),
            (
                "second",
                "This was measured by the spread of the second setting, though the other one \
                 varies more",
            ),
            (
                "total",
                "This was measured by the sum of both spreads. The larger one alone is asked for",
            ),
            (
                "best",
                "The best seeds were compared. Which seed is lucky is chance; the means are asked \
                 for",
            ),
            ("worst", "The worst seeds were compared, but the means are asked for"),
            ("one_seed", "Only the first seeds were compared, but the means are asked for"),
            (
                "population",
                "The spreads are too small: in the exercise before, the squared distances were \
                 divided by one less than the number of results",
            ),
            ("variance", "This was measured by the square of the spread"),
            (
                "multiplied",
                "The more the seeds vary, the less does a gain say; here it is the other way \
                 round",
            ),
            (
                "less",
                "The spread was subtracted. How many times it goes into the gain is asked for",
            ),
        ])?;
        let why = "The gain is the mean of the second setting less that of the first, and how \
                   many times the larger of the two spreads goes into it is asked for";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("With three seeds, two spreads are a hint, and less than one is nothing.")
}

/// Exercise 8.3: `fn reported(held_out: &[Vec<f64>], test: &[f64]) -> f64`, the accuracy to report:
/// the setting is chosen by the mean of its held-out accuracies.
///
/// # Errors
/// As [`mean_and_spread`].
pub fn reported<F>(reported: F) -> Result<Right>
where
    F: Fn(&[Vec<f64>], &[f64]) -> f64 + Send + Sync + 'static,
{
    let reader = Reader::new("reported", reported);
    for case in reference::cases(REFERENCE, "reported")? {
        let (held_out, test) = (case.rows("held_out")?, case.list("test")?);
        let call = match test.len() {
            ..6 => format!("reported(&{held_out:?}, &{test:?})"),
            many => format!("reported, for {many} settings,"),
        };
        let given = reader.asked(call, move |f| f(&held_out, &test))?;
        let mistakes = case.mistakes(&[
            (
                "best_test",
                "The best accuracy on the test images was taken. Then they have served to choose, \
                 and what they say of the winner is too kind",
            ),
            (
                "held_out_mean",
                "This is what the held-out images say of the winner. They have chosen it, so they \
                 are too kind to it; the test images are to judge",
            ),
            (
                "place",
                "This is the place of the chosen setting. Its accuracy on the test images is \
                 asked for",
            ),
            (
                "sums",
                "The sums were compared, so the setting with more seeds has won. Their means can \
                 be compared",
            ),
            (
                "lucky",
                "The setting was chosen by a single lucky seed. The mean of its seeds is to \
                 decide",
            ),
            (
                "one_seed",
                "The setting was chosen by its first seed. The mean of its seeds is to decide",
            ),
            ("steady", "The setting was chosen that varies least, but it is not the most accurate"),
            ("least", "The setting was chosen whose held-out accuracy is lowest"),
            ("first", "This is the first setting, whatever its accuracy"),
            (
                "mean",
                "This is the mean of all settings on the test images. Only one has been chosen",
            ),
        ])?;
        let why = "The setting with the highest mean on the held-out images is chosen, and what \
                   it reaches on the test images is reported";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("The test images have had no part in the choice, so they can judge it.")
}

/// Exercise 8.4: `fn cosine_rates(first: f64, epochs: usize) -> Vec<f64>`, the learning rate of
/// each epoch, which falls from the first one towards 0 along half a cosine wave.
///
/// # Errors
/// As [`mean_and_spread`].
pub fn cosine_rates<F>(cosine_rates: F) -> Result<Right>
where
    F: Fn(f64, usize) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("cosine_rates", cosine_rates);
    for case in reference::cases(REFERENCE, "cosine_rates")? {
        let (first, epochs) = (case.number("first")?, case.count("epochs")?);
        let call = format!("cosine_rates({}, {epochs})", number(first));
        let given = reader.asked(call, move |f| f(first, epochs))?;
        let mistakes = case.mistakes(&[
            (
                "line",
                "The rate falls along a straight line. A cosine falls slowly at first and at the \
                 end, and fast in the middle",
            ),
            (
                "quarter",
                "This is a quarter of a wave: it falls slowly at first, but fast at the end",
            ),
            (
                "from_one",
                "The first epoch has a lower rate already, and the last has none. The first \
                 should have the full rate",
            ),
            (
                "to_zero",
                "The last epoch has the rate 0, so nothing would be learnt in it. Only the epoch \
                 after the last would have 0",
            ),
            ("whole_wave", "The rate falls and rises again: that is a whole wave"),
            (
                "degrees",
                "The wave goes wild. Rust's `cos` takes its angle in radians, where half a wave \
                 is π, and not in degrees",
            ),
            (
                "negative",
                "The rate falls below 0, and would drive the loss up. The cosine lies between 1 \
                 and -1, a rate between its first value and 0",
            ),
            (
                "doubled",
                "The shape is right, but all rates are too high: they should begin with the first \
                 one",
            ),
            (
                "no_first",
                "The rates should begin with the first one, but they begin with 1, whatever it is",
            ),
            ("rising", "The rate rises"),
            ("one_more", "There is one rate too many: the training ends before the rate is 0"),
        ])?;
        let why = "The rate of the first epoch is the full one, in the middle of the training it \
                   is half of it, and after the last epoch it would be 0; between them it follows \
                   half a cosine wave";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("The library does the same, with a new rate for every batch.")
}

/// Exercise 8.5: `fn dropout(hidden: &[f64], random: &[f64], probability: f64) -> Vec<f64>`, hidden
/// neurons some of which are left out, while the others are scaled.
///
/// # Errors
/// As [`mean_and_spread`].
pub fn dropout<F>(dropout: F) -> Result<Right>
where
    F: Fn(&[f64], &[f64], f64) -> Vec<f64> + Send + Sync + 'static,
{
    let reader = Reader::new("dropout", dropout);
    for case in reference::cases(REFERENCE, "dropout")? {
        let (hidden, random) = (case.list("hidden")?, case.list("random")?);
        let probability = case.number("probability")?;
        let told = |name| case.numbers(name).map(|numbers| numbers.quoted());
        let call = format!("dropout({}, {}, {probability})", told("hidden")?, told("random")?);
        let given = reader.asked(call, move |f| f(&hidden, &random, probability))?;
        let mistakes = case.mistakes(&[
            (
                "broken",
                "The right neurons are left out, but those that stay are as they were. So in \
                 training a part of every sum of the next layer is missing, and when the network \
                 is used, with all its neurons, the sums are larger than any it was trained with",
            ),
            (
                "smaller",
                "Those that stay have become smaller. But something is missing from the sums \
                 already, which they are to make up for",
            ),
            (
                "grown",
                "Those that stay have grown, but not by enough to make up for those that are \
                 missing. With half of the neurons left out, they would have to double",
            ),
            (
                "by_p",
                "The neurons that stay are scaled too much. The fewer are left out, the less need \
                 they grow; with a probability near 0, hardly at all",
            ),
            (
                "reversed",
                "The wrong ones are left out: a neuron stays unless its random number is below \
                 the probability",
            ),
            (
                "reversed_by_p",
                "The wrong ones are left out: a neuron stays unless its random number is below \
                 the probability",
            ),
            (
                "reversed_only",
                "The wrong ones are left out: a neuron stays unless its random number is below \
                 the probability",
            ),
            (
                "removed",
                "The neurons that are left out have gone from the list, so the others have moved \
                 to other places. They should be there, as 0",
            ),
            ("all", "All have grown, and none is left out"),
            (
                "edge",
                "A neuron is left out if its random number is below the probability. Here one \
                 equals it",
            ),
            (
                "counted",
                "The scale depends on how many happened to stay. It should be the same each time, \
                 and right on average: the probability decides",
            ),
        ])?;
        let why = "A neuron whose random number is below the probability becomes 0, and the \
                   others grow so that the sums of the next layer stay the same on average";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("Because the scaling is done in training, nothing changes when the network is used.")
}

/// Exercise 8.6: `fn frontier(seconds: &[f64], accuracies: &[f64]) -> Vec<usize>`, the places of
/// the settings that no other one beats, in their order.
///
/// # Errors
/// As [`mean_and_spread`].
pub fn frontier<F>(frontier: F) -> Result<Right>
where
    F: Fn(&[f64], &[f64]) -> Vec<usize> + Send + Sync + 'static,
{
    let reader = Reader::new("frontier", frontier);
    for case in reference::cases(REFERENCE, "frontier")? {
        let (seconds, accuracies) = (case.list("seconds")?, case.list("accuracies")?);
        let told = |name| case.numbers(name).map(|numbers| numbers.quoted());
        let call = format!("frontier({}, {})", told("seconds")?, told("accuracies")?);
        let given = reader.asked(call, move |f| f(&seconds, &accuracies))?;
        let mistakes = case.mistakes(&[
            ("behind", "These are the others, those that are beaten"),
            (
                "itself",
                "No setting is left. None beats itself, for it is not better in anything; and one \
                 that is better in one thing and worse in the other beats nobody",
            ),
            (
                "strict",
                "One is on it that should not be: another setting is as good in one thing and \
                 better in the other",
            ),
            (
                "twins",
                "Two settings are equally fast and equally accurate. Neither is better in \
                 anything, so neither beats the other",
            ),
            (
                "one_twin",
                "Two settings are equally fast and equally accurate. Neither is better in \
                 anything, so neither beats the other",
            ),
            (
                "ends",
                "These are the fastest and the most accurate alone. Between them there may be \
                 others that no other beats in both",
            ),
            (
                "reversed",
                "These are those that no other is worse than in both, the frontier on the wrong \
                 side",
            ),
            ("slow", "The longer a training took, the better it was thought to be"),
            (
                "sorted",
                "The places are right, but they were asked for in the order of the settings, not \
                 sorted by time",
            ),
            (
                "by_accuracy",
                "The places are right, but they were asked for in the order of the settings, not \
                 sorted by accuracy",
            ),
        ])?;
        let why = "A setting is on the frontier unless another one is at least as fast and at \
                   least as accurate, and better in one of the two";
        given.expect(&case.numbers("expected")?, why, &mistakes)?;
    }
    right("What is on the frontier is a matter of fact; which of them to take, of your time.")
}

#[cfg(test)]
mod tests;
