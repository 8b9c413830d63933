//! Every run has a folder of its own, and says what is wrong with one it cannot have.

#[path = "../crates/mnist-files/tests/support/disk.rs"]
mod disk_support;
mod tensorboard_support;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Barrier;

use anyhow::{Result, ensure};
use mnist_tutorial::tensorboard::Run;
use tensorboard_support::{again, scalars};

/// Tells a started test where to write.
const FOLDER: &str = "MNIST_TUTORIAL_TEST_FOLDER";

/// The complaint of a run that must not start.
fn refusal(folder: PathBuf) -> String {
    format!("{:#}", Run::create(folder).expect_err("must be refused"))
}

#[test]
fn a_taken_name_gets_a_number_and_the_old_run_stays() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let wanted = folder.path().join("runs/first-try");
    let mut first = Run::create(&wanted)?;
    first.scalar("loss", 1, 0.5)?;
    drop(first);
    assert_eq!(Run::create(&wanted)?.folder(), folder.path().join("runs/first-try-2"));
    assert_eq!(Run::create(&wanted)?.folder(), folder.path().join("runs/first-try-3"));
    assert_eq!(scalars(&wanted)?.len(), 1);
    Ok(())
}

#[test]
fn a_folder_with_somebody_elses_events_is_taken_and_one_with_notes_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [theirs, noted] = ["theirs", "noted"].map(|name| folder.path().join(name));
    fs::create_dir_all(&theirs)?;
    fs::create_dir_all(&noted)?;
    fs::write(theirs.join("events.out.tfevents.1700000000.host.1.0"), "")?;
    fs::write(noted.join("notes.txt"), "")?;
    assert_eq!(Run::create(&theirs)?.folder(), folder.path().join("theirs-2"));
    assert_eq!(Run::create(&noted)?.folder(), noted);
    Ok(())
}

#[test]
fn threads_that_start_at_once_get_different_folders() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let wanted = folder.path().join("run");
    let start = Barrier::new(16);
    let folders: HashSet<PathBuf> = std::thread::scope(|scope| {
        let create = || {
            start.wait();
            Run::create(&wanted).map(|run| run.folder().to_owned())
        };
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Result<_>>()
    })?;
    assert_eq!(folders.len(), 16);
    Ok(())
}

#[test]
#[ignore = "started by the test below"]
fn starts_a_run_when_told() -> Result<()> {
    let Some(folder) = std::env::var_os(FOLDER) else { return Ok(()) };
    std::io::read_to_string(std::io::stdin())?;
    for _ in 0..20 {
        Run::create(&folder)?.scalar("process", 1, f64::from(std::process::id()))?;
    }
    Ok(())
}

#[test]
fn processes_that_start_at_once_get_different_folders() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let start = || -> Result<Child> {
        let mut command = again("starts_a_run_when_told")?;
        command.env(FOLDER, folder.path().join("run")).stdin(Stdio::piped());
        Ok(command.spawn()?)
    };
    let mut children = (0..4).map(|_| start()).collect::<Result<Vec<_>>>()?;
    for child in &mut children {
        drop(child.stdin.take());
    }
    for mut child in children {
        ensure!(child.wait()?.success(), "a process failed");
    }
    let mut runs = 0;
    for entry in fs::read_dir(folder.path())? {
        assert_eq!(scalars(&entry?.path())?.len(), 1);
        runs += 1;
    }
    assert_eq!(runs, 80);
    Ok(())
}

#[test]
fn a_name_that_is_a_file_or_below_one_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("notes.txt");
    fs::write(&file, "mine")?;
    let error = refusal(file.clone());
    assert!(error.ends_with("this is a file, expected a folder for a run; give another name"));
    let error = refusal(file.join("run"));
    assert!(error.contains("notes.txt/run: cannot make a run here; check that"), "{error}");
    assert_eq!(fs::read_to_string(&file)?, "mine");
    Ok(())
}

#[test]
fn a_folder_without_a_name_cannot_be_numbered() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let _first = Run::create(folder.path())?;
    let error = refusal(folder.path().join("run/.."));
    assert!(error.contains("give a name below it, such as"), "{error}");
    Ok(())
}

#[cfg(target_os = "linux")]
mod disks {
    use super::*;
    use crate::disk_support::Disk;

    #[test]
    fn a_read_only_disk_is_said() -> Result<()> {
        let Some(disk) = Disk::new(64)? else { return Ok(()) };
        ensure!(disk.mount("remount,ro"), "cannot make it read-only");
        let error = refusal(disk.path().join("run"));
        assert!(error.contains("run: cannot make a run here; check that the folder is"), "{error}");
        assert!(error.contains("Read-only"), "{error}");
        Ok(())
    }

    #[test]
    fn a_full_disk_is_said_and_what_was_written_stays_readable() -> Result<()> {
        let Some(disk) = Disk::new(64)? else { return Ok(()) };
        let mut run = Run::create(disk.path().join("run"))?;
        let (mut written, long) = (0, "a long text, ".repeat(100));
        let error = loop {
            match run.text("text", written, &long).and_then(|()| run.scalar("s", written, 1.0)) {
                Ok(()) => written += 1,
                Err(error) => break format!("{error:#}"),
            }
        };
        assert!(error.contains("run: cannot write to this run; check that"), "{error}");
        assert!(error.contains("its disk has space left"), "{error}");
        assert!(error.contains("No space left"), "{error}");
        // No part of the record that did not fit is there, and a smaller one may still fit.
        assert_eq!(scalars(run.folder())?.len(), written);
        assert!(format!("{:#}", refusal(disk.path().join("other"))).contains("No space left"));
        Ok(())
    }

    #[test]
    fn a_run_goes_on_when_there_is_space_again() -> Result<()> {
        let Some(disk) = Disk::new(256)? else { return Ok(()) };
        let filler = disk.path().join("filler");
        let mut run = Run::create(disk.path().join("run"))?;
        fs::write(&filler, vec![1; 200_000])?;
        let long = "a long text, ".repeat(6_000);
        run.text("text", 1, &long).expect_err("does not fit");
        fs::remove_file(&filler)?;
        run.text("text", 1, &long)?;
        run.scalar("loss", 1, 0.5)?;
        assert_eq!(scalars(run.folder())?.len(), 1);
        Ok(())
    }
}
