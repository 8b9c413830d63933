use super::*;

fn words(text: &str) -> Vec<OsString> {
    text.split(' ').map(OsString::from).collect()
}

#[test]
fn questions_about_the_compiler_are_general_and_those_about_a_crate_are_not() {
    for general in ["-vV", "--version", "rustc -Z unstable-options --print cfg -- -O"] {
        assert!(is_general(&words(general)), "{general}");
    }
    let crates = ["locate-project --manifest-path /a/Cargo.toml", "build", "--print cfg a/b.rs"];
    for of_a_crate in crates {
        assert!(!is_general(&words(of_a_crate)), "{of_a_crate}");
    }
}

#[test]
fn a_key_changes_with_program_arguments_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("analyzer");
    let [rustc, other] = ["rustc", "other"].map(|name| folder.path().join(name));
    fs::write(&rustc, "1").unwrap();
    fs::write(&other, "1").unwrap();
    let of = |program: &Path, text: &str| key(program, &words(text), &own).unwrap();
    let first = of(&rustc, "--print cfg");
    assert_eq!(first, of(&rustc, "--print cfg"));
    assert_ne!(first, of(&rustc, "--print=cfg"));
    assert_ne!(first, of(&other, "--print cfg"));
    fs::create_dir(folder.path().join(".cargo")).unwrap();
    fs::write(folder.path().join(".cargo/config.toml"), "[build]").unwrap();
    let configured = of(&rustc, "--print cfg");
    assert_ne!(first, configured);
    fs::write(&rustc, "another compiler").unwrap();
    assert_ne!(configured, of(&rustc, "--print cfg"));
    assert!(key(&folder.path().join("gone"), &words("-vV"), &own).is_err());
}

#[test]
fn the_first_folder_that_remembers_answers() {
    let folder = tempfile::tempdir().unwrap();
    let [own, shared] = ["own", "shared"].map(|name| folder.path().join(name));
    let both: [&Path; 2] = [&own, &shared];
    assert_eq!(recall(&both, "key"), None);
    remember(&shared, "key", b"shared").unwrap();
    assert_eq!(recall(&both, "key").unwrap(), b"shared");
    remember(&own, "key", b"own").unwrap();
    assert_eq!(recall(&both, "key").unwrap(), b"own");
}
