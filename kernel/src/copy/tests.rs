use super::*;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

const HASH: &str = "0123456789abcdef";

/// The library and a package that it depends on by path.
fn own() -> Vec<String> {
    ["library", "its-part", "its_part"].map(String::from).into()
}

fn write(folder: &Path, files: &[String]) {
    for file in files.iter().map(|file| folder.join(file)) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "template").unwrap();
    }
}

#[test]
fn what_a_kernel_writes_does_not_reach_the_template() {
    let folder = tempfile::tempdir().unwrap();
    let [template, private, second] =
        ["template", "private", "second"].map(|name| folder.path().join(name));
    let files = [
        "Cargo.toml".into(),
        "src/lib.rs".into(),
        "target/debug/deps/libctx.so".into(),
        format!("target/debug/deps/liblibrary-{HASH}.rlib"),
        format!("target/debug/deps/libits_part-{HASH}.rlib"),
        format!("target/debug/deps/its_part-{HASH}.d"),
        format!("target/debug/build/its-part-{HASH}/output"),
        "target/debug/.fingerprint/heavy/x".into(),
    ];
    write(&template, &files);
    let out = template.join(format!("target/debug/build/library-{HASH}/out"));
    fs::create_dir_all(&out).unwrap();
    symlink(folder.path(), out.join("link")).unwrap();
    copy_warm(&template, &private, &own()).unwrap();
    fs::create_dir_all(template.join("analyzer/library")).unwrap();
    copy_warm(&template, &second, &own()).unwrap();
    assert!(!second.join("analyzer").exists());
    for file in &files {
        fs::write(private.join(file), "kernel").unwrap();
        assert_eq!(fs::read_to_string(template.join(file)).unwrap(), "template", "{file}");
    }
    let link = private.join(format!("target/debug/build/library-{HASH}/out/link"));
    assert_eq!(fs::read_link(link).unwrap(), folder.path());
}

#[test]
fn copies_keep_their_modification_time_and_dependencies_are_links() {
    let folder = tempfile::tempdir().unwrap();
    let [template, private] = ["template", "private"].map(|name| folder.path().join(name));
    let heavy = format!("target/debug/deps/libheavy-{HASH}.rlib");
    write(&template, &[heavy.clone(), "Cargo.toml".into()]);
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let manifest = fs::File::options().append(true).open(template.join("Cargo.toml")).unwrap();
    manifest.set_modified(past).unwrap();
    copy_warm(&template, &private, &own()).unwrap();
    let data = |file: &Path| fs::metadata(file).unwrap();
    assert_eq!(data(&private.join("Cargo.toml")).modified().unwrap(), past);
    assert_eq!(data(&template.join(&heavy)).ino(), data(&private.join(&heavy)).ino());
}

#[test]
fn the_projects_own_crates_go_and_their_dependencies_stay() {
    let folder = tempfile::tempdir().unwrap();
    let target = |name: &str| format!("target/x86_64/debug/{name}");
    let hashed = |name: &str, end: &str| target(&format!("{name}-{HASH}{end}"));
    let kept = [
        hashed("deps/libheavy", ".rlib"),
        hashed("deps/liblibrary_more", ".rlib"),
        hashed(".fingerprint/its-part-more", "/lib-its_part_more"),
    ];
    let unwanted = [
        hashed("deps/liblibrary", ".rlib"),
        hashed("deps/libits_part", ".rmeta"),
        hashed(".fingerprint/its-part", "/lib-its_part"),
        hashed("build/library", "/output"),
    ];
    let intermediate = target("incremental/ctx-1/s-1/x.o");
    write(folder.path(), &kept);
    write(folder.path(), &unwanted);
    write(folder.path(), std::slice::from_ref(&intermediate));
    let is_there = |file: &String| folder.path().join(file).exists();
    remove_intermediate(folder.path());
    assert!(!is_there(&intermediate) && unwanted.iter().all(is_there));
    remove_own(folder.path(), &own());
    assert!(!unwanted.iter().any(is_there) && kept.iter().all(is_there));
}
