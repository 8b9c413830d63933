//! Getting what the course needs, part by part, only what is missing.

use crate::finding::{Finding, State};
use crate::home::Home;
use crate::process::clock;
use crate::{data, evcxr, kernel, libtorch, link, python, tools};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;
use std::time::Instant;

/// Gets what is missing; writes nothing where nothing is.
pub fn run(home: &Home, project: &Path) -> Result<()> {
    let start = Instant::now();
    tools::require()?;
    println!("The course's parts, in {}", home.root().display());
    let mut setup = SetUp { home, lock: None };
    setup.part(python::PART, python::USUAL, || python::inspect(home), || python::install(home))?;
    setup.part(
        libtorch::PART,
        libtorch::USUAL,
        || libtorch::inspect(home, project),
        || libtorch::install(home),
    )?;
    let libtorch = libtorch::find(home, project)?.context("libtorch is gone")?;
    link::ensure(project, &libtorch.folder)?;
    setup.part(evcxr::PART, evcxr::USUAL, || evcxr::inspect(home), || evcxr::install(home))?;
    setup.part(
        kernel::PART,
        kernel::USUAL,
        || kernel::usable(home, project),
        || kernel::install(home, project),
    )?;
    setup.refresh_kernel(project)?;
    data::offer(project);
    println!("Ready after {}", clock(start.elapsed()));
    Ok(())
}

struct SetUp<'a> {
    home: &'a Home,
    /// Taken when the first missing part is met, and held to the end.
    lock: Option<File>,
}

impl SetUp<'_> {
    fn part(
        &mut self,
        name: &str,
        usual: &str,
        inspect: impl Fn() -> Finding,
        install: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let mut before = inspect();
        if before.state == State::Wrong && is_the_users(&before) {
            bail!("{name}: {}\n{}", before.detail, before.remedy);
        }
        if !before.is_found() && self.lock.is_none() {
            self.lock = Some(self.home.lock()?);
            // Another set-up may have brought it while this one waited.
            before = inspect();
        }
        if before.is_found() {
            println!("  {name}: already there");
            return Ok(());
        }
        let start = Instant::now();
        println!("  {name}: {}, usually {usual}", before.state);
        install().with_context(|| format!("{name} could not be set up"))?;
        let after = inspect();
        if !after.is_found() {
            bail!("{name} is still {}: {}; {}", after.state, after.detail, after.remedy);
        }
        println!("  {name}: done in {}", clock(start.elapsed()));
        Ok(())
    }

    /// A change of the library's source would be compiled again by every kernel; here it is
    /// compiled once.
    fn refresh_kernel(&mut self, project: &Path) -> Result<()> {
        if kernel::is_current(self.home, project) {
            return Ok(());
        }
        println!("  kernel: the library has changed, usually 30 s");
        if self.lock.is_none() {
            self.lock = Some(self.home.lock()?);
        }
        kernel::install(self.home, project)
    }
}

/// Whether only the user can mend it: set-up would not touch the user's own libtorch.
fn is_the_users(finding: &Finding) -> bool {
    !finding.remedy.contains(crate::finding::SET_UP) || finding.detail.starts_with("LIBTORCH")
}
