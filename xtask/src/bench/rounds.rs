//! The contestants in turn, round after round.

use super::Part;
use super::build::Built;
use super::line::{Expected, Last, Output};
use super::program::{self, Place, Program};
use super::report::To98;
use super::sample::Sample;
use anyhow::{Context, Result};
use clap::ValueEnum;

/// The accuracy that the fastest settings are for.
const GOAL: f64 = 0.98;

/// What all runs of a contestant came to.
#[derive(Debug)]
pub struct Measured {
    /// Who.
    pub part: Part,
    /// On how many threads.
    pub threads: usize,
    /// Seconds of each epoch.
    pub seconds: Sample,
    /// What our own program tells besides, once a run.
    pub lasts: Vec<Last>,
    /// Operations and bytes (10^9 each) a second, where the ceiling was measured.
    pub rates: Option<(f64, f64)>,
    /// Why there is nothing.
    pub failure: Option<String>,
}

impl Measured {
    /// Who and on how many threads, in words.
    pub fn name(&self) -> String {
        let word = if self.threads == 1 { "thread" } else { "threads" };
        format!("{}, {} {word}", name(self.part), self.threads)
    }

    fn add(&mut self, output: Output) {
        self.seconds.0.extend(output.seconds());
        self.lasts.extend(output.last);
        self.rates = output.ceiling.map(|(_, gflop_s, gb_s)| (gflop_s, gb_s)).or(self.rates);
    }
}

/// The part's name on the command line.
pub fn name(part: Part) -> String {
    part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Runs every program once a round; one that fails is left out from then on.
///
/// # Errors
/// If our own training fails: then there is nothing to compare with.
pub fn run(programs: Vec<Program>, rounds: usize, expected: Expected) -> Result<Vec<Measured>> {
    let mut results: Vec<Measured> = programs.iter().map(nothing_yet).collect();
    for round in 1..=rounds {
        for (program, measured) in programs.iter().zip(&mut results) {
            if measured.failure.is_some() {
                continue;
            }
            let outcome = program
                .run()
                .and_then(|output| expected.check(&output).map(|()| output))
                .with_context(|| measured.name());
            match outcome {
                Ok(output) => {
                    let seconds = Sample(output.seconds()).median().unwrap_or_default();
                    eprintln!("round {round} of {rounds}: {}: {seconds:.2} s", measured.name());
                    measured.add(output);
                }
                Err(error) if program.part == Part::Ours => return Err(error),
                Err(error) => {
                    eprintln!("left out: {error:#}");
                    measured.failure = Some(format!("{error:#}"));
                    measured.seconds = Sample::default();
                }
            }
        }
    }
    Ok(results)
}

fn nothing_yet(program: &Program) -> Measured {
    Measured {
        part: program.part,
        threads: program.threads,
        seconds: Sample::default(),
        lasts: Vec::new(),
        rates: None,
        failure: None,
    }
}

/// Trains with the fastest settings from the weights of one seed after another, each to the
/// settings' end; what counts is the accuracy there and the time of training until there.
///
/// # Errors
/// If a training fails.
pub fn to_98(built: &Built, place: &Place, seeds: u64) -> Result<To98> {
    let (mut reached, mut seconds) = (0, Sample::default());
    for seed in 0..seeds {
        let output = program::output(&mut program::to_98(built, place, seed))
            .with_context(|| format!("to 98 %, seed {seed}"))?;
        let accuracy = output.epochs.last().map(|epoch| epoch.accuracy).unwrap_or_default();
        let time: f64 = output.seconds().iter().sum();
        eprintln!("to 98 %, seed {seed}: {:.2} % in {time:.2} s", 100.0 * accuracy);
        if accuracy >= GOAL {
            reached += 1;
        }
        seconds.0.push(time);
    }
    Ok(To98 { seeds: Some(seeds), reached: Some(reached), median_s: seconds.median() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::program::tests::shell;

    const GOOD: &str = r#"echo '{"epoch": 1, "seconds": 2.5, "loss": 0.51, "accuracy": 0.919}'"#;
    const WRONG: &str = r#"echo '{"epoch": 1, "seconds": 0.1, "loss": 0.02, "accuracy": 0.919}'"#;

    #[test]
    fn a_peer_that_trains_something_else_is_left_out_and_the_others_go_on() {
        let programs = vec![
            shell(Part::Ours, 2, GOOD),
            shell(Part::Burn, 2, WRONG),
            shell(Part::Candle, 2, "echo no such backend >&2; exit 1"),
        ];
        let results = run(programs, 3, Expected::MNIST).unwrap();
        assert_eq!(results[0].seconds.0, [2.5, 2.5, 2.5]);
        assert_eq!(results[0].failure, None);
        let failure = results[1].failure.as_deref().unwrap();
        assert!(failure.starts_with("burn, 2 threads: does not train the same"), "{failure}");
        assert_eq!(results[1].seconds.median(), None);
        let failure = results[2].failure.as_deref().unwrap();
        assert!(failure.ends_with("no such backend"), "{failure}");
    }

    #[test]
    fn without_our_own_training_there_is_no_result() {
        let programs = vec![shell(Part::Ours, 1, WRONG)];
        let error = run(programs, 1, Expected::MNIST).unwrap_err();
        assert!(format!("{error:#}").starts_with("ours, 1 thread: does not train"), "{error:#}");
    }
}
