//! Removing what set-up made, and nothing else.

use super::home::{self, Home, Lock};
use super::{disk, link};
use crate::command::libtorch_link;
use crate::kernel;
use anyhow::{Context, Result, bail};
use notebook_kernel::files as install;
use std::fs;
use std::path::Path;

/// How much is to be removed.
#[derive(clap::Args)]
pub struct Options {
    /// Also the cache that all clones share: libtorch, evcxr, the Python environment
    #[arg(long)]
    cache: bool,
}

/// Removes this clone's link and kernel template, and the cache if asked for.
///
/// The link goes last: while anything is refused, plain cargo commands work as before.
pub fn run(home: &Home, project: &Path, options: &Options) -> Result<()> {
    if options.cache {
        let lock = lock_cache(home)?;
        notebook_kernel::remove_outside_cache(&kernel::settings(home))?;
        match lock {
            Some(lock) => remove_cache(home, lock)?,
            None => println!("no {}", home.root().display()),
        }
    } else {
        if let Some(folder) = notebook_kernel::remove(&kernel::settings(home), project)? {
            println!("removed {}", folder.display());
        }
        println!("kept the cache {}; `--cache` removes it too", home.root().display());
    }
    let link = libtorch_link(project);
    match link::remove(project)? {
        true => println!("removed {}", link.display()),
        false => println!("no {}", link.display()),
    }
    println!("`cargo clean` removes what was compiled; data/ is yours to remove");
    Ok(())
}

/// Takes the cache, if there is one, from every set-up.
///
/// # Errors
/// If it is not the course's to remove.
fn lock_cache(home: &Home) -> Result<Option<Lock>> {
    let root = home.root();
    if !root.exists() {
        return Ok(None);
    }
    if !home.is_ours() {
        let (root, variable) = (root.display(), home::VARIABLE);
        bail!("{root} was not made by the course and is left alone; is {variable} right?");
    }
    home.lock().map(Some)
}

fn remove_cache(home: &Home, lock: Lock) -> Result<()> {
    let root = home.root();
    kernel::elsewhere::remove(home);
    println!("removing {}, {} MB", root.display(), disk::size(root) / 1_000_000);
    // The marker goes last, so that a killed removal can be run again; the lock with it,
    // so that no set-up begins before.
    for entry in fs::read_dir(root).with_context(|| format!("cannot read {}", root.display()))? {
        let path = entry?.path();
        if !home.is_kept_to_the_end(&path) {
            install::remove(&path)?;
        }
    }
    fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))?;
    drop(lock);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebodys_folder_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years").unwrap();
        let error = lock_cache(&Home::at(folder.path()).unwrap()).unwrap_err();
        assert!(error.to_string().contains("left alone"), "{error}");
        assert!(folder.path().join("thesis.txt").exists());
    }

    #[test]
    fn our_own_folder_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("cache")).unwrap();
        home.prepare().unwrap();
        fs::create_dir(home.root().join("kernels")).unwrap();
        let lock = lock_cache(&home).unwrap().unwrap();
        remove_cache(&home, lock).unwrap();
        assert!(!home.root().exists());
        assert!(lock_cache(&home).unwrap().is_none());
    }
}
