//! Full and read-only disks. Needs Linux and the right to mount a small one in memory; else says that it is skipped.
#![cfg(target_os = "linux")]

mod support;

use anyhow::Result;
use mnist_files::download::{Expected, Timeouts, fetch};
use mnist_files::{Place, locate, read_whole};
use support::disk::Disk;
use support::server::{Answer, Server};
use support::{message, refusing, settings, write_blank_set};

#[test]
fn a_full_disk_for_temporary_files_is_said() -> Result<()> {
    let Some(full) = Disk::new(512)? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    let complaint = message(read_whole(folder.path(), Place::Given)?.parse(full.path()))?;
    assert!(complaint.contains("No space left"), "{complaint}");
    assert!(
        complaint.ends_with("make space there, or set TMPDIR to another folder"),
        "{complaint}"
    );
    assert_eq!(std::fs::read_dir(full.path())?.count(), 0);
    Ok(())
}

#[test]
fn a_download_that_fills_the_disk_is_said_and_kept() -> Result<()> {
    let Some(full) = Disk::new(512)? else {
        return Ok(());
    };
    let server = Server::new(|_| Answer::whole(&vec![1; 2_000_000]))?;
    let expected = Expected { sha256: None, bytes: None, at_most: 3_000_000 };
    let to = full.path().join("file.zip");
    let urls = [format!("{}/x", server.address)];
    let complaint = message(fetch(&urls, &to, &expected, &Timeouts::default(), &mut |_| {}))?;
    assert!(
        complaint.contains("file.zip.partial: it cannot be written (No space left"),
        "{complaint}"
    );
    assert!(
        complaint.ends_with("make space and run the command again: it goes on where it stopped"),
        "{complaint}"
    );
    assert!(!to.exists() && full.path().join("file.zip.partial").exists());
    Ok(())
}

#[test]
fn look_alikes_that_find_no_room_in_data_go_to_the_temporary_files() -> Result<()> {
    let Some(full) = Disk::new(512)? else {
        return Ok(());
    };
    let temporary = tempfile::tempdir()?;
    let mut settings = settings(full.path(), temporary.path(), &[refusing()?]);
    let found = locate(&settings, &mut |_| {})?;
    assert_eq!(found.source.folder(), temporary.path().join("mnist_tutorial-look-alike"));
    settings.temporary = full.path().into();
    let complaint = message(locate(&settings, &mut |_| {}))?;
    assert!(complaint.contains("No space left") && complaint.contains("make space"), "{complaint}");
    Ok(())
}

#[test]
fn a_read_only_folder_is_read_and_never_written() -> Result<()> {
    let Some(disk) = Disk::new(4096)? else {
        return Ok(());
    };
    write_blank_set(disk.path())?;
    if !disk.mount("remount,ro") {
        println!("skipped: the disk cannot be made read-only");
        return Ok(());
    }
    let temporary = tempfile::tempdir()?;
    let [_, test] = read_whole(disk.path(), Place::Given)?.parse(temporary.path())?;
    assert_eq!(test.labels.len(), 10_000);
    let empty = disk.path().join("data");
    let mut said = String::new();
    let settings = settings(&empty, temporary.path(), &[refusing()?]);
    let found = locate(&settings, &mut |line| said += line)?;
    assert!(!found.source.is_real() && found.source.folder().starts_with(temporary.path()));
    assert!(said.contains("it cannot be written (Read-only file system"), "{said}");
    Ok(())
}
