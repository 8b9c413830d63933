//! Fashion-MNIST: the same mechanism with other addresses, another folder and no look-alikes.

mod support;

use anyhow::Result;
use mnist_files::download::Unavailable;
use mnist_files::fashion::{FASHION_CLASSES, FASHION_MNIST};
use mnist_files::files::{Dataset, IdxFile, MNIST};
use mnist_files::{Place, Settings, Source, fetch_all, locate};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use support::server::{Answer, Server};
use support::{blank, message, pack, refusing, snapshot, write_blank_set};

/// Settings for Fashion-MNIST in `data/fashion/`, downloaded from `mirrors` only.
fn settings(data: &Path, mirrors: &[String]) -> Settings {
    let folder = data.join(FASHION_MNIST.subfolder);
    Settings { dataset: &FASHION_MNIST, ..support::settings(&folder, data, mirrors) }
}

#[test]
fn it_has_the_names_and_the_format_of_mnist_and_other_content() {
    for (fashion, mnist) in FASHION_MNIST.files.iter().zip(&MNIST.files) {
        assert_eq!((fashion.name, fashion.header()), (mnist.name, mnist.header()));
        assert_ne!(fashion.packed_sha256, mnist.packed_sha256);
        assert_ne!(fashion.unpacked_sha256, mnist.unpacked_sha256);
    }
    assert!(MNIST.has_look_alikes() && !FASHION_MNIST.has_look_alikes());
    assert_eq!(FASHION_CLASSES.len(), 10);
}

#[test]
fn without_a_network_it_is_an_error_with_a_remedy_and_nothing_is_drawn() -> Result<()> {
    let root = tempfile::tempdir()?;
    let data = root.path().join("data");
    let error = locate(&settings(&data, &[refusing()?]), &mut |_| {}).err();
    let error = error.expect("there is nothing to be found");
    assert!(error.is::<Unavailable>());
    let folder = data.join("fashion");
    let remedy = format!(
        "; expected 26,421,880 bytes; check the network and run `cargo xtask data --fashion`, \
         or copy the four files into {}, or set FASHION_MNIST_DIR to a folder that has them",
        folder.display()
    );
    assert!(error.to_string().ends_with(&remedy), "{error}");
    assert!(snapshot(&folder)?.is_empty() && !data.join("look-alike").exists());
    let complaint = message(locate(&settings(&data, &[]), &mut |_| {}))?;
    assert!(complaint.contains("(FASHION_MNIST_MIRRORS is empty)"), "{complaint}");
    Ok(())
}

#[test]
fn the_named_folder_alone_is_read_and_must_be_there() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut settings = settings(root.path(), &[refusing()?]);
    let named = root.path().join("mine");
    settings.named_folder = Some(named.clone());
    let complaint = message(locate(&settings, &mut |_| {}))?;
    let whole = format!(
        "{}: no such folder; expected this file, or train-images-idx3-ubyte unpacked; \
         put the four files there, or unset FASHION_MNIST_DIR and run `cargo xtask data --fashion`",
        named.join("train-images-idx3-ubyte.gz").display()
    );
    assert_eq!(complaint, whole);
    // Packed by somebody else, as Debian's are: the format counts.
    write_blank_set(&named)?;
    assert_eq!(locate(&settings, &mut |_| {})?.source, Source::Folder(named));
    Ok(())
}

#[test]
fn in_its_data_folder_only_the_distributed_files_count() -> Result<()> {
    let root = tempfile::tempdir()?;
    let settings = settings(root.path(), &[refusing()?]);
    write_blank_set(&settings.folder)?;
    let before = snapshot(&settings.folder)?;
    let complaint = message(locate(&settings, &mut |_| {}))?;
    let end = format!(
        "; expected SHA-256 {}; delete it and run `cargo xtask data --fashion`",
        FASHION_MNIST.files[0].packed_sha256
    );
    assert!(complaint.ends_with(&end), "{complaint}");
    assert_eq!(snapshot(&settings.folder)?, before);
    Ok(())
}

/// Fashion-MNIST as it would be if its images were blank, and its packed files.
fn blank_dataset() -> Result<(&'static Dataset, Vec<Vec<u8>>)> {
    let packed: Vec<Vec<u8>> =
        FASHION_MNIST.files.iter().map(|file| pack(&blank(file))).collect::<Result<_>>()?;
    let sum = |bytes: &[u8]| -> &'static str { format!("{:x}", Sha256::digest(bytes)).leak() };
    let files = std::array::from_fn(|at| {
        let IdxFile { name, content, count, .. } = FASHION_MNIST.files[at];
        IdxFile {
            name,
            content,
            count,
            packed_bytes: packed[at].len() as u64,
            packed_sha256: sum(&packed[at]),
            unpacked_sha256: sum(&blank(&FASHION_MNIST.files[at])),
            look_alike_sha256: None,
        }
    });
    Ok((Box::leak(Box::new(Dataset { files, ..FASHION_MNIST })), packed))
}

#[test]
fn what_is_missing_is_downloaded_into_its_folder_and_checked() -> Result<()> {
    let root = tempfile::tempdir()?;
    let (dataset, packed) = blank_dataset()?;
    let names: Vec<String> = dataset.files.iter().map(IdxFile::packed_name).collect();
    let (served, listed) = (packed.clone(), names.clone());
    let server = Server::new(move |asked| {
        match listed.iter().position(|name| asked.path == format!("/fashion/{name}")) {
            Some(at) => Answer::ranged(&served[at], asked),
            None => Answer::status("404 Not Found", b""),
        }
    })?;
    let mirror = format!("{}/fashion/", server.address);
    let settings = Settings { dataset, ..settings(root.path(), &[refusing()?, mirror]) };
    let mut said = Vec::new();
    let found = fetch_all(&settings, &mut |line| said.push(line.to_string()))?;
    let folder = root.path().join("fashion");
    assert_eq!(found.source, Source::Downloaded(folder.clone()));
    let first = format!("{}: asking {}/fashion/{}", names[0], server.address, names[0]);
    assert!(said.contains(&first), "{said:?}");
    assert!(said.iter().any(|line| line.ends_with("(100 %)")), "{said:?}");
    for (name, content) in names.iter().zip(&packed) {
        assert_eq!(&std::fs::read(folder.join(name))?, content);
    }
    assert_eq!(locate(&settings, &mut |_| {})?.source, Source::Folder(folder));
    assert_eq!(server.asked().len(), 4);
    // A mirror that has MNIST under these names is refused.
    let other = Settings { dataset: &FASHION_MNIST, ..settings };
    std::fs::remove_dir_all(&other.folder)?;
    assert!(message(fetch_all(&other, &mut |_| {}))?.contains("it offers"));
    Ok(())
}

#[test]
fn the_real_files_are_the_published_ones() -> Result<()> {
    let Some(real) = std::env::var_os("FASHION_MNIST_DIR").map(PathBuf::from) else {
        println!("skipped: FASHION_MNIST_DIR is not set, so the real files are not at hand");
        return Ok(());
    };
    let found = FASHION_MNIST.read_whole(&real, Place::Named)?;
    for (file, content) in FASHION_MNIST.files.iter().zip(&found.files) {
        assert_eq!(format!("{:x}", Sha256::digest(content)), file.unpacked_sha256);
    }
    Ok(())
}
