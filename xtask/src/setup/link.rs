//! `.cargo/libtorch`: what `.cargo/config.toml` names, so that plain cargo finds libtorch.

use super::finding::{Finding, SET_UP};
use super::home::Home;
use super::libtorch;
use crate::command::{libtorch_link, users_libtorch};
use anyhow::{Context, Result, bail};
use notebook_kernel::files as install;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Whether the link leads to the libtorch that is used.
pub fn inspect(home: &Home, project: &Path) -> Finding {
    const PART: &str = "link for cargo";
    let link = libtorch_link(project);
    let Ok(target) = fs::read_link(&link) else {
        return Finding::missing(PART, format!("no {}", link.display()), SET_UP);
    };
    let (link, shown) = (link.display(), target.display());
    let found = libtorch::find(home, project).ok().flatten();
    match found.is_some_and(|found| found.folder == target) {
        true => Finding::found(PART, format!("{link} to {shown}")),
        false => Finding::wrong(PART, format!("{link} leads to {shown}"), SET_UP),
    }
}

/// Points the link at `libtorch`; a right one is left as it is.
pub fn ensure(project: &Path, libtorch: &Path) -> Result<()> {
    let link = libtorch_link(project);
    match fs::symlink_metadata(&link) {
        Ok(data) if !data.is_symlink() => bail!(
            "{} is not a link but something of yours; move it away and run this again",
            link.display()
        ),
        Ok(_) if fs::read_link(&link).is_ok_and(|old| old == libtorch) => return Ok(()),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", link.display()));
        }
        _ => {}
    }
    let new = install::beside(&link, &format!(".{}.partial", std::process::id()));
    std::os::unix::fs::symlink(libtorch, &new).and_then(|()| fs::rename(&new, &link)).with_context(
        || {
            let advice = match users_libtorch(project) {
                Some(_) => "it is not needed while LIBTORCH is set".to_owned(),
                None => format!("set LIBTORCH={} instead", libtorch.display()),
            };
            format!("cannot make the link {}; {advice}", link.display())
        },
    )
}

/// Removes the link; never what it points at.
pub fn remove(project: &Path) -> Result<bool> {
    let link = libtorch_link(project);
    if !link.is_symlink() {
        return Ok(false);
    }
    fs::remove_file(&link).with_context(|| format!("cannot remove {}", link.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clone() -> tempfile::TempDir {
        let project = tempfile::tempdir().unwrap();
        fs::create_dir(project.path().join(".cargo")).unwrap();
        project
    }

    #[test]
    fn the_link_follows_what_was_found() {
        let project = clone();
        for target in ["/one place", "/one place", "/größer"] {
            ensure(project.path(), Path::new(target)).unwrap();
            assert_eq!(fs::read_link(libtorch_link(project.path())).unwrap(), Path::new(target));
        }
        assert_eq!(fs::read_dir(project.path().join(".cargo")).unwrap().count(), 1);
        assert!(remove(project.path()).unwrap());
        assert!(!remove(project.path()).unwrap());
    }

    #[test]
    fn a_folder_in_its_place_is_kept() {
        let project = clone();
        fs::create_dir(libtorch_link(project.path())).unwrap();
        let error = ensure(project.path(), Path::new("/one")).unwrap_err().to_string();
        assert!(error.contains("something of yours"), "{error}");
        assert!(!remove(project.path()).unwrap());
        assert!(libtorch_link(project.path()).is_dir());
    }
}
