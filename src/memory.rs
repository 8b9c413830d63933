//! Whether there is enough memory, told before it is asked for: Linux grants more than there
//! is, and ends the process when it is used.

use std::fs;

use anyhow::{Result, ensure};

const GIB: f64 = (1_u64 << 30) as f64;

/// Checks that `numbers` floats of 4 bytes fit into what is free; where the system does not
/// tell, they do.
///
/// # Errors
/// Names `what` needs the memory, how much it is and how much there is.
pub(crate) fn check_floats(what: &str, numbers: u128) -> Result<()> {
    let Some(free) = free() else { return Ok(()) };
    let bytes = numbers.saturating_mul(4);
    ensure!(
        bytes <= u128::from(free),
        "{what} needs {:.1} GiB of memory, and {:.1} GiB are free; take smaller sizes",
        bytes as f64 / GIB,
        free as f64 / GIB
    );
    Ok(())
}

/// Memory that programs can still have, in bytes: of the machine, or of the container where
/// that is less.
fn free() -> Option<u64> {
    let memory = fs::read_to_string("/proc/meminfo").ok()?;
    let machine = available(&memory)?;
    let container = number("/sys/fs/cgroup/memory.max")
        .map(|most| most.saturating_sub(number("/sys/fs/cgroup/memory.current").unwrap_or(0)));
    Some(container.map_or(machine, |container| container.min(machine)))
}

/// The number in `MemAvailable:  123456 kB`, in bytes.
fn available(memory: &str) -> Option<u64> {
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_fit_is_named_with_its_size() {
        check_floats("nothing", 0).unwrap();
        if free().is_none() {
            eprintln!("skipped: this system does not tell how much memory is free");
            return;
        }
        let message = check_floats("the moon", 1 << 60).unwrap_err().to_string();
        assert!(message.starts_with("the moon needs 4294967296.0 GiB"), "{message}");
        assert!(check_floats("all", u128::MAX).is_err());
    }

    #[test]
    fn free_memory_is_read_from_its_line() {
        let memory = "MemTotal:  9 kB\nMemAvailable:     1234 kB\n";
        assert_eq!(available(memory), Some(1234 * 1024));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
        assert_eq!(available("MemAvailable: many kB\n"), None);
    }
}
