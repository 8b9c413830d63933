use super::*;
use std::io::Write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn archive(path: &Path, names: &[&str]) {
    let mut writer = ZipWriter::new(File::create(path).unwrap());
    for name in names {
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, stored).unwrap();
        writer.write_all(b"what is in the file").unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn only_chosen_files_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    archive(&path, &["torch/lib/libc10.so", "torch/nn.py"]);
    let count = some(&path, &folder.path().join("out"), |name| {
        name.strip_prefix("torch/lib").ok().map(Path::to_path_buf)
    });
    assert_eq!(count.unwrap(), 1);
    assert!(folder.path().join("out/libc10.so").is_file());
}

#[test]
fn a_damaged_archive_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    archive(&path, &["file"]);
    let mut bytes = fs::read(&path).unwrap();
    let inside = bytes.windows(4).position(|part| part == b"what").unwrap();
    bytes[inside] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(some(&path, folder.path(), |name| Some(name.into())).is_err());
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(some(&path, folder.path(), |name| Some(name.into())).is_err());
}

#[test]
fn no_file_lands_outside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    archive(&path, &["../outside"]);
    let out = folder.path().join("out");
    let _ = some(&path, &out, |name| Some(name.into()));
    assert!(!folder.path().join("outside").exists());
}
