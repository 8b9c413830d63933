use super::*;

/// A library that depends on one package in its folder and on one outside its workspace.
fn project(root: &Path) -> PathBuf {
    let write = |name: &str, text: &str| {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let package = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{more}")
    };
    write(
        "clone/Cargo.toml",
        &package(
            "library",
            "[workspace]\n[dependencies]\ninner-part = { path = \"parts/inner\" }\n\
             [dev-dependencies]\ntests-only = { path = \"parts/tests-only\" }\n",
        ),
    );
    write("clone/Cargo.lock", "");
    write("clone/build.rs", "fn main() {}");
    let outer =
        "[lib]\nname = \"outside\"\n[dependencies]\nouter = { path = \"../../../outer\" }\n";
    write("clone/parts/inner/Cargo.toml", &package("inner-part", outer));
    write("clone/parts/tests-only/Cargo.toml", &package("tests-only", ""));
    write("outer/Cargo.toml", &package("outer", "[workspace]\n"));
    for folder in ["clone", "clone/parts/inner", "clone/parts/tests-only", "outer"] {
        write(&format!("{folder}/src/lib.rs"), "");
    }
    root.join("clone")
}

#[test]
fn every_package_of_the_projects_own_is_known_and_watched() {
    let root = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(root.path()).unwrap();
    let project = project(&root);
    let settings = Settings::of_test(&root);
    let now = || Facts::now(&settings, &project, &Environment::default()).unwrap();
    let first = now();
    let names: Vec<&str> = first.packages.iter().map(|package| &*package.name).collect();
    assert_eq!(names, ["library", "inner-part", "outer"]);
    assert!(first.own_crates().contains(&"outside".to_owned()));
    assert_eq!(first.lock, project.join("Cargo.lock"));
    assert_eq!(first, now());
    for file in ["clone/build.rs", "clone/parts/inner/src/lib.rs", "outer/src/lib.rs"] {
        let before = now();
        fs::write(root.join(file), "// changed\nfn main() {}").unwrap();
        let after = now();
        assert_eq!(before.dependencies, after.dependencies, "{file}");
        assert_ne!(before.everything, after.everything, "{file}");
    }
    let manifest = root.join("outer/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text + "[features]\nmore = []\n").unwrap();
    assert_ne!(first.dependencies, now().dependencies);
    fs::write(root.join("clone/parts/tests-only/src/lib.rs"), "// changed").unwrap();
    assert_eq!(now(), now());
    // Cargo takes settings from every folder above a kernel's.
    let before = now();
    fs::create_dir(root.join(".cargo")).unwrap();
    fs::write(root.join(".cargo/config.toml"), "[build]\nrustc-wrapper = \"sccache\"\n").unwrap();
    assert_ne!(before.dependencies, now().dependencies);
}

#[test]
fn a_file_that_was_written_again_is_newer_than_the_template() {
    use std::time::{Duration, SystemTime};
    let folder = tempfile::tempdir().unwrap();
    let (template, file) = (folder.path().join("template"), folder.path().join("build.rs"));
    fs::create_dir_all(crate_folder(&template).join("target")).unwrap();
    fs::write(&file, "").unwrap();
    let mut facts = Facts::of_test(folder.path());
    facts.write(&template).unwrap();
    let begun = fs::metadata(template.join(FILE)).unwrap().modified().unwrap();
    facts.note(&template).unwrap();
    assert_eq!(fs::metadata(template.join(FILE)).unwrap().modified().unwrap(), begun);
    let now = facts.clone();
    facts.watched.insert(file.clone());
    assert!(facts.are_current(&now, &template));
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::File::options().append(true).open(&file).unwrap().set_modified(later).unwrap();
    assert!(!facts.are_current(&now, &template));
    fs::remove_file(&file).unwrap();
    assert!(!facts.are_current(&now, &template));
}
