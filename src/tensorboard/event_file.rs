//! The event file of a run, in a folder of its own also for runs of one name started at the same
//! moment; a file of records that is a readable one after every write, whole or failed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use prost::Message;

use super::messages::{Event, What};

/// The one event file of a folder. That it is always the same makes one of two writers fail:
/// the system lets only one create it. TensorBoard looks for `tfevents` in the name.
const EVENTS: &str = "events.out.tfevents.mnist_tutorial";

/// What TensorBoard expects as the first event of a file.
const VERSION: &str = "brain.Event:2";

/// Added to the rotated checksum, so that a record that holds records is not taken for one.
/// From `tensorflow/core/lib/hash/crc32c.h`.
const MASK: u32 = 0xa282_ead8;

/// An event file that this process alone writes.
#[derive(Debug)]
pub(super) struct EventFile {
    file: File,
    /// Length of all whole records, in bytes.
    length: u64,
}

impl EventFile {
    /// Makes the file and writes its first event.
    ///
    /// # Errors
    /// `AlreadyExists` if there is such a file; or it cannot be written, and is then not there.
    fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        let mut events = Self { file, length: 0 };
        let version = What::FileVersion(VERSION.to_owned());
        if let Err(error) = events.append(0, version) {
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(events)
    }

    /// Writes one event, with the time of now. It is in the file, though perhaps not on the
    /// disk, when this returns; after an error the file is as it was.
    ///
    /// # Errors
    /// The file was removed or the disk takes no more.
    pub(super) fn append(&mut self, step: i64, what: What) -> io::Result<()> {
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::nlink(&self.file.metadata()?) == 0 {
            return Err(io::Error::new(ErrorKind::NotFound, "its event file was removed"));
        }
        // Takes off what a write that failed may have left.
        self.file.set_len(self.length)?;
        let event = Event { wall_time: seconds_since_1970(), step, what: Some(what) };
        let record = record(&event.encode_to_vec());
        let written = self.file.write_all(&record);
        match written {
            Ok(()) => self.length += record.len() as u64,
            // Readers should not see a part; where that fails, the next call does it.
            Err(_) => drop(self.file.set_len(self.length)),
        }
        written
    }
}

/// The folder `wanted`, or the first of `wanted-2`, `wanted-3` … that holds no events yet,
/// with a new event file in it.
///
/// # Errors
/// The folder cannot be made or written to, or is a file.
pub(super) fn claim(wanted: &Path) -> Result<(PathBuf, EventFile)> {
    let mut folder = wanted.to_owned();
    let mut number = 1_u64;
    loop {
        if folder.exists() && !folder.is_dir() {
            let shown = folder.display();
            bail!("{shown}: this is a file, expected a folder for a run; give another name");
        }
        fs::create_dir_all(&folder).with_context(|| cannot_make(&folder))?;
        if !has_events(&folder).with_context(|| cannot_make(&folder))? {
            match EventFile::create(&folder.join(EVENTS)) {
                Ok(events) => return Ok((folder, events)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| cannot_make(&folder)),
            }
        }
        number += 1;
        folder = with_number(wanted, number)?;
    }
}

fn cannot_make(folder: &Path) -> String {
    format!(
        "{}: cannot make a run here; check that the folder is writable and its disk has space \
         left, or give another one",
        folder.display()
    )
}

/// Whether there is an event file already, whoever wrote it.
fn has_events(folder: &Path) -> io::Result<bool> {
    let mut names = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name());
    Ok(names.any(|name| name.to_string_lossy().contains("tfevents")))
}

fn with_number(wanted: &Path, number: u64) -> Result<PathBuf> {
    let Some(name) = wanted.file_name() else {
        bail!(
            "{}: there is a run in this folder already; give a name below it, such as {}",
            wanted.display(),
            wanted.join("first-try").display()
        );
    };
    let mut name = name.to_owned();
    name.push(format!("-{number}"));
    Ok(wanted.with_file_name(name))
}

/// The time of now as TensorBoard counts it.
pub(super) fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// `data` as a TFRecord: its length (8 bytes), that length's checksum (4), the data, its
/// checksum (4), all little-endian. From `tensorflow/core/lib/io/record_writer.h`.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend_from_slice(&length);
    record.extend_from_slice(&masked_checksum(&length).to_le_bytes());
    record.extend_from_slice(data);
    record.extend_from_slice(&masked_checksum(data).to_le_bytes());
    record
}

fn masked_checksum(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_the_one_that_tensorflow_writes() {
        // Computed with `masked_crc32c` of `tensorboard/compat/tensorflow_stub`.
        let expected = [3, 0, 0, 0, 0, 0, 0, 0, 176, 153, 73, 14, 97, 98, 99, 110, 87, 241, 33];
        assert_eq!(record(b"abc"), expected);
    }

    #[test]
    fn a_removed_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let mut events = EventFile::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let error = events.append(1, What::FileVersion(String::new())).unwrap_err();
        assert_eq!(error.to_string(), "its event file was removed");
    }
}
