//! Every kind of damaged file is an error that says which, what was found, what was expected and
//! what mends it; nothing in the folder is touched.

mod support;

use anyhow::Result;
use mnist_files::files::{IdxFile, MNIST};
use mnist_files::{Place, fetch_all, locate, read_whole};
use proptest::prelude::*;
use std::path::Path;
use support::{blank, message, pack, snapshot, write_blank_set};

const TRAIN_IMAGES: &IdxFile = &MNIST.files[0];
const TRAIN_LABELS: &IdxFile = &MNIST.files[1];
const TEST_IMAGES: &IdxFile = &MNIST.files[2];
const TEST_LABELS: &IdxFile = &MNIST.files[3];

/// Loads a good set of which one file was replaced, as `MNIST_DIR`, and checks the complaint.
fn complains(name: &str, content: &[u8], found: &str, expected: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    if let Some(packed) = MNIST.files.iter().find(|file| file.name == name) {
        std::fs::remove_file(folder.path().join(packed.packed_name()))?;
    }
    std::fs::write(folder.path().join(name), content)?;
    let before = snapshot(folder.path())?;
    let complaint = message(read_whole(folder.path(), Place::Named))?;
    let path = folder.path().join(name);
    let whole = format!(
        "{}: {found}; expected {expected}; put a good copy in its place, or unset MNIST_DIR and run `cargo xtask data`",
        path.display()
    );
    assert_eq!(complaint, whole);
    assert_eq!(snapshot(folder.path())?, before);
    Ok(())
}

#[test]
fn a_good_set_is_accepted_packed_and_unpacked() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let packed = read_whole(folder.path(), Place::Given)?;
    assert_eq!(packed.files[0], blank(TRAIN_IMAGES));
    for file in [TRAIN_IMAGES, TEST_LABELS] {
        std::fs::remove_file(folder.path().join(file.packed_name()))?;
        std::fs::write(folder.path().join(file.name), blank(file))?;
    }
    let mixed = read_whole(folder.path(), Place::Given)?;
    assert_eq!(mixed.files, packed.files);
    Ok(())
}

#[test]
fn a_missing_file_or_folder_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    std::fs::remove_file(folder.path().join(TEST_IMAGES.packed_name()))?;
    let path = folder.path().join("t10k-images-idx3-ubyte.gz");
    let complaint = message(read_whole(folder.path(), Place::Named))?;
    let rest = "expected this file, or t10k-images-idx3-ubyte unpacked; \
                put the four files there, or unset MNIST_DIR and run `cargo xtask data`";
    assert_eq!(complaint, format!("{}: nothing of that name; {rest}", path.display()));
    let complaint = message(read_whole(&folder.path().join("none"), Place::Named))?;
    assert!(
        complaint.contains("none/train-images-idx3-ubyte.gz: no such folder; expected"),
        "{complaint}"
    );
    Ok(())
}

#[test]
fn an_unpacked_file_that_is_cut_off_or_too_long_is_refused() -> Result<()> {
    let mut bytes = blank(TRAIN_LABELS);
    complains(TRAIN_LABELS.name, &bytes[..60_007], "60,007 bytes", "60,008 bytes")?;
    complains(TRAIN_LABELS.name, &bytes[..6], "cut off after 6 bytes", "a header of 8 bytes")?;
    bytes.extend([0; 5]);
    complains(TRAIN_LABELS.name, &bytes, "60,013 bytes", "60,008 bytes")
}

#[test]
fn a_packed_file_that_is_cut_off_or_too_long_is_refused() -> Result<()> {
    let name = TEST_LABELS.packed_name();
    complains(&name, &pack(&blank(TEST_LABELS)[..9_000])?, "9,000 bytes", "10,008 bytes")?;
    let mut longer = blank(TEST_LABELS);
    longer.resize(200_000, 0);
    complains(&name, &pack(&longer)?, "more than 10,008 bytes", "10,008 bytes")?;
    complains(&name, &vec![0x1f; 20_000], "20,000 bytes", "about 4,542 bytes")?;
    let mut packed = pack(&blank(TEST_LABELS))?;
    packed.extend(b"more");
    complains(&name, &packed, "4 bytes follow the end of the packed data", "nothing after it")
}

#[test]
fn a_damaged_gzip_stream_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let path = folder.path().join(TRAIN_IMAGES.packed_name());
    let packed = std::fs::read(&path)?;
    let mut flipped = packed.clone();
    let checksum = flipped.len() - 8;
    flipped[checksum] ^= 1;
    for damaged in
        [&packed[..packed.len() / 2], &packed[..packed.len() - 3], &packed[..5], &flipped]
    {
        std::fs::write(&path, damaged)?;
        let complaint = message(read_whole(folder.path(), Place::Given))?;
        let start = format!("{}: damaged or cut off, it unpacks to ", path.display());
        assert!(complaint.starts_with(&start), "{complaint}");
        assert!(
            complaint.contains("; expected 47,040,016 bytes; put a good copy in its place"),
            "{complaint}"
        );
        assert_eq!(std::fs::read(&path)?, damaged);
    }
    Ok(())
}

#[test]
fn a_file_that_unpacks_without_end_is_stopped() -> Result<()> {
    // A gigabyte of zeros packs into a megabyte; all that is unpacked of it is one byte too many.
    let mut bomb = blank(TRAIN_IMAGES);
    bomb.resize(1 << 28, 0);
    let found = "more than 47,040,016 bytes";
    complains(&TRAIN_IMAGES.packed_name(), &pack(&bomb)?, found, "47,040,016 bytes")
}

#[test]
fn a_wrong_magic_number_or_the_wrong_kind_of_file_is_refused() -> Result<()> {
    let labels = "10,000 labels, one for each image of t10k-images-idx3-ubyte (an IDX file, magic number 2049)";
    let mut bytes = blank(TEST_LABELS);
    bytes[..4].copy_from_slice(&1234u32.to_be_bytes());
    complains(TEST_LABELS.name, &bytes, "it starts with the bytes 00 00 04 d2", labels)?;
    let images = "a file of images (magic number 2051)";
    complains(TEST_LABELS.name, &blank(TEST_IMAGES)[..10_008], images, labels)?;
    complains(TEST_LABELS.name, b"", "an empty file", labels)?;
    complains(TEST_LABELS.name, b"ab", "only 2 bytes", labels)?;
    let packed = pack(&blank(TEST_LABELS))?;
    complains(TEST_LABELS.name, &packed, "a gzip file without .gz at the end of its name", labels)
}

#[test]
fn images_and_labels_that_differ_in_number_are_refused() -> Result<()> {
    let images = "10,000 images, one for each label of t10k-labels-idx1-ubyte (an IDX file, magic number 2051)";
    let train = pack(&blank(TRAIN_IMAGES)[..7_840_016])?;
    complains(&TEST_IMAGES.packed_name(), &train, "its header says 60,000 images", images)?;
    let mut bytes = blank(TRAIN_LABELS);
    bytes[4..8].copy_from_slice(&59_999u32.to_be_bytes());
    let labels = "60,000 labels, one for each image of train-images-idx3-ubyte (an IDX file, magic number 2049)";
    complains(TRAIN_LABELS.name, &bytes, "its header says 59,999 labels", labels)
}

#[test]
fn images_of_another_size_are_refused() -> Result<()> {
    let mut bytes = blank(TEST_IMAGES);
    bytes[8..16].copy_from_slice(&[0, 0, 0, 32, 0, 0, 0, 28]);
    complains(TEST_IMAGES.name, &bytes, "images of 32x28 pixels", "28x28 pixels")
}

#[test]
fn a_label_above_nine_is_refused() -> Result<()> {
    let mut bytes = blank(TRAIN_LABELS);
    bytes[8 + 12_345] = 10;
    complains(
        &TRAIN_LABELS.packed_name(),
        &pack(&bytes)?,
        "label 10 at position 12,345",
        "labels from 0 to 9",
    )
}

#[test]
fn a_web_page_in_place_of_a_file_is_recognised() -> Result<()> {
    let page = b"\n<!DOCTYPE html><html><body>Please sign in</body></html>";
    complains(&TRAIN_IMAGES.packed_name(), page, "a web page (HTML), not data", "a gzip file")?;
    let labels = "10,000 labels, one for each image of t10k-images-idx3-ubyte (an IDX file, magic number 2049)";
    complains(TEST_LABELS.name, page, "a web page (HTML), not data", labels)
}

#[test]
fn a_folder_or_a_dangling_link_in_place_of_a_file_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let path = folder.path().join(TEST_LABELS.packed_name());
    std::fs::remove_file(&path)?;
    std::fs::create_dir(&path)?;
    let complaint = message(read_whole(folder.path(), Place::Given))?;
    assert!(
        complaint.contains(".gz: a folder; expected a file that can be read; put a good"),
        "{complaint}"
    );
    #[cfg(unix)]
    {
        std::fs::remove_dir(&path)?;
        for file in [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES] {
            std::fs::remove_file(folder.path().join(file.packed_name()))?;
        }
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &path)?;
        let settings = support::settings(folder.path(), folder.path(), &[]);
        let complaint = message(locate(&settings, &mut |_| {}))?;
        assert!(
            complaint.contains("; expected a file that can be read; delete it and run"),
            "{complaint}"
        );
        assert!(path.is_symlink());
    }
    Ok(())
}

#[test]
fn a_checksum_listed_beside_the_files_must_agree() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let listed = "0".repeat(64);
    let line = format!("{listed}  {}\n", TEST_IMAGES.packed_name());
    std::fs::write(folder.path().join("SHA256SUMS"), line)?;
    let complaint = message(read_whole(folder.path(), Place::Named))?;
    assert!(complaint.contains("t10k-images-idx3-ubyte.gz: SHA-256 "), "{complaint}");
    assert!(
        complaint.contains(&format!("; expected SHA-256 {listed}; put a good copy")),
        "{complaint}"
    );
    Ok(())
}

#[test]
fn in_the_data_folder_only_the_distributed_files_count() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let before = snapshot(folder.path())?;
    let settings = support::settings(folder.path(), folder.path(), &[support::refusing()?]);
    for complaint in
        [message(fetch_all(&settings, &mut |_| {}))?, message(locate(&settings, &mut |_| {}))?]
    {
        let expected = format!(
            "expected SHA-256 {}; delete it and run `cargo xtask data`",
            TRAIN_IMAGES.packed_sha256
        );
        assert!(complaint.starts_with(&format!(
            "{}: SHA-256 ",
            folder.path().join("train-images-idx3-ubyte.gz").display()
        )));
        assert!(complaint.ends_with(&expected), "{complaint}");
    }
    std::fs::remove_file(folder.path().join(TRAIN_IMAGES.packed_name()))?;
    std::fs::write(folder.path().join(TRAIN_IMAGES.name), blank(TRAIN_IMAGES))?;
    let complaint = message(locate(&settings, &mut |_| {}))?;
    assert!(
        complaint.contains(&format!("expected SHA-256 {}", TRAIN_IMAGES.unpacked_sha256)),
        "{complaint}"
    );
    std::fs::remove_file(folder.path().join(TRAIN_IMAGES.name))?;
    let rest = snapshot(folder.path())?;
    assert!(rest.iter().all(|(name, content)| before.get(name) == Some(content)));
    assert_eq!(rest.len(), 3);
    Ok(())
}

#[test]
fn the_checksums_are_those_of_the_file_in_data() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/SHA256SUMS");
    let listed = std::fs::read_to_string(path)?;
    for file in &MNIST.files {
        let line = format!("{}  {}", file.packed_sha256, file.packed_name());
        assert!(listed.lines().any(|listed| listed == line), "{line}");
    }
    Ok(())
}

/// Reads a set of which only the test labels are as given; they are the last to be looked at.
fn reads(folder: &Path, packed: bool, labels: &[u8]) -> Result<()> {
    let name = if packed { TEST_LABELS.packed_name() } else { TEST_LABELS.name.to_string() };
    std::fs::write(folder.join(name), labels)?;
    let [.., state] = mnist_files::read_folder(folder, Place::Given);
    state?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_file_cut_off_anywhere_is_refused(length in 0usize..10_008, packed: bool) {
        let folder = tempfile::tempdir()?;
        let whole = blank(TEST_LABELS);
        let cut = if packed {
            let packed = pack(&whole).map_err(|error| TestCaseError::fail(error.to_string()))?;
            packed[..length * packed.len() / 10_008].to_vec()
        } else {
            whole[..length].to_vec()
        };
        prop_assert!(reads(folder.path(), packed, &cut).is_err());
    }

    #[test]
    fn a_header_with_one_other_byte_is_refused(place in 0usize..8, change in 1u8..) {
        let folder = tempfile::tempdir()?;
        let mut bytes = blank(TEST_LABELS);
        bytes[place] ^= change;
        prop_assert!(reads(folder.path(), false, &bytes).is_err());
    }

    #[test]
    fn a_packed_file_with_one_other_byte_is_refused_or_still_holds_the_same(place in 0usize..60, change in 1u8..) {
        let folder = tempfile::tempdir()?;
        let mut packed = pack(&blank(TEST_LABELS)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let place = place % packed.len();
        packed[place] ^= change;
        std::fs::write(folder.path().join(TEST_LABELS.packed_name()), packed)?;
        let [.., state] = mnist_files::read_folder(folder.path(), Place::Given);
        if let Ok(Some(content)) = state {
            prop_assert_eq!(content, blank(TEST_LABELS));
        }
    }

    #[test]
    fn random_bytes_are_refused(bytes: Vec<u8>, packed: bool, start in prop::option::of(Just([0x1f, 0x8b, 8, 0]))) {
        let folder = tempfile::tempdir()?;
        let mut content = start.map(|start| start.to_vec()).unwrap_or_default();
        content.extend(bytes);
        prop_assert!(reads(folder.path(), packed, &content).is_err());
    }
}
