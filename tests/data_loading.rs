//! From files to tensors. What needs the real MNIST looks in `MNIST_DIR`, and says so where it is not set.

#[path = "../crates/mnist-files/tests/support/mod.rs"]
mod data_support;

use anyhow::{Context, Result};
use data_support::{message, pack, refusing, settings, write_blank_set};
use mnist_files::files::MNIST;
use mnist_tutorial::data::look_alike::{SEED, draw};
use mnist_tutorial::data::{FASHION_MNIST, Mnist, Settings, Source};
use std::path::PathBuf;
use tch::Kind;

/// The folder of the real files, or `None` with the reason printed.
fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("MNIST_DIR").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: MNIST_DIR is not set, so the real files are not at hand");
    }
    folder
}

#[test]
fn the_real_files_become_tensors_of_the_right_shape() -> Result<()> {
    let Some(folder) = real() else { return Ok(()) };
    let data = Mnist::load_from(&folder)?;
    assert_eq!(data.source, Source::Folder(folder));
    assert!(data.source.is_real());
    assert_eq!((data.train.len(), data.test.len()), (60_000, 10_000));
    assert_eq!(data.train.images.size(), [60_000, 784]);
    assert_eq!(data.test.labels.size(), [10_000]);
    assert_eq!((data.train.images.kind(), data.train.labels.kind()), (Kind::Float, Kind::Int64));
    assert_eq!(f64::try_from(data.train.images.min())?, 0.0);
    assert_eq!(f64::try_from(data.train.images.max())?, 1.0);
    // Mean 0.1307 and standard deviation 0.3081 are the figures that PyTorch's examples normalise with.
    assert!((f64::try_from(data.train.images.mean(Kind::Double))? - 0.1307).abs() < 5e-5);
    assert!((f64::try_from(data.train.images.std(true))? - 0.3081).abs() < 5e-5);
    Ok(())
}

#[test]
fn the_real_labels_and_bytes_are_the_published_ones() -> Result<()> {
    let Some(folder) = real() else { return Ok(()) };
    let data = Mnist::load_from(&folder)?;
    let first: Vec<u8> = (0..10).map(|index| data.train.label(index)).collect::<Result<_>>()?;
    assert_eq!(first, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(
        data.train.label_counts(),
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    );
    assert_eq!(data.test.label_counts(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    let image = data.test.image(9_999)?;
    let row: Vec<f32> = Vec::try_from(data.test.images.get(9_999))?;
    for (byte, value) in image.iter().zip(row) {
        assert_eq!(f32::from(*byte) / 255.0, value);
    }
    let error = data.test.image(10_000).err().context("index 10,000 must be refused")?;
    assert_eq!(error.to_string(), "image 10000 was asked for; expected an index below 10000");
    Ok(())
}

#[test]
fn the_real_files_are_the_same_packed_and_unpacked_in_the_data_folder() -> Result<()> {
    let Some(real) = real() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    for file in &MNIST.files {
        let packed = std::fs::read(real.join(file.packed_name()))?;
        if file.count == 10_000 {
            let mut unpacked = Vec::new();
            std::io::Read::read_to_end(
                &mut flate2::read::GzDecoder::new(&packed[..]),
                &mut unpacked,
            )?;
            std::fs::write(folder.path().join(file.name), unpacked)?;
        } else {
            std::fs::write(folder.path().join(file.packed_name()), packed)?;
        }
    }
    let settings = settings(folder.path(), &std::env::temp_dir(), &[refusing()?]);
    let data = Mnist::load_with(&settings, &mut |line| panic!("nothing is to be said: {line}"))?;
    assert_eq!(data.source, Source::Folder(folder.path().into()));
    assert_eq!(data.test.images, Mnist::load_from(&real)?.test.images);
    Ok(())
}

#[test]
fn drawn_digits_become_the_same_tensors_packed_and_unpacked() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (packed, plain) = (folder.path().join("packed"), folder.path().join("un packed äö ü"));
    std::fs::create_dir(&packed)?;
    std::fs::create_dir(&plain)?;
    let drawn = draw(SEED);
    for (file, content) in MNIST.files.iter().zip(&drawn) {
        std::fs::write(packed.join(file.packed_name()), pack(content)?)?;
        std::fs::write(plain.join(file.name), content)?;
    }
    let (packed, plain) = (Mnist::load_from(&packed)?, Mnist::load_from(&plain)?);
    assert_eq!(packed.train.images, plain.train.images);
    assert_eq!(packed.test.labels, plain.test.labels);
    assert_eq!(plain.train.image(59_999)?, &drawn[0][drawn[0].len() - 784..]);
    assert_eq!(plain.test.label(0)?, drawn[3][8]);
    assert_eq!(plain.test.image(0)?, &drawn[2][16..16 + 784]);
    Ok(())
}

#[test]
fn mnist_dir_wins_over_the_data_folder_and_never_falls_through() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mine = folder.path().join("mine");
    write_blank_set(&mine)?;
    let mut settings = settings(&folder.path().join("data"), folder.path(), &[refusing()?]);
    settings.named_folder = Some(mine.clone());
    let data = Mnist::load_with(&settings, &mut |_| {})?;
    assert_eq!(data.source, Source::Folder(mine.clone()));
    assert_eq!(data.train.label_counts()[0], 60_000);
    let shown =
        format!("Mnist {{ train: 60000, test: 10000, source: the files in {} }}", mine.display());
    assert_eq!(format!("{data:?}"), shown);
    std::fs::remove_file(mine.join(MNIST.files[0].packed_name()))?;
    let complaint = message(Mnist::load_with(&settings, &mut |_| {}))?;
    assert!(complaint.contains("unset MNIST_DIR"), "{complaint}");
    assert!(!folder.path().join("data").exists());
    Ok(())
}

#[test]
fn fashion_mnist_is_the_same_type_and_has_no_look_alikes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let absent = settings(&folder.path().join("data/fashion"), folder.path(), &[refusing()?]);
    let mut settings = Settings { dataset: &FASHION_MNIST, ..absent };
    let complaint = message(Mnist::load_with(&settings, &mut |_| {}))?;
    assert!(complaint.contains("or set FASHION_MNIST_DIR to a folder"), "{complaint}");
    settings.named_folder = Some(folder.path().join("mine"));
    write_blank_set(&folder.path().join("mine"))?;
    let data = Mnist::load_with(&settings, &mut |_| {})?;
    assert_eq!((data.train.len(), data.test.len()), (60_000, 10_000));
    assert!(data.source.is_real());
    Ok(())
}

#[test]
fn the_real_fashion_mnist_has_as_many_of_each_class() -> Result<()> {
    let Some(folder) = std::env::var_os("FASHION_MNIST_DIR").map(PathBuf::from) else {
        println!("skipped: FASHION_MNIST_DIR is not set, so the real files are not at hand");
        return Ok(());
    };
    let data = Mnist::load_fashion()?;
    assert_eq!(data.source, Source::Folder(folder));
    assert_eq!(data.train.label_counts(), [6_000; 10]);
    assert_eq!(data.test.label_counts(), [1_000; 10]);
    Ok(())
}

#[test]
fn the_unpacked_copies_are_removed_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let temporary = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let mut settings = settings(folder.path(), temporary.path(), &[]);
    settings.named_folder = Some(folder.path().into());
    Mnist::load_with(&settings, &mut |_| {})?;
    assert_eq!(std::fs::read_dir(temporary.path())?.count(), 0);
    Ok(())
}

#[test]
fn temporary_files_that_cannot_be_written_are_an_error_that_names_tmpdir() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    // A file instead of a folder: nobody can write into it, root neither.
    let file = folder.path().join("file");
    std::fs::write(&file, b"mine")?;
    let mut settings = settings(folder.path(), &file, &[]);
    settings.named_folder = Some(folder.path().into());
    let complaint = message(Mnist::load_with(&settings, &mut |_| {}))?;
    let start = format!("{}: it cannot be written (", file.display());
    assert!(complaint.starts_with(&start), "{complaint}");
    let end = "expected a folder with 55 MB of free space for unpacked files; \
               make space there, or set TMPDIR to another folder";
    assert!(complaint.ends_with(end), "{complaint}");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_is_not_text_can_be_read() -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir()?;
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd \xff name"));
    if std::fs::create_dir(&odd).is_err() {
        println!("skipped: this file system takes UTF-8 names only");
        return Ok(());
    }
    write_blank_set(&odd)?;
    assert_eq!(Mnist::load_from(&odd)?.test.len(), 10_000);
    let mut settings = settings(&odd, &odd, &[]);
    settings.named_folder = Some(odd.clone());
    let complaint = message(Mnist::load_with(&settings, &mut |_| {}))?;
    assert!(complaint.contains("a name that is not UTF-8; expected"), "{complaint}");
    Ok(())
}
