use super::*;

#[test]
fn the_prelude_names_the_crate_as_a_notebook_does_and_keeps_no_variable() {
    let settings = Settings::of_test(Path::new("/cache"));
    let text = prelude(&settings, Path::new("/a/my \"clone\""), Path::new("/k/done"));
    let first = text.lines().next().unwrap();
    assert_eq!(first, r#":dep library = { path = "/a/my \"clone\"" }"#);
    assert!(text.contains("use library::prelude::*;\n"));
    assert!(text.contains("library::report_error($error)"));
    assert!(text.ends_with("println!(\"EVCXR_ERROR_OCCURRED\");\n"), "{text}");
    // What the macro and the trait print is for cells.
    let rest = text.replace(DISPLAY, "").replace("eprintln!", "");
    assert_eq!(rest.matches("println!").count(), 1, "{text}");
}

#[test]
fn dependencies_that_are_not_compiled_are_left_to_a_cell() {
    let root = tempfile::tempdir().unwrap();
    let [kernel, project] = ["kernel", "project"].map(|name| root.path().join(name));
    for folder in [&kernel, &project] {
        fs::create_dir(folder).unwrap();
    }
    fs::write(project.join("Cargo.toml"), "[package]").unwrap();
    fs::write(project.join("Cargo.lock"), "").unwrap();
    let file = kernel.join("evcxr/prelude.rs");
    let settings = Settings::of_test(root.path());
    let mut facts = Facts::of_test(&project);
    let write = |facts: &Facts| write(&settings, &kernel, facts).unwrap();
    write(&facts);
    assert!(!file.exists());
    facts.dependencies = facts.dependencies_now().unwrap().name();
    write(&facts);
    assert!(fs::read_to_string(&file).unwrap().contains(":dep"));
    fs::remove_file(&file).unwrap();
    fs::write(project.join("Cargo.lock"), "newer").unwrap();
    write(&facts);
    assert!(!file.exists());
}

#[test]
fn a_prelude_is_given_up_only_if_it_did_not_end() {
    let kernel = tempfile::tempdir().unwrap();
    assert!(!give_up(kernel.path()));
    let settings = kernel.path().join("evcxr");
    fs::create_dir(&settings).unwrap();
    fs::write(settings.join("prelude.rs"), "").unwrap();
    fs::write(settings.join(DONE), "").unwrap();
    assert!(!give_up(kernel.path()));
    fs::remove_file(settings.join(DONE)).unwrap();
    assert!(is_next(kernel.path()));
    assert!(give_up(kernel.path()));
    assert!(!is_next(kernel.path()));
    assert!(!give_up(kernel.path()));
}
