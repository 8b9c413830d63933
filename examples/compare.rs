//! Compares settings: accuracy on held-out images against seconds, over several seeds.
//!
//! `cargo run --example compare -- [--table FILE] [--epochs N] [--seeds N] [--workers N] [--folder DIR]`
//! measures a table (a JSON configuration a line; else the course's) on this machine's cores,
//! prints it and draws `frontier.png`. What is in the folder already is not measured again.
//!
//! To spread a table over other machines, one configuration is one process, JSON in and out:
//! `--list` prints the configurations, one a line; `--one` runs the one it reads from its
//! input; `--report` sums up the outcomes it reads from its input.
use std::io::{ErrorKind, Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use mnist_tutorial::compare::{COURSE_EPOCHS, Outcome};
use mnist_tutorial::data::Settings;
use mnist_tutorial::prelude::*;

fn main() -> Result<()> {
    let mut arguments = pico_args::Arguments::from_env();
    let (list, one, report) =
        (arguments.contains("--list"), arguments.contains("--one"), arguments.contains("--report"));
    let table: Option<PathBuf> = arguments.opt_value_from_str("--table")?;
    let epochs: usize = arguments.opt_value_from_str("--epochs")?.unwrap_or(COURSE_EPOCHS);
    let defaults = CompareOptions::default();
    let options = CompareOptions {
        seeds: arguments.opt_value_from_str("--seeds")?.unwrap_or(defaults.seeds),
        workers: arguments.opt_value_from_str("--workers")?,
        folder: arguments.opt_value_from_str("--folder")?.unwrap_or(defaults.folder),
        progress_lines: usize::MAX,
    };
    let unknown = arguments.finish();
    anyhow::ensure!(unknown.is_empty(), "unknown arguments: {unknown:?}");

    anyhow::ensure!(
        [list, one, report].into_iter().filter(|chosen| *chosen).count() <= 1,
        "--list, --one and --report do different things: choose one"
    );
    if one {
        return run_one();
    }
    if report {
        return show(&sum_up(&input()?)?, None);
    }
    let table = match table {
        Some(file) => read_table(&file)?,
        None => course_table(epochs),
    };
    if list {
        return print_table(&table, options.seeds);
    }
    let data = Mnist::load()?;
    show(&compare(&table, &data, &options)?, Some(options.folder))
}

/// Standard output carries nothing but the outcome.
fn run_one() -> Result<()> {
    let configuration = Configuration::from_json(&input()?)?;
    let data = Mnist::load_with(&Settings::from_environment()?, &mut |line| eprintln!("{line}"))?;
    println!("{}", configuration.run(&data, &mut ())?.to_json()?);
    Ok(())
}

fn input() -> Result<String> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).context("reading the input")?;
    Ok(text)
}

fn read_table(file: &Path) -> Result<Vec<Configuration>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| name.clone())?;
    each_line(&text, &name, Configuration::from_json)
}

/// Reads each line that is not blank; an error names the place.
fn each_line<T>(text: &str, place: &str, read: fn(&str) -> Result<T>) -> Result<Vec<T>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line)| read(line).with_context(|| format!("{place}, line {number}"));
    lines.map(read).collect()
}

fn print_table(table: &[Configuration], seeds: u64) -> Result<()> {
    let mut lines = String::new();
    for seed in 0..seeds {
        for configuration in table {
            let mut configuration = configuration.clone();
            configuration.settings.seed = seed;
            lines += &format!("{}\n", configuration.to_json()?);
        }
    }
    match stdout().write_all(lines.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()), // `head` has read enough
        result => Ok(result?),
    }
}

fn sum_up(text: &str) -> Result<Comparison> {
    let outcomes = each_line(text, "input", Outcome::from_json)?;
    anyhow::ensure!(!outcomes.is_empty(), "the input has no outcome; `--one` prints one");
    let mut names: Vec<&str> = Vec::new();
    for outcome in &outcomes {
        let name = outcome.configuration.name.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Comparison::new(&outcomes, names)
}

fn show(comparison: &Comparison, folder: Option<PathBuf>) -> Result<()> {
    println!("\n{}", comparison.table()?);
    let points = comparison.points();
    if let (Some(folder), false) = (folder, points.is_empty()) {
        let file = folder.join("frontier.png");
        match plot::time_accuracy(&points) {
            Ok(figure) => {
                figure.save(&file)?;
                println!("{}", file.display());
            }
            Err(reason) => println!("no figure: {reason:#}"),
        }
    }
    Ok(())
}
