//! Getting what the course needs, part by part, only what is missing.

pub mod clean;
pub mod data;
pub mod disk;
pub mod doctor;
pub mod evcxr;
pub mod finding;
pub mod home;
pub mod libtorch;
pub mod link;
pub mod python;
pub mod tools;

use crate::kernel;
use crate::process::{self, clock};
use anyhow::{Context, Result, bail};
use finding::Finding;
use home::{Home, Lock};
use std::path::Path;
use std::time::Instant;

/// How much of the course a task needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Cargo alone.
    Nothing,
    /// The Python environment.
    Python,
    /// What plain cargo needs to build and test the library, the tests' Python included.
    Libtorch,
    /// Everything, kernel and MNIST included.
    Course,
}

/// Gets everything that is missing; writes nothing where nothing is.
pub fn run(home: &Home, project: &Path) -> Result<()> {
    only(home, project, Needs::Course)
}

/// Gets what is missing of what is needed.
pub fn only(home: &Home, project: &Path, needs: Needs) -> Result<()> {
    if needs == Needs::Nothing {
        return Ok(());
    }
    let start = Instant::now();
    tools::require(needs)?;
    println!("The course's parts, in {}", home.root().display());
    let mut setup = SetUp { home, lock: None };
    // Comes first: its pip is one way to libtorch.
    let course = python::COURSE;
    setup.part(course.part, course.usual, || course.inspect(home), || course.install(home))?;
    if needs != Needs::Python {
        let inspect = || libtorch::inspect(home, project);
        setup.part(libtorch::PART, libtorch::USUAL, inspect, || libtorch::install(home))?;
        let libtorch = libtorch::find(home, project)?.context("libtorch is gone")?;
        link::ensure(project, &libtorch.folder)?;
    }
    if needs == Needs::Course {
        setup.part(evcxr::PART, evcxr::USUAL, || evcxr::inspect(home), || evcxr::install(home))?;
        let (inspect, install) =
            (|| kernel::usable(home, project), || kernel::install(home, project));
        setup.part(kernel::PART, kernel::USUAL, inspect, install)?;
        setup.refresh_kernel(project)?;
        data::offer(project)?;
    }
    println!("Ready after {}", clock(start.elapsed()));
    Ok(())
}

struct SetUp<'a> {
    home: &'a Home,
    /// Taken when the first missing part is met, and held to the end.
    lock: Option<Lock>,
}

impl SetUp<'_> {
    fn lock(&mut self) -> Result<()> {
        if self.lock.is_none() {
            let lock = self.home.lock()?;
            process::pass_on(lock.file())?;
            self.lock = Some(lock);
        }
        Ok(())
    }

    fn part(
        &mut self,
        name: &str,
        usual: &str,
        inspect: impl Fn() -> Finding,
        install: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let mut before = inspect();
        if before.is_the_users {
            return Err(before.into_error()).with_context(|| name.to_owned());
        }
        if !before.is_found() && self.lock.is_none() {
            self.lock()?;
            // Another set-up may have brought it while this one waited.
            before = inspect();
        }
        if before.is_found() {
            println!("  {name}: already there");
            return Ok(());
        }
        let start = Instant::now();
        println!("  {name}: {}, usually {usual}", before.state);
        install().map_err(disk::explain).with_context(|| format!("{name} could not be set up"))?;
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
        self.lock()?;
        kernel::install(self.home, project).map_err(disk::explain)
    }
}
