use super::*;

#[test]
fn what_a_killed_kernel_left_goes_and_a_living_ones_stays() {
    let runs = tempfile::tempdir().unwrap();
    let [dead, living] = ["10", "11"].map(|name| runs.path().join(name));
    for folder in [&dead, &living] {
        fs::create_dir_all(folder.join("crate")).unwrap();
    }
    let old = std::time::SystemTime::now() - 2 * JUST_MADE;
    File::create(alive_file(&dead)).unwrap().set_modified(old).unwrap();
    let alive = File::create(alive_file(&living)).unwrap();
    alive.set_modified(old).unwrap();
    alive.lock().unwrap();
    remove_stale(runs.path());
    assert!(!dead.exists() && !alive_file(&dead).exists());
    assert!(living.exists() && alive_file(&living).exists());
}

#[test]
fn what_cannot_be_removed_keeps_its_lock_file_for_another_trial() {
    let runs = tempfile::tempdir().unwrap();
    let folder = runs.path().join("10");
    // No folder, so that not even root can remove it as one.
    fs::write(&folder, "").unwrap();
    File::create(alive_file(&folder)).unwrap();
    remove_private(&folder);
    assert!(alive_file(&folder).exists());
    fs::remove_file(&folder).unwrap();
    remove_private(&folder);
    assert!(!alive_file(&folder).exists());
}

#[test]
fn a_kernels_end_takes_its_folder_away() {
    let cache = tempfile::tempdir().unwrap();
    let settings = Settings::of_test(cache.path());
    let warm = cache.path().join("template");
    fs::create_dir_all(warm.join("crate")).unwrap();
    let private = Private::make(&settings, &warm, &Facts::of_test(cache.path())).unwrap();
    let folder = private.folder.clone();
    assert!(folder.join("crate").is_dir());
    drop(private);
    assert!(!folder.exists());
    assert!(warm.is_dir());
}
