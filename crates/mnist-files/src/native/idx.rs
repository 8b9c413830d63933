//! The checks that stand between a file and the parser, which panics on anything odd.

use crate::files::{Content, DIGITS, IdxFile, SIDE};
use crate::thousands::thousands;
use flate2::bufread::GzDecoder;
use std::io::Read;

/// What is wrong with the bytes of a file.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) found: String,
    pub(super) expected: String,
}

/// The error that this was found instead of that.
pub(super) fn wrong<T>(
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Result<T, Finding> {
    Err(Finding { found: found.into(), expected: expected.into() })
}

/// Unpacks a gzip stream that must come to exactly the file's length; nothing longer is ever held in memory.
pub(super) fn unpack(packed: &[u8], file: &IdxFile) -> Result<Vec<u8>, Finding> {
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return wrong(describe_start(packed), "a gzip file");
    }
    let length = file.unpacked_bytes();
    let mut bytes = Vec::with_capacity(length + 1);
    let mut decoder = GzDecoder::new(packed);
    if let Err(error) = decoder.by_ref().take(length as u64 + 1).read_to_end(&mut bytes) {
        let got = thousands(bytes.len());
        return wrong(
            format!("damaged or cut off, it unpacks to {got} bytes and then fails ({error})"),
            format!("{} bytes", thousands(length)),
        );
    }
    let rest = decoder.into_inner().len();
    if bytes.len() <= length && rest > 0 {
        let found = format!("{} bytes follow the end of the packed data", thousands(rest));
        return wrong(found, "nothing after it");
    }
    Ok(bytes)
}

/// Checks the unpacked bytes of a file whose true size is `size` bytes, of which `bytes` may hold only the start.
pub(super) fn check(bytes: &[u8], size: u64, file: &IdxFile) -> Result<(), Finding> {
    check_header(bytes, file)?;
    let expected = file.unpacked_bytes() as u64;
    if size != expected {
        // Unpacking stops at one byte too many.
        let (more, count) =
            if size == expected + 1 { ("more than ", expected) } else { ("", size) };
        let found = format!("{more}{} bytes", thousands(count));
        return wrong(found, format!("{} bytes", thousands(expected)));
    }
    if file.content == Content::Labels {
        let labels = &bytes[file.header().len()..];
        if let Some(index) = labels.iter().position(|&label| usize::from(label) >= DIGITS) {
            let found = format!("label {} at position {}", labels[index], thousands(index));
            return wrong(found, "labels from 0 to 9");
        }
    }
    Ok(())
}

/// Magic number, count, rows and columns.
fn check_header(bytes: &[u8], file: &IdxFile) -> Result<(), Finding> {
    let magic = number_at(bytes, 0);
    if magic != Some(file.magic()) {
        let found = match magic {
            Some(0x0803) => "a file of images (magic number 2051)".to_string(),
            Some(0x0801) => "a file of labels (magic number 2049)".to_string(),
            _ => describe_start(bytes),
        };
        return wrong(found, describe(file));
    }
    let header = file.header();
    if bytes.len() < header.len() {
        let found = format!("cut off after {} bytes", bytes.len());
        return wrong(found, format!("a header of {} bytes", header.len()));
    }
    let number = |offset| number_at(bytes, offset).unwrap_or(0) as usize;
    if number(4) != file.count {
        return wrong(format!("its header says {}", items(file, number(4))), describe(file));
    }
    if !bytes.starts_with(&header) {
        let found = format!("images of {}x{} pixels", number(8), number(12));
        return wrong(found, format!("{SIDE}x{SIDE} pixels"));
    }
    Ok(())
}

/// What the file should be, in words.
fn describe(file: &IdxFile) -> String {
    let (other, partner) = match file.content {
        Content::Images => ("label", file.name.replace("images-idx3", "labels-idx1")),
        Content::Labels => ("image", file.name.replace("labels-idx1", "images-idx3")),
    };
    let (items, magic) = (items(file, file.count), file.magic());
    format!("{items}, one for each {other} of {partner} (an IDX file, magic number {magic})")
}

/// `60,000 images` or `10,000 labels`.
fn items(file: &IdxFile, count: usize) -> String {
    let noun = if file.content == Content::Images { "images" } else { "labels" };
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
