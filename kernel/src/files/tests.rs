use super::*;
use anyhow::bail;

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_failed_installation_leaves_the_old_one() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("part-1.0");
    folder(&target, Leftover::Remove, |new| Ok(fs::write(new.join("old"), "")?)).unwrap();
    let result = folder(&target, Leftover::Remove, |new| {
        fs::write(new.join("half"), "")?;
        bail!("the disk is full")
    });
    assert!(result.is_err());
    assert_eq!(files(&target), ["old"]);
}

#[test]
fn a_leftover_is_removed_or_resumed() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("part");
    let half = |new: &Path| {
        fs::write(new.join("half"), "")?;
        bail!("interrupted")
    };
    folder(&target, Leftover::Resume, half).unwrap_err();
    assert!(!target.exists());
    folder(&target, Leftover::Resume, |new| Ok(fs::write(new.join("rest"), "")?)).unwrap();
    assert_eq!(files(&target), ["half", "rest"]);
    folder(&target, Leftover::Remove, half).unwrap_err();
    folder(&target, Leftover::Remove, |new| Ok(fs::write(new.join("all"), "")?)).unwrap();
    assert_eq!(files(&target), ["all"]);
    assert_eq!(files(home.path()), ["part"]);
}

#[test]
fn removing_what_is_not_there_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    remove(&home.path().join("nothing")).unwrap();
}
