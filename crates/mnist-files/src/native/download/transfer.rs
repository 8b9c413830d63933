//! One file from one address: asks, continues, counts, checks, and puts it in its place.

use super::answer::{Extent, Failure, ask, explain, extent};
use super::expected::{Expected, Timeouts, sha256_of, unwritable};
use super::progress::Progress;
use crate::thousands::thousands;
use anyhow::Result;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use ureq::{Body, http::Response};

/// Attempts at one address, as long as each brings the file further.
const ATTEMPTS: usize = 3;

/// The way of one file to its place.
pub(super) struct Transfer<'a> {
    to: &'a Path,
    partial: PathBuf,
    expected: &'a Expected,
    timeouts: &'a Timeouts,
}

impl<'a> Transfer<'a> {
    /// For the file `to`; without a lock the partial file is this process's own.
    pub fn new(
        to: &'a Path,
        expected: &'a Expected,
        timeouts: &'a Timeouts,
        locked: bool,
    ) -> Transfer<'a> {
        let mut name = to.file_name().unwrap_or_default().to_os_string();
        if !locked {
            name.push(format!(".{}", std::process::id()));
        }
        name.push(".partial");
        Transfer { to, partial: to.with_file_name(name), expected, timeouts }
    }

    /// Fetches the file from one address; `Some(reason)` if that address is no good.
    pub fn run(&self, url: &str, progress: &mut dyn FnMut(&str)) -> Result<Option<String>> {
        progress(&format!("{}: asking {url}", self.name()));
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            let attempt = self.attempt(url, progress);
            match attempt.map_err(|error| unwritable(&self.partial, &error, self.expected))? {
                None => return Ok(None),
                Some(failure) => {
                    reason = failure.reason;
                    if !failure.again {
                        break;
                    }
                }
            }
        }
        // Without a checksum, the pieces of two addresses must not be put together.
        if self.expected.sha256.is_none() || self.have().is_ok_and(|have| have == 0) {
            std::fs::remove_file(&self.partial).ok();
        }
        Ok(Some(reason))
    }

    /// One request, its answer, and the check of what came; `None` if all went well. An `Err` is
    /// the disk's, here and below.
    fn attempt(&self, url: &str, progress: &mut dyn FnMut(&str)) -> io::Result<Option<Failure>> {
        let mut have = self.have()?;
        if have > self.limit() {
            self.discard()?;
            have = 0;
        }
        if have > 0 && Some(have) == self.expected.bytes {
            return self.put_in_place(true);
        }
        let answer = match ask(url, have, self.timeouts) {
            Ok(answer) => answer,
            Err(error) => {
                let reason = explain(&error.into_io(), self.timeouts);
                return Ok(Some(Failure::new(reason, false)));
            }
        };
        let extent = match extent(&answer, have, self.expected) {
            Ok(extent) => extent,
            Err(failure) => {
                if failure.again {
                    self.discard()?;
                }
                return Ok(Some(Failure { again: failure.again && have > 0, ..failure }));
            }
        };
        match self.receive(answer, &extent, progress)? {
            None => self.put_in_place(extent.start > 0),
            failure => Ok(failure),
        }
    }

    /// Appends the body to the partial file.
    fn receive(
        &self,
        answer: Response<Body>,
        extent: &Extent,
        progress: &mut dyn FnMut(&str),
    ) -> io::Result<Option<Failure>> {
        let total = extent.total.or(self.expected.bytes);
        let mut lines = Progress::new(&self.name(), total);
        let mut body = answer.into_body().into_reader();
        // Only what has come takes the place of what an earlier download left.
        let mut partial = None;
        let mut buffer = vec![0; 64 * 1024];
        let mut bytes = extent.start;
        if bytes > 0 {
            progress(&lines.line(bytes));
        }
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    let why = explain(&error, self.timeouts);
                    let reason = format!("{why}, after {} bytes", thousands(bytes));
                    return Ok(Some(Failure::new(reason, bytes > extent.start)));
                }
            };
            bytes += read as u64;
            if bytes > self.limit() {
                self.discard()?;
                let limit = thousands(self.limit());
                return Ok(Some(Failure::new(format!("it sends more than {limit} bytes"), false)));
            }
            let partial = match &mut partial {
                Some(partial) => partial,
                none => none.insert(self.open(extent.start)?),
            };
            partial.write_all(&buffer[..read])?;
            if let Some(line) = lines.after(bytes) {
                progress(&line);
            }
        }
        if let Some(total) = total.filter(|&total| total != bytes) {
            let reason =
                format!("it ended after {} of {} bytes", thousands(bytes), thousands(total));
            return Ok(Some(Failure::new(reason, bytes > extent.start)));
        }
        if partial.is_none() {
            self.open(extent.start)?;
        }
        progress(&lines.line(bytes));
        Ok(None)
    }

    /// How many bytes an earlier download left.
    fn have(&self) -> io::Result<u64> {
        match std::fs::metadata(&self.partial) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            about => Ok(about?.len()),
        }
    }

    /// Opens the partial file, cut off after `start` bytes, to append to it.
    fn open(&self, start: u64) -> io::Result<File> {
        let mut partial = File::options().create(true).append(true).open(&self.partial)?;
        if partial.seek(SeekFrom::End(0))? > start {
            partial.set_len(start)?;
        }
        Ok(partial)
    }

    /// Removes the partial file, if there is one.
    fn discard(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.partial) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Checks the partial file and gives it its name; one that was continued may be fetched anew.
    fn put_in_place(&self, continued: bool) -> io::Result<Option<Failure>> {
        if let Some(expected) = &self.expected.sha256 {
            let found = sha256_of(&self.partial)?;
            if !found.eq_ignore_ascii_case(expected) {
                std::fs::remove_file(&self.partial)?;
                let reason = format!("what came has SHA-256 {found} instead of {expected}");
                return Ok(Some(Failure::new(reason, continued)));
            }
        }
        File::options().write(true).open(&self.partial)?.sync_all()?;
        std::fs::rename(&self.partial, self.to)?;
        if let Some(folder) = self.to.parent().and_then(|folder| File::open(folder).ok()) {
            // Not every system can do this for a folder; the file itself is safe already.
            folder.sync_all().ok();
        }
        Ok(None)
    }

    /// The most bytes that are taken.
    fn limit(&self) -> u64 {
        self.expected.bytes.unwrap_or(self.expected.at_most)
    }

    /// The file's name, for the progress lines.
    fn name(&self) -> String {
        self.to.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}
