//! The checks that stand between a file and the parser, which panics on anything odd.
//!
//! An IDX file is a header of big-endian numbers (magic, count and, for pictures, rows and
//! columns) followed by one byte a pixel or label.

use super::files::{Content, DIGITS, MnistFile, SIDE};
use super::problem::Finding;
use crate::thousands::thousands;
use flate2::bufread::GzDecoder;
use std::io::Read;

/// Unpacks a gzip stream that must come to exactly the file's length; nothing longer is ever held in memory.
pub(crate) fn unpack(packed: &[u8], file: &MnistFile) -> Result<Vec<u8>, Finding> {
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Err(Finding::new(describe_start(packed), "a gzip file"));
    }
    let length = file.unpacked_bytes();
    let mut bytes = Vec::with_capacity(length + 1);
    let mut decoder = GzDecoder::new(packed);
    let read = decoder.by_ref().take(length as u64 + 1).read_to_end(&mut bytes);
    if let Err(error) = read {
        let found = format!(
            "damaged or cut off, it unpacks to {} bytes and then fails ({error})",
            thousands(bytes.len())
        );
        return Err(Finding::new(found, format!("{} bytes", thousands(length))));
    }
    let rest = decoder.into_inner().len();
    if bytes.len() <= length && rest > 0 {
        let found = format!("{} bytes follow the end of the packed data", thousands(rest));
        return Err(Finding::new(found, "nothing after it"));
    }
    Ok(bytes)
}

/// Checks the unpacked bytes of a file whose true size is `size` bytes, of which `bytes` may hold only the start.
pub(crate) fn check(bytes: &[u8], size: u64, file: &MnistFile) -> Result<(), Finding> {
    check_header(bytes, file)?;
    let expected = file.unpacked_bytes();
    if size != expected as u64 {
        let size = match size {
            unpacked if unpacked == expected as u64 + 1 => {
                format!("more than {}", thousands(expected))
            }
            other => thousands(other),
        };
        return Err(Finding::new(
            format!("{size} bytes"),
            format!("{} bytes", thousands(expected)),
        ));
    }
    if file.content == Content::Labels {
        check_labels(&bytes[file.header_bytes()..])?;
    }
    Ok(())
}

/// Magic number, count, rows and columns.
fn check_header(bytes: &[u8], file: &MnistFile) -> Result<(), Finding> {
    let header = file.header_bytes();
    let magic = number_at(bytes, 0);
    if magic != Some(file.magic()) {
        let found = match magic {
            Some(0x0803) => "a file of pictures (magic number 2051)".to_string(),
            Some(0x0801) => "a file of labels (magic number 2049)".to_string(),
            _ => describe_start(bytes),
        };
        return Err(Finding::new(found, describe(file)));
    }
    if bytes.len() < header {
        let found = format!("cut off after {} bytes", bytes.len());
        return Err(Finding::new(found, format!("a header of {header} bytes")));
    }
    let count = number_at(bytes, 4).unwrap_or(0);
    if count as usize != file.count {
        return Err(Finding::new(
            format!("its header says {}", items(file, count as usize)),
            describe(file),
        ));
    }
    let (rows, columns) = (number_at(bytes, 8), number_at(bytes, 12));
    let side = Some(SIDE as u32);
    if file.content == Content::Images && (rows != side || columns != side) {
        let found = format!("pictures of {}x{} pixels", rows.unwrap_or(0), columns.unwrap_or(0));
        return Err(Finding::new(found, format!("{SIDE}x{SIDE} pixels")));
    }
    Ok(())
}

/// Every label must be a digit.
fn check_labels(labels: &[u8]) -> Result<(), Finding> {
    match labels.iter().position(|&label| usize::from(label) >= DIGITS) {
        Some(index) => {
            let found = format!("label {} at position {}", labels[index], thousands(index));
            Err(Finding::new(found, "labels from 0 to 9"))
        }
        None => Ok(()),
    }
}

/// What the file should be, in words.
fn describe(file: &MnistFile) -> String {
    let magic = file.magic();
    let each = match file.content {
        Content::Images => "one for each label of",
        Content::Labels => "one for each picture of",
    };
    format!(
        "{}, {each} {} (an IDX file, magic number {magic})",
        items(file, file.count),
        file.partner
    )
}

/// `60,000 pictures` or `10,000 labels`.
fn items(file: &MnistFile, count: usize) -> String {
    let noun = match file.content {
        Content::Images => "pictures",
        Content::Labels => "labels",
    };
    format!("{} {noun}", thousands(count))
}

/// What the first bytes of something unexpected look like.
fn describe_start(bytes: &[u8]) -> String {
    let text = bytes.trim_ascii_start();
    match bytes {
        [] => "an empty file".to_string(),
        [0x1f, 0x8b, ..] => "a gzip file without .gz at the end of its name".to_string(),
        _ if text.starts_with(b"<") => "a web page (HTML), not data".to_string(),
        [a, b, c, d, ..] => format!("it starts with the bytes {a:02x} {b:02x} {c:02x} {d:02x}"),
        _ => format!("only {} bytes", bytes.len()),
    }
}

/// The big-endian number at `offset`, if the bytes reach that far.
fn number_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let field = bytes.get(offset..offset + 4)?;
    Some(u32::from_be_bytes(field.try_into().ok()?))
}
