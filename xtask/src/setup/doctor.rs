//! What is there and what is wrong, without changing anything and without the network.

use super::finding::{Finding, SET_UP, State};
use super::home::Home;
use super::{Needs, data, disk, evcxr, libtorch, link, python, tools};
use crate::kernel;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Prints every part; succeeds only if the course can run.
pub fn run(home: &Home, project: &Path) -> Result<ExitCode> {
    let findings = inspect(home, project);
    for finding in &findings {
        println!("{:8} {:20} {}", finding.state, finding.part, finding.detail);
        if !finding.is_found() {
            println!("{:8} {:20} remedy: {}", "", "", finding.remedy);
        }
    }
    let blocking = findings.iter().filter(|finding| blocks(finding)).count();
    if blocking > 0 {
        println!("The course cannot run: {blocking} of {} parts to repair.", findings.len());
        return Ok(ExitCode::FAILURE);
    }
    println!("The course can run.");
    Ok(ExitCode::SUCCESS)
}

fn inspect(home: &Home, project: &Path) -> Vec<Finding> {
    let mut findings = tools::inspect(Needs::Course);
    findings.push(python::COURSE.inspect(home));
    findings.push(libtorch::inspect(home, project));
    findings.push(link::inspect(home, project));
    findings.push(match libtorch::find(home, project) {
        Ok(Some(libtorch)) => libtorch::inspect_loader(&libtorch.folder),
        _ => Finding::missing(libtorch::LOADER, "no libtorch yet", SET_UP),
    });
    findings.push(evcxr::inspect(home));
    findings.extend(kernel::inspect(home, project));
    findings.extend(kernel::elsewhere::inspect(home, project));
    findings.push(data::inspect(project));
    let all_there = findings.iter().all(|finding| !blocks(finding));
    findings.extend(disk::inspect(home, project, all_there));
    findings
}

/// Without MNIST the course runs on look-alike digits; with a damaged one it does not. A kernel
/// elsewhere is none of its parts.
fn blocks(finding: &Finding) -> bool {
    match finding.state {
        State::Found => false,
        State::Missing => finding.part != data::PART,
        State::Wrong => ![disk::CLONE_PART, kernel::elsewhere::PART].contains(&&*finding.part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_mnist_blocks_the_course_and_a_missing_one_does_not() {
        assert!(!blocks(&Finding::missing(data::PART, "", "")));
        assert!(blocks(&Finding::wrong(data::PART, "", "")));
        assert!(blocks(&Finding::missing("libtorch", "", "")));
        assert!(!blocks(&Finding::wrong(disk::CLONE_PART, "", "")));
        assert!(!blocks(&Finding::found("libtorch", "")));
    }
}
