//! A folder with the four files: what is there, what is missing, what is wrong.

use super::files::{FILES, MnistFile};
use super::idx;
use super::problem::{Finding, Problem};
use crate::thousands::thousands;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How a folder came to be read, which decides what its files are compared with and what mends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The project's `data/` folder: the files must be the distributed ones.
    Data,
    /// The folder named by `MNIST_DIR`: form, and checksums where a `SHA256SUMS` lies there.
    MnistDir,
    /// A folder given to [`load_from`](super::Mnist::load_from): the same.
    Given,
    /// The digits drawn here: they must be what this version draws.
    LookAlike,
}

/// The file that marks a folder of digits that this crate drew.
pub(crate) const LOOK_ALIKE_MARK: &str = "LOOK-ALIKE.txt";

/// One file that passed every check.
#[derive(Debug)]
pub struct Checked {
    /// Where it lies, packed or not.
    pub path: PathBuf,
    /// Its unpacked content: IDX header and items.
    pub bytes: Vec<u8>,
}

/// What one file of a folder turned out to be: good, missing (`None`), or wrong.
pub type FileState = Result<Option<Checked>, Problem>;

/// Whether a folder bears the mark of drawn digits.
pub(crate) fn is_look_alike(folder: &Path) -> bool {
    folder.join(LOOK_ALIKE_MARK).exists()
}

/// Reads and checks the four files of a folder, all at once, in the order of [`FILES`]; changes nothing.
pub fn read_folder(folder: &Path, place: Place) -> [FileState; 4] {
    std::thread::scope(|scope| {
        let readers =
            [0, 1, 2, 3].map(|which| scope.spawn(move || read_file(folder, place, &FILES[which])));
        readers.map(|reader| reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Reads and checks one file, the `.gz` where both forms are there.
fn read_file(folder: &Path, place: Place, file: &MnistFile) -> FileState {
    for name in [file.packed_name(), file.name.to_string()] {
        let path = folder.join(&name);
        let absent = |error: std::io::Error| {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        };
        if std::fs::symlink_metadata(&path).is_err_and(absent) {
            continue;
        }
        let problem = |finding: Finding| Problem {
            file: path.clone(),
            found: finding.found,
            expected: finding.expected,
            remedy: place.remedy(),
        };
        let bytes = read_checked(&path, &name, place, file).map_err(problem)?;
        return Ok(Some(Checked { path, bytes }));
    }
    Ok(None)
}

/// The unpacked content of the file at `path`, checked.
fn read_checked(
    path: &Path,
    name: &str,
    place: Place,
    file: &MnistFile,
) -> Result<Vec<u8>, Finding> {
    let packed = name.ends_with(".gz");
    // Data that cannot be compressed grows by less than a thousandth in a gzip file.
    let limit =
        file.unpacked_bytes() + if packed { file.unpacked_bytes() / 1000 + 4096 } else { 0 };
    let (content, size) = read_bounded(path, limit)?;
    if packed && size > limit as u64 {
        let expected = format!("about {} bytes", thousands(file.packed_bytes));
        return Err(Finding::new(format!("{} bytes", thousands(size)), expected));
    }
    let bytes = if packed {
        let bytes = idx::unpack(&content, file)?;
        idx::check(&bytes, bytes.len() as u64, file)?;
        check_sum(&content, checksum_for(path, name, place, file))?;
        bytes
    } else {
        idx::check(&content, size, file)?;
        check_sum(&content, checksum_for(path, name, place, file))?;
        content
    };
    Ok(bytes)
}

/// The first `limit` + 1 bytes of a file, and how many it has.
fn read_bounded(path: &Path, limit: usize) -> Result<(Vec<u8>, u64), Finding> {
    let readable = "a file that can be read";
    let unreadable =
        |error: std::io::Error| Finding::new(format!("it cannot be read ({error})"), readable);
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "something that is not a file" };
        return Err(Finding::new(what, readable));
    }
    let mut content = Vec::with_capacity(limit.min(about.len() as usize) + 1);
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit as u64 + 1).read_to_end(&mut content).map_err(unreadable)?;
    let size = about.len().max(content.len() as u64);
    Ok((content, size))
}

/// The checksum that a file must have, in hexadecimal, where one is known.
fn checksum_for(path: &Path, name: &str, place: Place, file: &MnistFile) -> Option<String> {
    let packed = name.ends_with(".gz");
    match place {
        Place::Data if packed => Some(file.packed_sha256.to_string()),
        Place::Data => Some(file.unpacked_sha256.to_string()),
        // One drawn by another version of the crate is drawn anew.
        Place::LookAlike => Some(file.look_alike_sha256.to_string()),
        Place::MnistDir | Place::Given => {
            let listed = std::fs::read_to_string(path.with_file_name("SHA256SUMS")).ok()?;
            listed.lines().find_map(|line| {
                let (sum, listed) = line.split_once(char::is_whitespace)?;
                (listed.trim().trim_start_matches('*') == name).then(|| sum.to_ascii_lowercase())
            })
        }
    }
}

/// Compares the bytes' SHA-256 with the expected one.
fn check_sum(bytes: &[u8], expected: Option<String>) -> Result<(), Finding> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let found = sha256(bytes);
    if found == expected {
        return Ok(());
    }
    Err(Finding::new(format!("SHA-256 {found}"), format!("SHA-256 {expected}")))
}

/// SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Place {
    /// What mends a damaged file in such a folder.
    pub(crate) fn remedy(self) -> String {
        match self {
            Place::Data => "delete it and run `cargo xtask data`",
            Place::MnistDir => {
                "put a good copy in its place, or unset MNIST_DIR and run `cargo xtask data`"
            }
            Place::Given => {
                "put a good copy in its place (`cargo xtask data` fetches MNIST into data/)"
            }
            Place::LookAlike => "delete the folder: it is drawn anew when needed",
        }
        .to_string()
    }
}
