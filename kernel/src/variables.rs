//! The variables of a build: a template notes those it was built with, and its kernels are given
//! exactly these, whatever their own shell has. With others cargo would compile dependencies.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::remove_variables;
use crate::settings::Environment;

/// Names, and values where they were set.
pub type Variables = BTreeMap<String, Option<String>>;

/// The folder in which cargo keeps sources; their paths are part of what it compares.
const CARGO_HOME: &str = "CARGO_HOME";

/// Begins those by which cargo is told the linker of a platform.
const LINKERS: &str = "CARGO_TARGET_";

/// What an account or a kernel has of its own, also where a build script looks at it.
const PERSONAL: [&str; 2] = ["HOME", "PATH"];

/// Those of this shell that count before anything is compiled.
pub fn of_shell() -> Variables {
    let is_linker = |name: &String| name.starts_with(LINKERS) && !changes_builds(name);
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut variables: Variables =
        names.filter(is_linker).map(|name| (name.clone(), env::var(name).ok())).collect();
    let set = env::var_os(CARGO_HOME).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = set.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let home =
        home.and_then(|home| std::path::absolute(home).ok()?.into_os_string().into_string().ok());
    variables.insert(CARGO_HOME.into(), home);
    variables
}

/// Adds those that cargo has noted in a build that this shell has started.
pub fn add(
    variables: &mut Variables,
    noted: impl IntoIterator<Item = String>,
    environment: &Environment,
) {
    let is_given = |name: &str| environment.set.contains_key(name) || PERSONAL.contains(&name);
    for name in noted.into_iter().filter(|name| !is_given(name) && !changes_builds(name)) {
        variables.entry(name.clone()).or_insert_with(|| env::var(name).ok());
    }
}

/// Those that have another value in this shell.
pub fn differing(variables: &Variables) -> Vec<&str> {
    let differs = |(name, value): &(&String, &Option<String>)| {
        **name != CARGO_HOME && env::var(name).ok() != **value
    };
    variables.iter().filter(differs).map(|(name, _)| &**name).collect()
}

/// The folder of cargo's sources and of its user's settings.
pub fn cargo_home(variables: &Variables) -> &Path {
    Path::new(variables.get(CARGO_HOME).and_then(Option::as_deref).unwrap_or_default())
}

/// Has a program run with these variables and none else that changes a build.
pub fn give(variables: &Variables, command: &mut Command) {
    let is_given = |name: &str| variables.contains_key(name) || name.starts_with(LINKERS);
    remove_variables(command, |name| is_given(name) || changes_builds(name));
    command.envs(variables.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
}

/// What would make cargo take the template's crates for built otherwise than now asked, and is
/// evcxr's to say, or nobody's.
fn changes_builds(name: &str) -> bool {
    const GROUPS: [&str; 6] = [
        "CARGO_PROFILE_",
        "CARGO_BUILD_",
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_UNSTABLE_",
        "CARGO_HOST_",
    ];
    const NAMES: [&str; 6] = [
        "OUT_DIR",
        "CARGO_TARGET_DIR",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "RUSTC_WORKSPACE_WRAPPER",
    ];
    GROUPS.iter().any(|group| name.starts_with(group)) || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_given_what_the_template_was_built_with() {
        let variables = Variables::from([("CXXFLAGS".into(), Some("-O1".into()))]);
        let mut command = Command::new("true");
        give(&variables, &mut command);
        let given: BTreeMap<_, _> = command.get_envs().collect();
        assert_eq!(given["CXXFLAGS".as_ref() as &std::ffi::OsStr], Some("-O1".as_ref()));
        // Set for every test by cargo.
        assert_eq!(given["CARGO_PKG_NAME".as_ref() as &std::ffi::OsStr], None);
    }

    #[test]
    fn of_what_was_noted_the_values_of_this_shell_count_unless_they_are_known() {
        let environment = Environment {
            set: [("LIBRARY".into(), "/lib".into())].into(),
            ..Environment::default()
        };
        let mut variables = Variables::from([("KNOWN".into(), Some("before".into()))]);
        let noted = ["KNOWN", "LIBRARY", "HOME", "OUT_DIR", "CARGO", "NO_SUCH_VARIABLE"];
        add(&mut variables, noted.map(String::from), &environment);
        let expected = Variables::from([
            ("CARGO".into(), env::var("CARGO").ok()),
            ("KNOWN".into(), Some("before".into())),
            ("NO_SUCH_VARIABLE".into(), None),
        ]);
        assert_eq!(variables, expected);
        assert_eq!(differing(&variables), ["KNOWN"]);
        assert!(cargo_home(&of_shell()).is_absolute());
    }
}
