use super::*;
use tempfile::TempDir;

/// A cache, a clone and a program for its launcher.
struct Place {
    root: TempDir,
    settings: Settings,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        let settings = Settings::of_test(&root.path().join("cache"));
        fs::write(root.path().join("program"), "a launcher").unwrap();
        Place { root, settings }
    }

    fn clone_folder(&self, name: &str) -> PathBuf {
        let folder = self.root.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn register(&self, project: &Path) {
        register(&self.settings, project, &self.root.path().join("program")).unwrap();
    }

    /// What a clone whose kernel has another source registers.
    fn register_another_version(&self, project: &Path) -> PathBuf {
        let launcher = launchers(&self.settings).join("0123456789abcdef");
        files::write(&launcher, b"another launcher", 0o755).unwrap();
        let text = specification(&self.settings, project);
        let text = text.replace(crate::VERSION, "0123456789abcdef");
        let file = specification_file(&self.settings, &jupyter_folder(&self.settings, project));
        files::write(&file, text.as_bytes(), 0o644).unwrap();
        launcher
    }
}

#[test]
fn what_was_changed_is_written_anew_and_what_nobody_names_goes() {
    let place = Place::new();
    let (settings, project) = (&place.settings, &place.clone_folder("clone"));
    let old = launchers(settings).join("0123456789abcdef");
    files::write(&old, b"", 0o755).unwrap();
    assert_eq!(inspect(settings, project).state, State::Missing);
    place.register(project);
    assert_eq!(inspect(settings, project).state, State::Found);
    assert!(!old.exists());
    assert_eq!(Settings::read(&settings_file(settings, project)).unwrap(), *settings);
    for (file, _) in written(settings, project) {
        fs::write(file, "an older version").unwrap();
        assert_eq!(inspect(settings, project).state, State::Wrong);
        place.register(project);
        assert_eq!(inspect(settings, project).state, State::Found);
    }
    let others = Settings { remedy: "another".into(), ..settings.clone() };
    assert_eq!(inspect(&others, project).state, State::Wrong);
}

#[test]
fn two_clones_of_different_versions_keep_their_kernels_until_a_clone_is_gone() {
    let place = Place::new();
    let [one, other] = ["one", "other"].map(|name| place.clone_folder(name));
    let older = place.register_another_version(&one);
    for _ in 0..3 {
        place.register(&other);
        assert!(older.is_file() && jupyter_folder(&place.settings, &one).is_dir());
        assert_eq!(inspect(&place.settings, &other).state, State::Found);
        assert_eq!(inspect(&place.settings, &one).state, State::Wrong, "of another version");
    }
    // Clones of one version may differ in their settings alone.
    let settings = Settings { remedy: "another".into(), ..place.settings.clone() };
    let third = place.clone_folder("third");
    register(&settings, &third, &place.root.path().join("program")).unwrap();
    assert_eq!(inspect(&settings, &third).state, State::Found);
    assert_eq!(inspect(&place.settings, &other).state, State::Found);
    let of_one = jupyter_folder(&place.settings, &one);
    fs::remove_dir(&one).unwrap();
    place.register(&other);
    assert!(!older.exists() && !of_one.exists());
    assert_eq!(inspect(&settings, &third).state, State::Found);
}

#[test]
fn a_users_own_jupyter_gets_and_loses_the_kernel_when_asked() {
    let place = Place::new();
    let (settings, project) = (&place.settings, &place.clone_folder("clone"));
    let jupyter = place.root.path().join("share/jupyter");
    assert!(register_in(&jupyter, settings, project).is_err(), "nothing is set up");
    place.register(project);
    assert_eq!(inspect_in(&jupyter, settings, project).state, State::Missing);
    for _ in 0..2 {
        register_in(&jupyter, settings, project).unwrap();
        assert_eq!(inspect_in(&jupyter, settings, project).state, State::Found);
        assert!(registered_in(settings).iter().eq([&jupyter]));
    }
    let file = unregister_in(&jupyter, settings).unwrap().unwrap();
    assert!(!file.exists() && !file.parent().unwrap().exists());
    assert!(registered_in(settings).is_empty());
    assert_eq!(unregister_in(&jupyter, settings).unwrap(), None);
}

#[test]
fn a_kernel_of_that_name_that_is_somebody_elses_is_left_alone() {
    let place = Place::new();
    let (settings, project) = (&place.settings, &place.clone_folder("clone"));
    place.register(project);
    let jupyter = place.root.path().join("share/jupyter");
    let file = specification_file(settings, &jupyter);
    for text in ["{\"argv\": [\"python\"]}", "no JSON", "{\"env\": {\"TEST_KERNEL_HOME\": \"/a\"}}"]
    {
        files::write(&file, text.as_bytes(), 0o644).unwrap();
        let errors = [
            register_in(&jupyter, settings, project).unwrap_err(),
            unregister_in(&jupyter, settings).unwrap_err(),
        ];
        for error in errors {
            let error = error.to_string();
            assert!(error.contains("another kernel's") && error.contains("kernel.json"), "{error}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        assert_eq!(inspect_in(&jupyter, settings, project).state, State::Missing);
    }
}

#[test]
fn a_registered_kernel_keeps_its_launcher_and_is_called_stale_when_its_clone_moves_on() {
    let place = Place::new();
    let (settings, project) = (&place.settings, &place.clone_folder("clone"));
    let jupyter = place.root.path().join("share/jupyter");
    place.register(project);
    register_in(&jupyter, settings, project).unwrap();
    let file = specification_file(settings, &jupyter);
    let older = fs::read_to_string(&file).unwrap().replace(crate::VERSION, "0123456789abcdef");
    fs::write(&file, older).unwrap();
    let gone = inspect_in(&jupyter, settings, project);
    assert!(gone.state == State::Wrong && gone.detail.contains("which is gone"), "{gone:?}");
    let launcher = launchers(settings).join("0123456789abcdef");
    let file_of_settings = settings_file(settings, project);
    let name = file_of_settings.file_name().unwrap().to_str().unwrap();
    let older_settings = name.replace(crate::VERSION, "0123456789abcdef");
    for file in [launcher.clone(), launchers(settings).join(older_settings)] {
        files::write(&file, b"", 0o755).unwrap();
    }
    place.register(project);
    assert!(launcher.exists());
    let stale = inspect_in(&jupyter, settings, project);
    assert!(stale.state == State::Wrong && stale.detail.contains("another version"), "{stale:?}");
    register_in(&jupyter, settings, project).unwrap();
    place.register(project);
    assert!(!launcher.exists());
    // Removed by hand: nothing is left to remember.
    fs::remove_file(&file).unwrap();
    place.register(project);
    assert!(registered_in(settings).is_empty());
}

#[test]
fn the_description_names_the_files_and_the_script_names_the_extension() {
    let [(_, description), (script, code)] = FILES;
    let description: serde_json::Value = serde_json::from_str(description).unwrap();
    assert_eq!(description["name"], EXTENSION);
    assert_eq!(description["jupyterlab"]["_build"]["load"], script);
    assert!(code.contains(&format!("const NAME = '{EXTENSION}';")));
}
