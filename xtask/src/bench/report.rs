//! The results, for people and for programs.

use super::Part;
use super::rounds::{Measured, name};
use super::sample::Sample;
use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write;

/// Everything that was measured.
pub struct Report {
    /// Whose figures these are.
    pub machine: String,
    /// Threads of the first column.
    pub cores: usize,
    /// The contestants.
    pub results: Vec<Measured>,
    /// The time to 98 %.
    pub to_98: To98,
}

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

/// Seconds of an epoch on all cores; `None` for who is not there.
#[derive(Serialize)]
struct EpochSeconds {
    ours: Option<f64>,
    plain: Option<f64>,
    pytorch_memory: Option<f64>,
    pytorch_dataset: Option<f64>,
    candle: Option<f64>,
    burn: Option<f64>,
    ceiling: Option<f64>,
}

/// The object that `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    epoch_s: EpochSeconds,
    to_98: &'a To98,
    test_10000_ms: Option<f64>,
    load_s: Option<f64>,
    peak_mb: Option<f64>,
}

impl Report {
    /// One object on one line.
    pub fn to_json(&self) -> Result<String> {
        let seconds = |part| self.of(part, self.cores).and_then(|one| one.seconds.median());
        let json = Json {
            epoch_s: EpochSeconds {
                ours: seconds(Part::Ours),
                plain: seconds(Part::Plain),
                pytorch_memory: seconds(Part::PytorchMemory),
                pytorch_dataset: seconds(Part::PytorchDataset),
                candle: seconds(Part::Candle),
                burn: seconds(Part::Burn),
                ceiling: seconds(Part::Ceiling),
            },
            to_98: &self.to_98,
            test_10000_ms: self.last(|last| Some(last.test_10000_ms)).median(),
            load_s: self.last(|last| Some(last.load_s)).median(),
            peak_mb: self.peak_mb(),
        };
        Ok(serde_json::to_string(&json)?)
    }

    /// A table: ratios to our own training first, since they outlive the machine.
    pub fn to_table(&self) -> String {
        let mut threads = vec![self.cores];
        threads.extend(self.results.iter().map(|one| one.threads));
        threads.dedup();
        threads.sort_unstable_by(|a, b| b.cmp(a));
        threads.dedup();
        let mut text = format!(
            "\n{}\n\nOne epoch: 60,000 images in batches of 30. Ratio to ours, median seconds of \
             training, least-most.\n",
            self.machine
        );
        for threads in threads {
            let word = if threads == 1 { "thread" } else { "threads" };
            let _ = writeln!(text, "\n{threads} {word:17} ratio  seconds  spread");
            for part in Part::value_variants() {
                text += &self.row(*part, threads);
            }
        }
        text + &self.rest()
    }

    fn row(&self, part: Part, threads: usize) -> String {
        let Some(one) = self.of(part, threads) else { return String::new() };
        let Some(median) = one.seconds.median() else {
            let failure = one.failure.as_deref().unwrap_or("nothing measured");
            return format!("{:19} -      {failure}\n", name(part));
        };
        let ours = self.of(Part::Ours, threads).and_then(|ours| ours.seconds.median());
        let ratio = ours.map_or_else(|| "-".to_owned(), |ours| format!("{:.2}", median / ours));
        let rates = one.rates.map_or_else(String::new, |(gflop_s, gb_s)| {
            format!("  (products at {gflop_s:.0} GFLOP/s, weights at {gb_s:.0} GB/s)")
        });
        let spread = one.seconds.spread();
        format!("{:19} {ratio:>5}  {median:>7.2}  {spread}{rates}\n", name(part))
    }

    /// What there is besides epochs.
    fn rest(&self) -> String {
        let mut text = String::from("\n");
        let mut line = |words: &str, value: Option<f64>, unit: &str, digits: usize| {
            if let Some(value) = value {
                let _ = writeln!(text, "{words:38} {value:.digits$} {unit}");
            }
        };
        line("testing 10,000 images", self.last(|one| Some(one.test_10000_ms)).median(), "ms", 0);
        line(
            "loading and checking all of MNIST",
            self.last(|one| Some(one.load_s)).median(),
            "s",
            2,
        );
        line("most memory of a whole run", self.peak_mb(), "MB", 0);
        let To98 { seeds, reached, median_s } = &self.to_98;
        if let (Some(seeds), Some(reached)) = (seeds, reached) {
            let words = format!("to 98 % of the test images, {reached} of {seeds}");
            line(&words, *median_s, "s", 2);
        }
        text
    }

    fn of(&self, part: Part, threads: usize) -> Option<&Measured> {
        self.results.iter().find(|one| one.part == part && one.threads == threads)
    }

    fn last(&self, value: impl Fn(&super::line::Last) -> Option<f64>) -> Sample {
        let ours = self.of(Part::Ours, self.cores);
        Sample(ours.into_iter().flat_map(|one| &one.lasts).filter_map(value).collect())
    }

    fn peak_mb(&self) -> Option<f64> {
        self.last(|last| last.peak_mb).0.into_iter().max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::line::Expected;
    use crate::bench::program::{Program, tests::shell};
    use crate::bench::rounds;
    use serde_json::Value;

    const LAST: &str = r#"echo '{"load_s": 0.5, "test_10000_ms": 40, "peak_mb": 480}'"#;

    fn epoch(seconds: f64) -> String {
        format!(
            "echo '{{\"epoch\": 1, \"seconds\": {seconds}, \"loss\": 0.51, \"accuracy\": 0.919}}'"
        )
    }

    fn report() -> Report {
        let programs = vec![
            shell(Part::Ours, 2, &format!("{}; {LAST}", epoch(0.5))),
            shell(Part::Ours, 1, &format!("{}; {LAST}", epoch(0.75))),
            shell(Part::PytorchMemory, 2, &epoch(2.0)),
            Program::absent(Part::Burn, 2, "burn needs a newer compiler"),
        ];
        let results = rounds::run(programs, 2, Expected::MNIST).unwrap();
        let machine = "a machine, 2 cores".to_owned();
        Report { machine, cores: 2, results, to_98: To98::default() }
    }

    #[test]
    fn the_object_has_every_key_and_null_for_who_is_absent() {
        let json: Value = serde_json::from_str(&report().to_json().unwrap()).unwrap();
        let expected = serde_json::json!({
            "epoch_s": {
                "ours": 0.5, "plain": null, "pytorch_memory": 2.0, "pytorch_dataset": null,
                "candle": null, "burn": null, "ceiling": null
            },
            "to_98": {"seeds": null, "reached": null, "median_s": null},
            "test_10000_ms": 40.0, "load_s": 0.5, "peak_mb": 480.0
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_table_has_ratios_both_numbers_of_threads_and_reasons() {
        let table = report().to_table();
        assert!(table.contains("a machine, 2 cores"), "{table}");
        assert!(table.contains("pytorch-memory       4.00     2.00  2.00-2.00"), "{table}");
        assert!(table.find("2 threads") < table.find("1 thread "), "{table}");
        assert!(table.contains("burn, 2 threads: burn needs a newer compiler"), "{table}");
        assert!(table.contains("testing 10,000 images                  40 ms"), "{table}");
        assert!(!table.contains("98 %"), "{table}");
    }
}
