use super::*;

#[test]
fn a_notebook_of_the_course_is_known_by_whatever_path() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    for clone in ["clone", "other"] {
        let folder = root.join(clone).join("notebooks/drawings");
        fs::create_dir_all(&folder).unwrap();
        fs::write(root.join(clone).join("Cargo.toml"), "name = \"mnist_tutorial\"\n").unwrap();
        fs::write(folder.join("../04-testing.ipynb"), "{}").unwrap();
        let solutions = root.join(clone).join(SOLUTIONS);
        fs::create_dir_all(&solutions).unwrap();
        fs::write(solutions.join("04-testing.ipynb"), "{}").unwrap();
    }
    let links = ["folder", "file.ipynb"].map(|name| root.join(name));
    std::os::unix::fs::symlink(root.join("clone/notebooks"), &links[0]).unwrap();
    std::os::unix::fs::symlink("clone/notebooks/04-testing.ipynb", &links[1]).unwrap();
    for (path, clone) in [
        ("clone/notebooks/04-testing.ipynb", "clone"),
        ("clone/./notebooks/../notebooks/drawings/../04-testing.ipynb", "clone"),
        ("other/../clone/notebooks/04-testing.ipynb", "clone"),
        ("folder/04-testing.ipynb", "clone"),
        ("file.ipynb", "clone"),
        ("other/notebooks/04-testing.ipynb", "other"),
        ("clone/exercises/solutions/04-testing.ipynb", "clone"),
    ] {
        assert_eq!(course_of(&root.join(path)), Some(root.join(clone)), "{path}");
    }
    let own = root.join("clone/04-testing.ipynb");
    fs::write(&own, "{}").unwrap();
    assert_eq!(course_of(&own), None);
    // From the clone's own folder, as `cargo xtask run notebooks/04-testing.ipynb` names it.
    let relative = Path::new("../notebooks/04-testing.ipynb");
    let this = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    assert_eq!(course_of(relative), Some(this.to_owned()));
}

#[test]
fn a_notebook_is_named_by_its_number_its_name_or_its_file() {
    let all = ["n/01-data.ipynb", "n/02-network.ipynb"].map(PathBuf::from);
    let solutions = ["s/01-data.ipynb", "s/02-network.ipynb"].map(PathBuf::from);
    let find = |name| find(&all, &solutions, name);
    for name in ["02", "02-network", "02-network.ipynb", "notebooks/02-network.ipynb"] {
        assert_eq!(find(name).unwrap(), all[1], "{name}");
    }
    for name in ["exercises/02", "exercises/solutions/02-network.ipynb"] {
        assert_eq!(find(name).unwrap(), solutions[1], "{name}");
    }
    for name in ["2", "0", "03", ""] {
        let error = find(name).unwrap_err().to_string();
        assert!(error.contains("there are 01-data, 02-network"), "{error}");
    }
    let error = find("exercises/03").unwrap_err().to_string();
    assert!(error.contains("there are exercises/01-data, exercises/02"), "{error}");
}

#[test]
fn the_solutions_are_named_together() {
    let project = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let file = project.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "{}").unwrap();
        file
    };
    let notebook = file("notebooks/01-data.ipynb");
    let solutions = ["exercises/solutions/01-data.ipynb", "exercises/solutions/02-a.ipynb"];
    let [first, second] = solutions.map(file);
    file("exercises/01-data.ipynb");
    let select = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        select(project.path(), &names).unwrap()
    };
    assert_eq!(select(&["exercises"]), [first.clone(), second.clone()]);
    assert_eq!(select(&["01", "exercises/01"]), [notebook, first]);
    assert_eq!(select(&["exercises/solutions/02-a", "exercises/02"]), [second.clone(), second]);
    assert_eq!(select(&[]).len(), 1);
}
