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
pub mod needs;
pub mod python;
pub mod tools;

use crate::kernel;
use crate::process::{self, clock};
use anyhow::{Context, Result, bail};
use finding::Finding;
use home::Home;
pub use needs::Needs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Gets everything that is missing; writes nothing where nothing is.
pub fn run(home: &Home, project: &Path) -> Result<()> {
    only(home, project, Needs::Course)
}

/// Gets what is missing of what is needed. What does not depend on each other is got at the same
/// time; the first failure ends the rest, which another set-up goes on with.
pub fn only(home: &Home, project: &Path, needs: Needs) -> Result<()> {
    if needs == Needs::Nothing {
        return Ok(());
    }
    let start = Instant::now();
    tools::require(needs)?;
    println!("The course's parts, in {}", home.root().display());
    let findings = inspect(home, project, needs)?;
    let is_course = needs == Needs::Course;
    if findings.iter().all(Finding::is_found) && (!is_course || kernel::is_current(home, project)) {
        findings.iter().for_each(|finding| println!("  {}: already there", finding.part));
        if needs != Needs::Python {
            link(home, project)?;
        }
        if is_course {
            println!("  {}: already there", kernel::PART);
            data::offer(project)?;
        }
    } else {
        // Held to the end. Another set-up may have brought everything while this one waited.
        let lock = home.lock()?;
        process::pass_on(lock.file())?;
        work(lanes(home, project, needs))?;
        if is_course {
            let (inspect, install) =
                (|| kernel::usable(home, project), || kernel::install(home, project));
            bring(kernel::PART, kernel::USUAL, inspect, install)?;
            refresh_kernel(home, project)?;
        }
    }
    println!("Ready after {}", clock(start.elapsed()));
    Ok(())
}

/// What there is of all that is needed, but for the kernel.
///
/// # Errors
/// If something of the user's own cannot be used.
fn inspect(home: &Home, project: &Path, needs: Needs) -> Result<Vec<Finding>> {
    let mut findings = vec![python::COURSE.inspect(home)];
    if needs != Needs::Python {
        findings.push(libtorch::inspect(home, project));
    }
    if needs == Needs::Course {
        findings.push(evcxr::inspect(home));
    }
    match findings.iter().find(|finding| finding.is_the_users) {
        Some(wrong) => Err(wrong.clone().into_error()).with_context(|| wrong.part.clone()),
        None => Ok(findings),
    }
}

fn link(home: &Home, project: &Path) -> Result<()> {
    let libtorch = libtorch::find(home, project)?.context("libtorch is gone")?;
    link::ensure(project, &libtorch.folder)
}

/// What is done in order, beside other lanes.
type Lane = Box<dyn FnOnce() -> Result<()> + Send>;

/// All but the kernel's last step, for which everything is needed.
fn lanes(home: &Home, project: &Path, needs: Needs) -> Vec<Lane> {
    // The environment's pip is one way to libtorch.
    let (made, is_made) = mpsc::channel();
    let own = home.clone();
    let mut lanes: Vec<Lane> = vec![Box::new(move || {
        let course = python::COURSE;
        bring(course.part, course.usual, || course.inspect(&own), || course.install(&own))?;
        // Nobody waits where libtorch has come another way.
        let _ = made.send(());
        Ok(())
    })];
    let with = |lane: fn(&Home, &Path) -> Result<()>| -> Lane {
        let (home, project) = (home.clone(), project.to_owned());
        Box::new(move || lane(&home, &project))
    };
    if needs != Needs::Python {
        let (home, project) = (home.clone(), project.to_owned());
        lanes.push(Box::new(move || {
            let inspect = || libtorch::inspect(&home, &project);
            let install = || libtorch::install(&home, || is_made.recv().is_ok());
            bring(libtorch::PART, libtorch::USUAL, inspect, install)?;
            link(&home, &project)?;
            match needs == Needs::Course && !kernel::usable(&home, &project).is_found() {
                true => compile(&home, &project),
                false => Ok(()),
            }
        }));
    }
    if needs == Needs::Course {
        lanes.push(with(|home, _| {
            bring(evcxr::PART, evcxr::USUAL, || evcxr::inspect(home), || evcxr::install(home))
        }));
        lanes.push(with(kernel::register));
        lanes.push(with(|_, project| data::offer(project)));
    }
    lanes
}

/// Works in all lanes at the same time. A download that goes on after a failure ends with this
/// program.
fn work(lanes: Vec<Lane>) -> Result<()> {
    let (sender, results) = mpsc::channel();
    for lane in lanes {
        let sender = sender.clone();
        thread::spawn(move || sender.send(lane()));
    }
    drop(sender);
    for result in results {
        if result.is_err() {
            process::end_all();
            return result;
        }
    }
    Ok(())
}

/// Gets a part where it is missing, and tells of it.
fn bring(
    name: &str,
    usual: &str,
    inspect: impl Fn() -> Finding,
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let before = inspect();
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

/// Compiles what the kernel is made of before evcxr is there.
fn compile(home: &Home, project: &Path) -> Result<()> {
    let start = Instant::now();
    println!("  {}: compiling, usually {}", kernel::CRATES, kernel::CRATES_USUAL);
    kernel::compile(home, project).map_err(disk::explain)?;
    println!("  {}: done in {}", kernel::CRATES, clock(start.elapsed()));
    Ok(())
}

/// A change of the library's source would be compiled again by every kernel; here it is
/// compiled once.
fn refresh_kernel(home: &Home, project: &Path) -> Result<()> {
    if kernel::is_current(home, project) {
        return Ok(());
    }
    println!("  kernel: the library has changed, usually 1 min");
    kernel::install(home, project).map_err(disk::explain)
}
