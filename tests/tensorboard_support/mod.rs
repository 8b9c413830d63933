//! Event files read without the library's own code, and this test program started again.

#![allow(dead_code, missing_docs)] // Each test file uses a part of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use prost::{Message, Oneof};

/// `tensorboard.Event` as far as scalars go.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(float, optional, tag = "2")]
    pub scalar: Option<f32>,
    #[prost(message, optional, tag = "8")]
    pub tensor: Option<Numbers>,
}

/// The parts of a tensor that histograms and texts use.
#[derive(Clone, PartialEq, Message)]
pub struct Numbers {
    #[prost(double, repeated, tag = "6")]
    pub doubles: Vec<f64>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub strings: Vec<Vec<u8>>,
}

/// A scalar with the time it was written at.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    pub tag: String,
    pub step: i64,
    pub value: f32,
    pub wall_time: f64,
}

/// The event file of a run: its only file.
pub fn file_of(folder: &Path) -> Result<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    ensure!(files.len() == 1, "{files:?} in {}", folder.display());
    Ok(files.remove(0))
}

/// All events of a run; an error if a checksum is wrong or a record is not whole.
pub fn events(folder: &Path) -> Result<Vec<Event>> {
    let bytes = fs::read(file_of(folder)?)?;
    let mut rest = &bytes[..];
    let mut events = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = checked(rest, 8)?;
        let length = u64::from_le_bytes(length.try_into()?) as usize;
        let (data, behind) = checked(behind, length)?;
        events.push(Event::decode(data)?);
        rest = behind;
    }
    Ok(events)
}

/// So many bytes, which the four behind them confirm, and what follows.
fn checked(bytes: &[u8], length: usize) -> Result<(&[u8], &[u8])> {
    let (data, behind) = bytes.split_at_checked(length).context("a torn record")?;
    let (sum, behind) = behind.split_at_checked(4).context("a torn record")?;
    let plain = crc32c::crc32c(data);
    let masked = plain.rotate_right(15).wrapping_add(0xa282_ead8);
    ensure!(u32::from_le_bytes(sum.try_into()?) == masked, "a wrong checksum");
    Ok((data, behind))
}

/// All scalars of a run in the order of the file.
pub fn scalars(folder: &Path) -> Result<Vec<Scalar>> {
    let mut scalars = Vec::new();
    for event in events(folder)? {
        let Some(What::Summary(summary)) = event.what else { continue };
        for value in summary.value {
            let (step, wall_time) = (event.step, event.wall_time);
            let value_of = value.scalar;
            scalars.extend(value_of.map(|number| Scalar {
                tag: value.tag,
                step,
                value: number,
                wall_time,
            }));
        }
    }
    Ok(scalars)
}

/// The tensors that a tag got, with their steps.
pub fn tensors(folder: &Path, tag: &str) -> Result<Vec<(i64, Numbers)>> {
    let mut tensors = Vec::new();
    for event in events(folder)? {
        let Some(What::Summary(summary)) = event.what else { continue };
        let of_tag = summary.value.into_iter().filter(|value| value.tag == tag);
        tensors.extend(of_tag.filter_map(|value| Some((event.step, value.tensor?))));
    }
    Ok(tensors)
}

/// A command that runs one ignored test of this program in a process of its own.
pub fn again(test: &str) -> Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}
