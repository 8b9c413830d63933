//! Small disks in memory, to fill or to forbid writing to.

#![allow(dead_code, missing_docs)] // Each test file uses a part of it.

use anyhow::Result;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A disk in memory, gone when dropped.
pub struct Disk(TempDir);

impl Disk {
    /// A disk of that many kilobytes, or `None` with the reason printed.
    pub fn new(kilobytes: usize) -> Result<Option<Disk>> {
        let disk = Disk(tempfile::tempdir()?);
        if disk.mount(&format!("size={kilobytes}k")) {
            return Ok(Some(disk));
        }
        println!("skipped: this user or machine cannot mount a disk in memory (root can)");
        Ok(None)
    }

    pub fn mount(&self, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(self.path());
        mount.stdout(Stdio::null()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg(self.path()).stderr(Stdio::null()).status().ok();
    }
}
