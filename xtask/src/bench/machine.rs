//! Whose figures these are.

use crate::libtorch;
use std::fs;
use std::process::Command;

/// `AMD EPYC, 2 cores; libtorch 2.13.0; rustc 1.95.0; the files in data`
pub fn describe(cores: usize, data: &str) -> String {
    let processor = processor().unwrap_or_else(|| "a processor of unknown name".to_owned());
    let word = if cores == 1 { "core" } else { "cores" };
    let rustc = first_line("rustc", &["--version"]).unwrap_or_default();
    let rustc = rustc.split(" (").next().unwrap_or_default();
    format!("{processor}, {cores} {word}; libtorch {}; {rustc}; {data}", libtorch::VERSION)
}

/// The processor's name, from Linux or macOS.
fn processor() -> Option<String> {
    let listed = fs::read_to_string("/proc/cpuinfo").ok();
    let named = listed.as_deref().and_then(name_in);
    named.or_else(|| first_line("sysctl", &["-n", "machdep.cpu.brand_string"]))
}

fn name_in(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC 9R14\nflags\t: fpu\n";
        assert_eq!(name_in(cpuinfo).as_deref(), Some("AMD EPYC 9R14"));
        assert_eq!(name_in("processor\t: 0\n"), None);
        let described = describe(2, "the files in data");
        assert!(described.contains(", 2 cores; libtorch 2.13.0; "), "{described}");
        assert!(described.ends_with("; the files in data"), "{described}");
    }
}
