//! Hands checked bytes to the `mnist` crate's parser.
//!
//! That parser reads unpacked files of one folder, wants the full 60,000 + 10,000 and panics on
//! anything else. So it gets exactly what was checked, in a short-lived folder of its own:
//! the user's folder may be read-only, its name need not be text, and nothing can change in between.

use super::files::{FILES, TEST_COUNT, TRAIN_COUNT};
use super::problem::Problem;
use anyhow::Result;
use mnist::MnistBuilder;
use std::path::Path;

/// The pixels and labels of the two halves, 784 bytes a picture and one a label.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// 60,000 pictures and their labels.
    pub train: (Vec<u8>, Vec<u8>),
    /// 10,000 pictures and their labels.
    pub test: (Vec<u8>, Vec<u8>),
}

/// Parses the four checked files, given in the order of [`FILES`], by way of a folder made in `temporary` and removed.
///
/// # Errors
/// If that folder cannot be made or written, for want of space, say.
pub(crate) fn parse(files: [Vec<u8>; 4], temporary: &Path) -> Result<Parsed> {
    let unwritable = |error: std::io::Error| Problem {
        file: temporary.into(),
        found: format!("it cannot be written ({error})"),
        expected: "a folder with 55 MB of free space for unpacked files".into(),
        remedy: "make space there, or set TMPDIR to another folder".into(),
    };
    let folder = tempfile::Builder::new()
        .prefix("mnist_tutorial-")
        .tempdir_in(temporary)
        .map_err(unwritable)?;
    for (file, bytes) in FILES.iter().zip(files) {
        std::fs::write(folder.path().join(file.name), bytes).map_err(unwritable)?;
    }
    let parsed = MnistBuilder::new()
        .base_path(folder.path().to_str().ok_or_else(|| not_text(temporary))?)
        .label_format_digit()
        .training_set_length(TRAIN_COUNT as u32)
        .validation_set_length(0)
        .test_set_length(TEST_COUNT as u32)
        .finalize();
    Ok(Parsed { train: (parsed.trn_img, parsed.trn_lbl), test: (parsed.tst_img, parsed.tst_lbl) })
}

/// The parser takes its folder's name as text.
fn not_text(temporary: &Path) -> Problem {
    Problem {
        file: temporary.into(),
        found: "a name that is not UTF-8".into(),
        expected: "a folder for temporary files whose name is".into(),
        remedy: "set TMPDIR to another folder".into(),
    }
}
