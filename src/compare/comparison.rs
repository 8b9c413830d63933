//! Accuracy against seconds, over the seeds.

use anyhow::{Result, bail, ensure};

use super::outcome::Outcome;
use crate::plot::TimeAccuracy;
use crate::table::{Align, Table};

/// Mean and spread of a figure over several seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation over the seeds, with n - 1; `None` for a single one.
    pub spread: Option<f64>,
}

impl Summary {
    /// Mean and standard deviation of `values`; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let spread = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, spread })
    }
}

/// One configuration over all its seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The configuration's name.
    pub name: String,
    /// How many trainings ended well.
    pub runs: usize,
    /// Why the others did not.
    pub failures: Vec<String>,
    /// Accuracy on the held-out images after the last epoch, 0..1, and training time in
    /// seconds; `None` if no training ended well.
    pub accuracy_and_seconds: Option<(Summary, Summary)>,
}

/// A table of configurations, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In the order of the table that was asked for.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Sums up `outcomes`; the rows come in the order of `names`.
    ///
    /// # Errors
    /// If there is no outcome of one of the names, or those of one name differ in more than the
    /// seed or come from other images: their mean would mean nothing.
    pub fn new<'a>(outcomes: &[Outcome], names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let rows = names.into_iter().map(|name| row(name, outcomes)).collect::<Result<_>>()?;
        Ok(Self { rows })
    }

    /// Each row as a point of time and accuracy, without those of which no training ended well.
    pub fn points(&self) -> Vec<TimeAccuracy> {
        let point = |row: &Row| {
            let (accuracy, seconds) = row.accuracy_and_seconds?;
            Some(TimeAccuracy {
                name: row.name.clone(),
                seconds: seconds.mean,
                accuracy: accuracy.mean,
                spread: accuracy.spread.unwrap_or(0.0),
            })
        };
        self.rows.iter().filter_map(point).collect()
    }

    /// As a table: name, seconds, accuracy and their spreads over the seeds.
    ///
    /// # Errors
    /// None that this crate knows of.
    pub fn table(&self) -> Result<Table> {
        let columns = [
            ("configuration", Align::Left),
            ("accuracy (%)", Align::Right),
            ("±", Align::Right),
            ("seconds", Align::Right),
            ("±", Align::Right),
            ("runs", Align::Right),
        ];
        Table::new(&columns, self.rows.iter().map(cells))
    }
}

fn row(name: &str, outcomes: &[Outcome]) -> Result<Row> {
    let of_name = || outcomes.iter().filter(|outcome| outcome.configuration.name == name);
    check(name, &of_name().collect::<Vec<_>>())?;
    let accuracies: Vec<f64> = of_name().filter_map(Outcome::accuracy).collect();
    let ended = of_name().filter(|outcome| outcome.accuracy().is_some());
    let seconds: Vec<f64> = ended.map(Outcome::seconds).collect();
    Ok(Row {
        name: name.to_owned(),
        runs: accuracies.len(),
        failures: of_name().filter_map(|outcome| outcome.failure.clone()).collect(),
        accuracy_and_seconds: Summary::of(&accuracies).zip(Summary::of(&seconds)),
    })
}

/// Checks that these are the seeds of one configuration, each once.
fn check(name: &str, outcomes: &[&Outcome]) -> Result<()> {
    let Some(first) = outcomes.first() else { bail!("compare: there is no outcome of `{name}`") };
    for (place, outcome) in outcomes.iter().enumerate() {
        let seed = outcome.configuration.settings.seed;
        let mut with_first_seed = outcome.configuration.clone();
        with_first_seed.settings.seed = first.configuration.settings.seed;
        ensure!(
            with_first_seed == first.configuration && outcome.images == first.images,
            "compare: the outcomes of `{name}` have different settings or images; give each its \
             own name"
        );
        ensure!(
            !outcomes[..place].iter().any(|other| other.configuration.settings.seed == seed),
            "compare: there are two outcomes of `{name}` with seed {seed}; leave one out"
        );
    }
    Ok(())
}

fn cells(row: &Row) -> [String; 6] {
    let spread = |summary: Summary, factor: f64, digits: usize| {
        summary.spread.map_or("-".to_owned(), |spread| format!("{:.digits$}", factor * spread))
    };
    let failed = match row.failures.len() {
        0 => String::new(),
        count => format!(", {count} failed"),
    };
    let measured = row.accuracy_and_seconds.map(|(accuracy, seconds)| {
        [
            format!("{:.2}", 100.0 * accuracy.mean),
            spread(accuracy, 100.0, 2),
            format!("{:.1}", seconds.mean),
            spread(seconds, 1.0, 1),
        ]
    });
    let [accuracy, accuracies, seconds, times] = measured.unwrap_or(["-"; 4].map(str::to_owned));
    let runs = format!("{}{failed}", row.runs);
    [row.name.clone(), accuracy, accuracies, seconds, times, runs]
}
