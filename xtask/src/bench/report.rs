//! The results, for people and for programs.

use super::contestant::{Contestant, Part};
use super::output::Summary;
use super::rounds::{To98, median, spread};
use crate::command::first_line;
use crate::setup::libtorch;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::fs;

/// Everything that was measured.
pub struct Report {
    /// The machine it was measured on.
    pub machine: String,
    /// Threads of the first table.
    pub cores: usize,
    /// The contestants, after their runs.
    pub contestants: Vec<Contestant>,
    /// The time to 98 %.
    pub to_98: To98,
}

impl Report {
    /// One object; `null` for what was not measured.
    pub fn to_json(&self) -> Value {
        let seconds = |part: Part| {
            let median = self.of(part, self.cores).and_then(|one| median(&one.seconds));
            (part.name().replace('-', "_"), json!(median))
        };
        json!({
            "epoch_s": Part::contestants().map(seconds).collect::<Map<String, Value>>(),
            "to_98": self.to_98,
            "test_10000_ms": median(&self.summaries(|summary| Some(summary.test_10000_ms))),
            "load_s": median(&self.summaries(|summary| Some(summary.load_s))),
            "peak_mb": self.peak_mb(),
        })
    }

    /// A table: ratios to our own training first, since they outlive the machine.
    pub fn to_table(&self) -> String {
        let mut threads: Vec<usize> = self.contestants.iter().map(|one| one.threads).collect();
        threads.sort_unstable_by(|a, b| b.cmp(a));
        threads.dedup();
        let mut text = format!(
            "\n{}\n\nOne epoch: 60,000 images in batches of 30. Ratio to ours, median seconds of \
             training, smallest-largest.\n",
            self.machine
        );
        for threads in threads {
            let word = if threads == 1 { "thread" } else { "threads" };
            let _ = writeln!(text, "\n{threads} {word:17} ratio  seconds  spread");
            Part::contestants().for_each(|part| text += &self.row(part, threads));
        }
        text + &self.rest()
    }

    fn row(&self, part: Part, threads: usize) -> String {
        let Some(one) = self.of(part, threads) else { return String::new() };
        let Some(seconds) = median(&one.seconds) else {
            let failure = one.command.as_ref().err().map_or("nothing measured", String::as_str);
            return format!("{:19} -      {failure}\n", part.name());
        };
        let ours = self.of(Part::Ours, threads).and_then(|ours| median(&ours.seconds));
        let ratio = ours.map_or_else(|| "-".to_owned(), |ours| format!("{:.2}", seconds / ours));
        let rates = one.rates.map_or_else(String::new, |(gflop_s, gb_s)| {
            format!("  (products at {gflop_s:.0} GFLOP/s, weights at {gb_s:.0} GB/s)")
        });
        let spread = spread(&one.seconds);
        format!("{:19} {ratio:>5}  {seconds:>7.2}  {spread}{rates}\n", part.name())
    }

    /// What there is besides epochs.
    fn rest(&self) -> String {
        let mut text = String::from("\n");
        let mut line = |words: &str, value: Option<f64>, unit: &str, digits: usize| {
            if let Some(value) = value {
                let _ = writeln!(text, "{words:38} {value:.digits$} {unit}");
            }
        };
        let test = median(&self.summaries(|summary| Some(summary.test_10000_ms)));
        line("testing 10,000 images", test, "ms", 0);
        let load = median(&self.summaries(|summary| Some(summary.load_s)));
        line("loading and checking all of MNIST", load, "s", 2);
        line("most memory of a whole run", self.peak_mb(), "MB", 0);
        if let To98 { seeds: Some(seeds), reached: Some(reached), median_s } = self.to_98 {
            line(&format!("to 98 % of the test images, {reached} of {seeds}"), median_s, "s", 2);
        }
        text
    }

    fn of(&self, part: Part, threads: usize) -> Option<&Contestant> {
        self.contestants.iter().find(|one| one.part == part && one.threads == threads)
    }

    fn summaries(&self, value: impl Fn(&Summary) -> Option<f64>) -> Vec<f64> {
        let ours = self.of(Part::Ours, self.cores);
        ours.into_iter().flat_map(|one| &one.summaries).filter_map(value).collect()
    }

    fn peak_mb(&self) -> Option<f64> {
        self.summaries(|summary| summary.peak_mb).into_iter().max_by(f64::total_cmp)
    }
}

/// `AMD EPYC, 2 cores; libtorch 2.13.0; rustc 1.95.0; the files in data`
pub fn machine(cores: usize, data: &str) -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").ok();
    let processor = cpuinfo
        .as_deref()
        .and_then(processor_in)
        .or_else(|| first_line("sysctl", &["-n", "machdep.cpu.brand_string"]))
        .unwrap_or_else(|| "a processor of unknown name".to_owned());
    let word = if cores == 1 { "core" } else { "cores" };
    let rustc = first_line("rustc", &["--version"]).unwrap_or_default();
    let rustc = rustc.split(" (").next().unwrap_or_default();
    format!("{processor}, {cores} {word}; libtorch {}; {rustc}; {data}", libtorch::VERSION)
}

/// The processor's name in Linux's `/proc/cpuinfo`.
pub fn processor_in(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
