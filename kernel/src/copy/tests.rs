use super::*;
use std::os::unix::process::CommandExt;
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
        // Cargo and build scripts write these anew in place.
        format!("target/debug/deps/heavy-{HASH}.d"),
        format!("target/debug/build/heavy-{HASH}/output"),
        format!("target/debug/build/heavy-{HASH}/root-output"),
        format!("target/debug/build/heavy-{HASH}/out/libheavy.a"),
        format!("target/debug/build/heavy-{HASH}/out/libheavy.so"),
        // As newer versions of cargo arrange them.
        format!("target/debug/build/heavy/{HASH}/run/stdout"),
        format!("target/debug/build/heavy/{HASH}/fingerprint/lib-heavy"),
        format!("target/debug/build/its-part/{HASH}/out/libits_part-{HASH}.rlib"),
    ];
    write(&template, &files);
    let out = template.join(format!("target/debug/build/library-{HASH}/out"));
    fs::create_dir_all(&out).unwrap();
    symlink(folder.path(), out.join("link")).unwrap();
    copy_warm(&template, &private, &own(), Unlinked::Copy).unwrap();
    fs::create_dir_all(template.join("analyzer/library")).unwrap();
    copy_warm(&template, &second, &own(), Unlinked::Copy).unwrap();
    assert!(!second.join("analyzer").exists());
    for file in &files {
        fs::write(private.join(file), "kernel").unwrap();
        assert_eq!(fs::read_to_string(template.join(file)).unwrap(), "template", "{file}");
    }
    let link = private.join(format!("target/debug/build/library-{HASH}/out/link"));
    assert_eq!(fs::read_link(link).unwrap(), folder.path());
}

/// What the compiler made of a dependency, in both of cargo's arrangements.
fn compiled() -> [String; 4] {
    [
        format!("target/debug/deps/libheavy-{HASH}.rlib"),
        format!("target/debug/build/heavy-{HASH}/build_script_build-{HASH}"),
        format!("target/debug/build/heavy/{HASH}/out/libheavy-{HASH}.rmeta"),
        format!("target/debug/build/heavy/{HASH}/out/libmacro-{HASH}.so"),
    ]
}

fn write_compiled(template: &Path) {
    write(template, &compiled());
    let program = template.join(&compiled()[1]);
    fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn copies_keep_their_modification_time_and_what_was_compiled_of_dependencies_is_linked() {
    let folder = tempfile::tempdir().unwrap();
    let [template, private] = ["template", "private"].map(|name| folder.path().join(name));
    write(&template, &["Cargo.toml".into()]);
    write_compiled(&template);
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let manifest = template.join("Cargo.toml");
    fs::File::options().append(true).open(&manifest).unwrap().set_modified(past).unwrap();
    fs::set_permissions(&manifest, Permissions::from_mode(0o444)).unwrap();
    copy_warm(&template, &private, &own(), Unlinked::Copy).unwrap();
    let data = |file: &Path| fs::metadata(file).unwrap();
    let copy = data(&private.join("Cargo.toml"));
    assert_eq!(copy.modified().unwrap(), past);
    assert_eq!(copy.mode() & 0o200, 0o200, "a kernel cannot write its own file");
    for file in compiled() {
        assert_eq!(data(&template.join(&file)).ino(), data(&private.join(&file)).ino(), "{file}");
    }
}

/// Names the folder to the test below, run again by an account that does not own it.
const FOLDER_OF_ANOTHER: &str = "TEST_FOLDER_OF_ANOTHER";

#[test]
fn of_a_template_that_belongs_to_another_account_symbolic_links_are_made() {
    if let Some(folder) = std::env::var_os(FOLDER_OF_ANOTHER) {
        let [template, private] =
            ["template", "others/private"].map(|name| Path::new(&folder).join(name));
        let probe = Path::new(&folder).join("others/probe");
        if fs::hard_link(template.join(&compiled()[0]), probe).is_ok() {
            println!("skipped: this system allows hard links to others' files");
            return;
        }
        copy_warm(&template, &private, &own(), Unlinked::Symlink).unwrap();
        for file in compiled() {
            assert_eq!(fs::read_link(private.join(&file)).unwrap(), template.join(&file));
        }
        let script = private.join(format!("target/debug/build/heavy-{HASH}/output"));
        fs::write(script, "kernel").unwrap();
        return;
    }
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can run a test as another account");
        return;
    }
    const NOBODY: u32 = 65534;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let template = folder.path().join("template");
    write(&template, &[format!("target/debug/build/heavy-{HASH}/output")]);
    write_compiled(&template);
    let others = folder.path().join("others");
    fs::create_dir(&others).unwrap();
    std::os::unix::fs::chown(&others, Some(NOBODY), Some(NOBODY)).unwrap();
    // The program of the tests lies where that account may have no way.
    let program = folder.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let test = "copy::tests::of_a_template_that_belongs_to_another_account_symbolic_links_are_made";
    let output = std::process::Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER_OF_ANOTHER, folder.path())
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
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
