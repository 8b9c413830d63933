//! The digits drawn where MNIST cannot be had: always the same, evenly spread, never taken for MNIST.

mod support;

use anyhow::Result;
use mnist_files::files::MNIST;
use mnist_files::look_alike::{SEED, draw};
use mnist_files::{Place, Source, fetch_all, locate, read_whole};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::LazyLock;
use support::{message, refusing, settings};

static DRAWN: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| draw(SEED));

/// Loads with no network, and returns what was found and said.
fn offline(folder: &Path, temporary: &Path) -> Result<(Source, String)> {
    let mut said = Vec::new();
    let found = locate(&settings(folder, temporary, &[refusing()?]), &mut |line| {
        said.push(line.to_string())
    })?;
    assert_eq!(found.files[1], DRAWN[1]);
    Ok((found.source, said.join("\n")))
}

#[test]
fn a_seed_gives_the_same_bytes_on_every_machine() {
    let sums = DRAWN.each_ref().map(|content| format!("{:x}", Sha256::digest(content)));
    assert_eq!(sums, PINNED);
    assert_ne!(draw(SEED + 1)[1], DRAWN[1]);
}

/// Computed on Linux, x86-64.
const PINNED: [&str; 4] = [
    "868f109a217e3837e83c1b1d47fd64fec60fc020faa4b3e55a248113f453126b",
    "cc1a81560709f2527dee0c15dc656a9222dc6692182fda8acd6874dfc1478964",
    "99ba589556842559608b1788c68700b2b4fdd35ba0e54a0d8de35ff714c51100",
    "e1d270ea3fd2edfda2d912a6a2dfb438e75450805500f20573bb28b519cf96cd",
];

#[test]
fn every_digit_has_about_a_tenth() {
    for (labels, count) in [(&DRAWN[1][8..], 60_000), (&DRAWN[3][8..], 10_000)] {
        assert_eq!(labels.len(), count);
        for digit in 0..10 {
            let share =
                labels.iter().filter(|&&label| label == digit).count() as f64 / count as f64;
            assert!((0.09..0.11).contains(&share), "digit {digit}: {share}");
        }
    }
}

#[test]
fn the_images_have_the_ink_the_place_and_the_variety_of_mnist() {
    let images: Vec<&[u8]> = DRAWN[0][16..].chunks(784).collect();
    let mean =
        images.iter().flat_map(|image| image.iter()).map(|&byte| f64::from(byte)).sum::<f64>();
    let mean = mean / (60_000.0 * 784.0 * 255.0);
    assert!((mean - 0.1307).abs() < 0.01, "MNIST's mean is 0.1307, this is {mean}");
    for image in &images {
        let edge = (0..28).any(|at| {
            [at, 27 * 28 + at, at * 28, at * 28 + 27].iter().any(|&pixel| image[pixel] > 0)
        });
        assert!(!edge && image.iter().any(|&byte| byte > 200));
        let mass: f64 = image.iter().map(|&byte| f64::from(byte)).sum();
        let row: f64 =
            image.iter().enumerate().map(|(at, &byte)| (at / 28) as f64 * f64::from(byte)).sum();
        assert!((row / mass - 14.0).abs() < 4.0, "centre of mass in row {}", row / mass);
    }
    let mut different = images.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 60_000);
}

#[test]
fn without_a_network_they_take_mnist_s_place_and_it_is_said_loudly() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data with spaces ß");
    let (source, said) = offline(&data, folder.path())?;
    assert_eq!(source, Source::LookAlike(data.join("look-alike")));
    assert!(!source.is_real());
    assert!(source.to_string().contains("not MNIST"), "{source}");
    for part in [
        "could not be downloaded",
        "cargo xtask data",
        "Drawing 70,000",
        "NOT the MNIST digits",
        "do not hold",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (again, said) = offline(&data, folder.path())?;
    assert_eq!(again, source);
    assert!(said.contains("NOT the MNIST digits") && !said.contains("Drawing"), "{said}");
    // `cargo xtask data` does not call them MNIST.
    assert!(fetch_all(&settings(&data, folder.path(), &[]), &mut |_| {}).is_err());
    // Nor does one who is sent to that very folder.
    let mut told = settings(&data, folder.path(), &[]);
    told.named_folder = Some(data.join("look-alike"));
    let mut said = String::new();
    let found = locate(&told, &mut |line| said += line)?;
    assert!(!found.source.is_real() && said.contains("NOT the MNIST digits"), "{said}");
    Ok(())
}

#[test]
fn a_damaged_set_of_them_is_drawn_anew() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    offline(&data, folder.path())?;
    let labels = data.join("look-alike").join(MNIST.files[1].name);
    std::fs::write(&labels, b"damaged")?;
    let complaint = message(read_whole(&data.join("look-alike"), Place::LookAlike))?;
    assert!(complaint.contains("delete the folder"), "{complaint}");
    let (_, said) = offline(&data, folder.path())?;
    assert!(said.contains("Drawing"), "{said}");
    assert_eq!(std::fs::read(&labels)?, DRAWN[1]);
    let names: Vec<_> = std::fs::read_dir(&data)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    assert!(
        !names.iter().any(|name| name.to_string_lossy().starts_with(".look-alike")),
        "{names:?}"
    );
    Ok(())
}

#[test]
fn where_the_data_folder_cannot_be_written_they_go_to_the_temporary_files() -> Result<()> {
    let folder = tempfile::tempdir()?;
    // A file where the folder should be: nobody can write into it, root neither.
    let data = folder.path().join("data");
    std::fs::write(&data, b"mine")?;
    let (source, said) = offline(&data, folder.path())?;
    assert_eq!(source, Source::LookAlike(folder.path().join("mnist_tutorial-look-alike")));
    assert!(said.contains("it cannot be written"), "{said}");
    let nowhere = settings(&data, &data, &[]);
    let complaint = message(locate(&nowhere, &mut |_| {}))?;
    for part in
        ["look-alike digits cannot be stored", "expected a folder with 55 MB", "set MNIST_DIR"]
    {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    assert_eq!(std::fs::read(&data)?, b"mine");
    Ok(())
}

#[test]
fn a_folder_of_that_name_that_is_not_ours_is_left_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mine = folder.path().join("look-alike");
    std::fs::create_dir(&mine)?;
    std::fs::write(mine.join("mine.txt"), b"mine")?;
    let temporary = tempfile::tempdir()?;
    let (source, _) = offline(folder.path(), temporary.path())?;
    assert_eq!(source.folder(), temporary.path().join("mnist_tutorial-look-alike"));
    assert_eq!(std::fs::read(mine.join("mine.txt"))?, b"mine");
    Ok(())
}
