use super::*;

#[test]
fn a_folder_with_somebodys_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years").unwrap();
    let home = Home::at(folder.path()).unwrap();
    let error = home.lock().unwrap_err().to_string();
    assert!(error.contains("not the course's"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_is_ours_once_it_was_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(&folder.path().join("mit Leerzeichen/größer")).unwrap();
    assert!(!home.is_ours());
    home.prepare().unwrap();
    home.prepare().unwrap();
    assert!(home.is_ours());
}

#[test]
fn a_relative_folder_becomes_absolute() {
    assert!(Home::at(Path::new("cache")).unwrap().root().is_absolute());
}

#[test]
fn only_one_set_up_runs_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path()).unwrap();
    let first = home.lock().unwrap();
    let path = folder.path().join("lock");
    let second = File::options().append(true).open(path).unwrap();
    assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
    drop(first);
    second.try_lock().unwrap();
}

#[test]
fn a_set_up_that_waited_out_a_removal_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(&folder.path().join("cache")).unwrap();
    let removal = home.lock().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| home.lock().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(200));
        fs::remove_dir_all(home.root()).unwrap();
        drop(removal);
        let lock = waiting.join().unwrap();
        assert!(home.is_ours() && lock.is_at(&home.lock_file()));
    });
}
