//! The contestants in turn, round after round.

use super::contestant::{self, Contestant, Part, Place};
use super::output::Expected;
use anyhow::{Context, Result};
use serde::Serialize;

/// The accuracy that the fastest settings are for.
const GOAL: f64 = 0.98;

/// Trainings to 98 % of the test images.
#[derive(Debug, Default, Serialize)]
pub struct To98 {
    /// How many trainings.
    pub seeds: Option<u64>,
    /// How many of them got there.
    pub reached: Option<u64>,
    /// Median of their seconds of training.
    pub median_s: Option<f64>,
}

/// Runs every contestant once a round; one that fails is left out from then on.
///
/// # Errors
/// If our own training fails: then there is nothing to compare with.
pub fn run(contestants: &mut [Contestant], rounds: usize, expected: Expected) -> Result<()> {
    for round in 1..=rounds {
        for contestant in &mut *contestants {
            if round > 1 && contestant.command.is_err() {
                continue;
            }
            let name = contestant.name();
            match contestant.run(&expected).with_context(|| name.clone()) {
                Ok(seconds) => {
                    let seconds = median(&seconds).unwrap_or_default();
                    eprintln!("round {round} of {rounds}: {name}: {seconds:.2} s");
                }
                Err(error) if contestant.part == Part::Ours => return Err(error),
                Err(error) => {
                    eprintln!("left out: {error:#}");
                    contestant.command = Err(format!("{error:#}"));
                    contestant.seconds.clear();
                }
            }
        }
    }
    Ok(())
}

/// Trains with the fastest settings from the weights of one seed after another, each to the
/// settings' end; what counts is the accuracy there and the time of training until there.
///
/// # Errors
/// If a training fails.
pub fn to_98(place: &Place, seeds: u64) -> Result<To98> {
    let (mut reached, mut seconds) = (0, Vec::new());
    for seed in 0..seeds {
        let mut command = contestant::default_threads(place);
        let output = contestant::output(command.args(["--fast", "--seed", &seed.to_string()]))
            .with_context(|| format!("to 98 %, seed {seed}"))?;
        let accuracy = output.epochs.last().map(|epoch| epoch.accuracy).unwrap_or_default();
        let time: f64 = output.seconds().iter().sum();
        eprintln!("to 98 %, seed {seed}: {:.2} % in {time:.2} s", 100.0 * accuracy);
        reached += u64::from(accuracy >= GOAL);
        seconds.push(time);
    }
    Ok(To98 { seeds: Some(seeds), reached: Some(reached), median_s: median(&seconds) })
}

/// The middle one, or the mean of the two in the middle; `None` if there is none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// `0.31-0.35`: the smallest and the largest.
pub fn spread(values: &[f64]) -> String {
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() { String::new() } else { format!("{smallest:.2}-{largest:.2}") }
}
