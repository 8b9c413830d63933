//! Whether there is memory for a kernel that nobody has asked for yet.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

/// What must be available, in bytes: a kernel takes up to 1.1 GB, and the one in use, the
/// compiler and the browser keep theirs.
const NEEDED: u64 = 3_000_000_000;

/// Fails where less than that is known to be available.
pub fn check() -> Result<()> {
    let available = available().unwrap_or(u64::MAX);
    let [there, needed] = [available, NEEDED].map(|bytes| bytes as f64 / 1e9);
    let is_enough = available >= NEEDED;
    ensure!(is_enough, "{there:.1} GB of memory are available; a spare needs {needed:.0} GB");
    Ok(())
}

/// The bytes that programs started here could use; `None` where the system does not say,
/// as macOS, which compresses and swaps instead.
fn available() -> Option<u64> {
    let machine = in_machine(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let group = fs::read_to_string("/proc/self/cgroup").ok();
    let group = group.as_deref().and_then(group_folder);
    let limit = group.and_then(|group| in_group(Path::new(&group)));
    Some(limit.map_or(machine, |limit| limit.min(machine)))
}

/// `MemAvailable` of `/proc/meminfo`.
fn in_machine(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The folder of this process's control group, of version 2.
fn group_folder(text: &str) -> Option<String> {
    let path = text.lines().find_map(|line| line.strip_prefix("0::"))?;
    Some(format!("/sys/fs/cgroup{path}"))
}

/// What is left of the group's limit; files that are only cached count as free.
fn in_group(folder: &Path) -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok()
    };
    let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let cached = statistics.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let cached: u64 = cached.and_then(|number| number.parse().ok()).unwrap_or(0);
    let used = number("memory.current")?.saturating_sub(cached);
    Some(number("memory.max")?.saturating_sub(used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_of_machine_and_group_counts() {
        let text = "MemTotal: 100 kB\nMemAvailable:    2000 kB\n";
        assert_eq!(in_machine(text), Some(2_048_000));
        assert_eq!(in_machine("MemTotal: 100 kB\n"), None);
        assert_eq!(group_folder("1:x:/y\n0::/user\n").unwrap(), "/sys/fs/cgroup/user");
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("memory.max", "5000\n"),
            ("memory.current", "3000\n"),
            ("memory.stat", "anon 1\ninactive_file 500\n"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(in_group(folder.path()), Some(2500));
        fs::write(folder.path().join("memory.max"), "max\n").unwrap();
        assert_eq!(in_group(folder.path()), None);
    }
}
