//! Says how far a download is: at most a line a second.

use std::time::{Duration, Instant};

/// The lines about one file.
pub(super) struct Progress {
    name: String,
    total: Option<u64>,
    last: Instant,
}

impl Progress {
    /// For a file of that name and that many bytes, where it is known.
    pub fn new(name: &str, total: Option<u64>) -> Progress {
        Progress { name: name.into(), total, last: Instant::now() }
    }

    /// The line for `bytes` so far, if the last one was a second ago.
    pub fn after(&mut self, bytes: u64) -> Option<String> {
        if self.last.elapsed() < Duration::from_secs(1) {
            return None;
        }
        self.last = Instant::now();
        Some(self.line(bytes))
    }

    /// `train-images-idx3-ubyte.gz: 3.1 of 9.9 MB (31 %)`, a MB being a million bytes.
    pub fn line(&self, bytes: u64) -> String {
        let name = &self.name;
        let (unit, size) = match self.total.unwrap_or(bytes) {
            ..1_000_000 => ("kB", 1e3),
            _ => ("MB", 1e6),
        };
        let done = bytes as f64 / size;
        match self.total {
            Some(total @ 1..) => {
                let percent = bytes * 100 / total;
                format!("{name}: {done:.1} of {:.1} {unit} ({percent} %)", total as f64 / size)
            }
            _ => format!("{name}: {done:.1} {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_of_how_much() {
        let known = Progress::new("a.gz", Some(9_912_422));
        assert_eq!(known.line(3_100_000), "a.gz: 3.1 of 9.9 MB (31 %)");
        assert_eq!(Progress::new("b", Some(4542)).line(4542), "b: 4.5 of 4.5 kB (100 %)");
        assert_eq!(Progress::new("c", None).line(2_500_000), "c: 2.5 MB");
        assert_eq!(Progress::new("d", Some(0)).line(0), "d: 0.0 kB");
    }

    #[test]
    fn lines_are_a_second_apart() {
        assert_eq!(Progress::new("a.gz", None).after(10), None);
    }
}
