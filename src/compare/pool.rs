//! A table of configurations on the cores of one machine, with what is already measured kept.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::comparison::Comparison;
use super::configuration::Configuration;
use super::outcome::Outcome;
use crate::data::Mnist;
use crate::train::{Stop, Stopped, Threads};

/// How the trainings of a table are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareOptions {
    /// Each configuration is trained with the seeds 0 up to, not including, this.
    pub seeds: u64,
    /// Trainings at a time, each on one thread; `None` for as many as there are cores.
    pub workers: Option<usize>,
    /// Where each outcome is kept as soon as it is there; those that are there already are not
    /// measured again.
    pub folder: PathBuf,
    /// Maximum progress lines, about; trainings that fail have one besides.
    pub progress_lines: usize,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self {
            seeds: 3,
            workers: None,
            folder: PathBuf::from("runs/comparison"),
            progress_lines: 12,
        }
    }
}

/// Trains every configuration of `table` with every seed, and prints how far it is.
///
/// Stopped in between, it continues where it was when called again with the same table, seeds
/// and folder. A stop, as [`train`](crate::train::train) describes it, ends all that run.
///
/// # Errors
/// If a setting is wrong or does not fit the data, two configurations have one name or an
/// outcome that is there cannot be read, before anything is trained; or if one cannot be
/// written, or it was stopped: then the error says how many trainings are there.
pub fn compare(
    table: &[Configuration],
    data: &Mnist,
    options: &CompareOptions,
) -> Result<Comparison> {
    compare_with(table, data, options, &mut |line| println!("{line}"))
}

/// The same; `say` gets the lines.
///
/// # Errors
/// As [`compare`].
pub fn compare_with(
    table: &[Configuration],
    data: &Mnist,
    options: &CompareOptions,
    say: &mut dyn FnMut(&str),
) -> Result<Comparison> {
    let (mut outcomes, jobs) = look(table, data, options)?;
    if !outcomes.is_empty() {
        let folder = options.folder.display();
        say(&format!("{} trainings are in {folder} already", outcomes.len()));
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = options.workers.unwrap_or(cores).min(jobs.len());
    let (all, before) = (jobs.len(), outcomes.len());
    let stopped = run_jobs(&jobs, data, workers, &mut |outcome, count, line| {
        outcome.store(&options.folder)?;
        let lines = |count: usize| count * options.progress_lines.min(all) / all;
        if lines(count) > lines(count - 1) || outcome.failure.is_some() {
            say(line);
        }
        outcomes.push(outcome);
        Ok(())
    })?;
    ensure!(
        !stopped,
        "compare: stopped with {} of {} trainings measured; they are in {}, and the same call \
         continues with the rest",
        outcomes.len(),
        before + all,
        options.folder.display()
    );
    Comparison::new(&outcomes, names(table))
}

/// What [`compare`] would return, if every outcome is in the folder already; trains nothing.
///
/// # Errors
/// As [`compare`].
pub fn compared(
    table: &[Configuration],
    data: &Mnist,
    options: &CompareOptions,
) -> Result<Option<Comparison>> {
    let (outcomes, jobs) = look(table, data, options)?;
    jobs.is_empty().then(|| Comparison::new(&outcomes, names(table))).transpose()
}

fn names(table: &[Configuration]) -> impl Iterator<Item = &str> {
    table.iter().map(|configuration| configuration.name.as_str())
}

/// The outcomes that are in the folder, and what is still to be trained.
fn look(
    table: &[Configuration],
    data: &Mnist,
    options: &CompareOptions,
) -> Result<(Vec<Outcome>, Vec<Configuration>)> {
    check(table, data, options)?;
    let images = data.train.fingerprint();
    let (mut outcomes, mut jobs) = (Vec::new(), Vec::new());
    for seed in 0..options.seeds {
        for configuration in table {
            let mut job = configuration.clone();
            job.settings.seed = seed;
            match Outcome::stored(&job, &images, &options.folder)? {
                Some(outcome) => outcomes.push(outcome),
                None => jobs.push(job),
            }
        }
    }
    Ok((outcomes, jobs))
}

fn check(table: &[Configuration], data: &Mnist, options: &CompareOptions) -> Result<()> {
    ensure!(!table.is_empty(), "compare: the table has no configuration");
    ensure!(options.seeds >= 1, "CompareOptions: seeds is 0, expected 1 or more");
    ensure!(
        options.workers != Some(0),
        "CompareOptions: workers is 0, expected 1 or more, or None for as many as there are cores"
    );
    for (place, configuration) in table.iter().enumerate() {
        configuration.check()?;
        configuration.part(data)?;
        let name = &configuration.name;
        let threads = configuration.settings.threads.unwrap_or(1);
        ensure!(
            threads == 1 || options.workers == Some(1),
            "compare: configuration `{name}` asks for {threads} threads, but trainings side by \
             side have one each; leave threads out, or set workers to 1"
        );
        ensure!(
            configuration.settings.checkpoint.is_none(),
            "compare: configuration `{name}` names a checkpoint, which all its seeds would \
             write; leave it out"
        );
        ensure!(
            !table[..place].iter().any(|other| other.name == *name),
            "compare: two configurations are called `{name}`; give each a name of its own"
        );
    }
    Ok(())
}

/// Runs the jobs on `workers` threads; `done` gets each outcome, how many there are by then, and a
/// line about it. Returns whether it was stopped before all were done.
fn run_jobs(
    jobs: &[Configuration],
    data: &Mnist,
    workers: usize,
    done: &mut dyn FnMut(Outcome, usize, &str) -> Result<()>,
) -> Result<bool> {
    if jobs.is_empty() {
        return Ok(false);
    }
    // Begun before the trainings and ended after them, it keeps a request to stop for all.
    let stop = Mutex::new(Stop::begin(0, None)?);
    let is_asked = || stop.lock().unwrap_or_else(PoisonError::into_inner).is_asked();
    let (all, started, next) = (jobs.len(), Instant::now(), AtomicUsize::new(0));
    let next = || jobs.get(next.fetch_add(1, Ordering::Relaxed));
    // Part of libtorch has one number of threads for the whole process: with this it is 1 also
    // when one training has ended, and put its own back, while another one continues.
    let _threads = Threads::set(1);
    let shared = (0..workers).map(|_| data.share()).collect::<Result<Vec<_>>>()?;
    thread::scope(|scope| {
        let (sender, outcomes) = mpsc::channel();
        let mut workers = Vec::new();
        for data in shared {
            let (sender, next, is_asked) = (sender.clone(), &next, &is_asked);
            workers.push(scope.spawn(move || {
                while let Some(job) = next().filter(|_| !is_asked()) {
                    let outcome = job.run(&data, &mut ());
                    let outcome = outcome.with_context(|| format!("configuration `{}`", job.name));
                    if outcome.as_ref().is_err_and(|error| error.is::<Stopped>()) {
                        return; // stopped, as all the others
                    }
                    if sender.send(outcome).is_err() {
                        return; // an error has ended the comparison
                    }
                }
            }));
        }
        drop(sender);
        for count in 1..=all {
            let Ok(outcome) = outcomes.recv() else {
                // Joined, a worker's panic is not passed on to whoever called.
                let panicked = workers.into_iter().filter_map(|one| one.join().err()).count();
                ensure!(panicked == 0, "compare: {panicked} of the trainings ended in a panic");
                return Ok(true);
            };
            let outcome = outcome?;
            let line = line(&outcome, count, all, started.elapsed().as_secs_f64());
            done(outcome, count, &line)?;
        }
        Ok(false)
    })
}

/// `4/36 Adam, seed 1: 97.31 % in 12.3 s, about 3 min left`
fn line(outcome: &Outcome, count: usize, all: usize, seconds: f64) -> String {
    let Configuration { name, settings, .. } = &outcome.configuration;
    let measured = outcome
        .accuracy()
        .map(|accuracy| format!("{:.2} % in {:.1} s", 100.0 * accuracy, outcome.seconds()));
    let result = measured.or(outcome.failure.clone()).unwrap_or_default();
    let left = seconds / count as f64 * (all - count) as f64;
    let left = match (all - count, left) {
        (0, _) => String::new(),
        (_, left) if left < 90.0 => format!(", about {left:.0} s left"),
        (_, left) => format!(", about {:.0} min left", left / 60.0),
    };
    format!("{count}/{all} {name}, seed {}: {result}{left}", settings.seed)
}
