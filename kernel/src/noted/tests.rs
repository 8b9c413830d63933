use super::*;

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A build in which each of cargo's arrangements has a build script of a dependency and one of the
/// project's own.
#[test]
fn what_every_build_script_and_macro_looked_at_is_found_in_both_arrangements() {
    let root = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(root.path()).unwrap();
    let hash = "0123456789abcdef";
    for name in ["clone/build.rs", "clone/my data/a/b.txt", "clone/README.md", "home/heavy/lib.rs"]
    {
        write(&root, name, "");
    }
    write(&root, "clone/whole/lib.rs", "");
    write(&root, "system.h", "");
    let own: Vec<Package> = [("its-part", "clone"), ("whole-part", "clone/whole")]
        .map(|(name, folder)| Package {
            name: name.into(),
            folder: root.join(folder),
            ..Package::default()
        })
        .into();
    let (part, system) = (root.join("clone"), root.join("system.h"));
    let ours = "cargo::rerun-if-changed=build.rs\ncargo:rerun-if-changed=my data\n\
                cargo:rerun-if-changed=gone\ncargo::rerun-if-env-changed=PART\n";
    let heavy = format!(
        "cargo:rerun-if-env-changed=CXXFLAGS\ncargo:rerun-if-changed=build.rs\n\
         cargo:rerun-if-changed={}\n",
        system.display()
    );
    let scripts = [
        [format!("its-part-{hash}/"), format!("heavy-{hash}/"), format!("whole-part-{hash}/")],
        [
            format!("its-part/{hash}/run/"),
            format!("heavy/{hash}/run/"),
            format!("whole-part/{hash}/run/"),
        ],
    ];
    for (scripts, output) in scripts.iter().zip(["output", "stdout"]) {
        let build = root.join(output);
        let texts = [ours, &heavy, "cargo:rustc-cfg=whole\n"];
        for (script, text) in scripts.iter().zip(texts) {
            write(&build, &format!("target/debug/build/{script}{output}"), text);
            write(&build, &format!("target/debug/build/{script}root-output"), "");
        }
        let list = format!(
            "/x.d: {0}/README.md {0}/my\\ data/a/b.txt {1}/home/heavy/lib.rs {1}/{output}/src/lib.rs\n\n\
             {0}/README.md:\n# env-dep:GREETING=hello\n# env-dep:ABSENT\n",
            part.display(),
            root.display()
        );
        write(&build, &format!("target/debug/deps/its_part-{hash}.d"), &list);
        write(&build, "src/lib.rs", "");
        let noted = Noted::read(&build.join("target"), &own, &root.join("home")).unwrap();
        let variables = ["ABSENT", "CXXFLAGS", "GREETING", "PART"].map(String::from);
        assert_eq!(noted.variables, variables.into());
        let files = [
            "build.rs",
            "README.md",
            "my data",
            "my data/a",
            "my data/a/b.txt",
            "whole",
            "whole/lib.rs",
        ];
        let mut expected: BTreeSet<PathBuf> = files.map(|name| part.join(name)).into();
        expected.insert(system.clone());
        assert_eq!(noted.files, expected);
    }
}
