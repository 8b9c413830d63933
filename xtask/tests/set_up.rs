//! Set-up, with small programs in the place of pip and cargo, and a server of our own.
#![allow(clippy::unwrap_used)]

mod support;

use rustix::process::{Pid, Signal, kill_process_group};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use support::{Machine, archive, listing, package, serve, serve_securely, zip};

/// Whether PyTorch publishes an archive for this machine.
const HAS_ARCHIVE: bool = cfg!(any(
    all(target_os = "linux", target_arch = "x86_64"),
    all(target_os = "macos", target_arch = "aarch64")
));

/// A machine whose archive can be fetched.
fn connected() -> Machine {
    let mut machine = Machine::new();
    let bytes = archive("2.13.0+cpu");
    machine.archive_at(serve(bytes.clone()), &bytes);
    if !HAS_ARCHIVE {
        let folder = machine.libtorch("2.13.0").display().to_string();
        machine.variables.insert("LIBTORCH".into(), folder);
    }
    machine
}

/// Every part that bears its final name is whole.
fn assert_nothing_half(machine: &Machine) {
    let Ok(entries) = fs::read_dir(machine.home()) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("evcxr-") && !name.contains(".partial") && !name.ends_with(".old") {
            let program = fs::read_to_string(path.join("bin/evcxr_jupyter")).unwrap();
            assert!(program.contains("whole"), "{name}");
        }
        if name == "libtorch-2.13.0" {
            let entries = walkdir::WalkDir::new(&path).into_iter().flatten();
            let files = entries.filter(|entry| entry.file_type().is_file()).count();
            assert_eq!(files, 6, "{name}");
        }
        if path.join("complete").exists() {
            assert!(path.join("bin/python").exists(), "{name}");
        }
    }
}

#[test]
fn a_killed_set_up_never_leaves_a_half_that_counts() {
    let machine = connected();
    for milliseconds in [3, 250, 40, 90, 140, 15, 180, 60, 300, 120, 200, 400] {
        let mut child = machine
            .xtask(&["setup"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        let group = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let _ = kill_process_group(group, Signal::KILL);
        child.wait().unwrap();
        assert_nothing_half(&machine);
    }
    let (_, text) = machine.run(&["setup"]);
    for part in ["Python environment", "libtorch", "evcxr"] {
        let done = text.contains(&format!("{part}: done"));
        assert!(done || text.contains(&format!("{part}: already there")), "{text}");
    }
    assert_nothing_half(&machine);
}

#[test]
fn a_second_set_up_finds_everything_and_writes_nothing() {
    let machine = connected();
    let (_, first) = machine.run(&["setup"]);
    assert!(first.contains("evcxr: done"), "{first}");
    let before = listing(&machine.home());
    let (_, second) = machine.run(&["setup"]);
    assert_eq!(second.matches("already there").count(), 4, "{second}");
    assert_eq!(before, listing(&machine.home()));
}

#[test]
fn two_set_ups_wait_for_each_other() {
    let machine = connected();
    fs::create_dir_all(machine.home()).unwrap();
    fs::write(machine.home().join("made-by-mnist-tutorial"), "").unwrap();
    let lock = fs::File::create(machine.home().join("lock")).unwrap();
    lock.lock().unwrap();
    let mut child = machine.xtask(&["setup"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("another set-up is running")));
    assert!(!machine.home().join("downloads").exists());
    lock.unlock().unwrap();
    assert!(lines.any(|line| line.unwrap().contains("evcxr: done")));
    child.wait().unwrap();
}

#[test]
fn plain_cargo_is_pointed_at_the_libtorch_that_was_found() {
    let mut machine = connected();
    machine.run(&["setup"]);
    let link = machine.clone_folder().join(".cargo/libtorch");
    let first = fs::read_link(&link).unwrap();
    assert!(first.join("lib").is_dir());
    let own = machine.libtorch("2.13.0");
    machine.variables.insert("LIBTORCH".into(), own.display().to_string());
    machine.run(&["setup"]);
    assert_eq!(fs::read_link(&link).unwrap(), own);
}

#[test]
fn without_a_network_both_sources_are_named() {
    let machine = Machine::new();
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("next source"), "{text}");
    assert!(text.contains("came from neither source"), "{text}");
    assert!(text.contains("no such index"), "{text}");
    assert!(!machine.home().join("libtorch-2.13.0").exists());
}

#[test]
fn a_damaged_archive_or_a_web_page_is_not_taken() {
    let whole = archive("2.13.0+cpu");
    let page = b"<html>Please sign in</html>".to_vec();
    for bytes in [whole[..whole.len() / 2].to_vec(), page, archive("2.1.0+cpu")] {
        let mut machine = Machine::new();
        machine.archive_at(serve(bytes.clone()), &bytes);
        let (succeeded, text) = machine.run(&["setup"]);
        assert!(!succeeded);
        assert!(text.contains("next source"), "{text}");
        assert!(!machine.home().join("libtorch-2.13.0").exists());
    }
}

#[test]
fn an_archive_that_is_not_the_pinned_one_is_not_taken() {
    if !HAS_ARCHIVE {
        println!("skipped: there is no archive for this machine");
        return;
    }
    let mut machine = Machine::new();
    let base = serve(archive("2.13.0+cpu"));
    machine.variables.insert("MNIST_TUTORIAL_LIBTORCH_BASE".into(), base);
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("what came has SHA-256"), "{text}");
    assert!(text.contains("next source"), "{text}");
    assert!(!machine.home().join("libtorch-2.13.0").exists());
}

#[test]
fn packages_of_an_older_libtorch_are_not_mixed_into_a_newer_one() {
    let mut machine = Machine::new();
    let downloads = machine.home().join("downloads/torch");
    fs::create_dir_all(&downloads).unwrap();
    fs::write(machine.home().join("made-by-mnist-tutorial"), "").unwrap();
    fs::write(downloads.join("requirements.txt"), "torch==2.12.0\n").unwrap();
    let old = zip([("torch/lib/libold.so".to_owned(), String::new())]);
    fs::write(downloads.join("torch-2.12.0-cp311-none-any.whl"), old).unwrap();
    let file = machine.root().join("torch-2.13.0-cp311-none-any.whl");
    fs::write(&file, package("2.13.0")).unwrap();
    machine.variables.insert("FAKE_PACKAGE".into(), file.display().to_string());
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("libtorch: done"), "{text}");
    let libtorch = machine.home().join("libtorch-2.13.0");
    assert!(libtorch.join("include/ATen/ATen.h").exists());
    assert!(!libtorch.join("lib/libold.so").exists());
}

#[test]
fn a_proxy_that_inspects_traffic_is_trusted_where_the_user_trusts_it() {
    if !HAS_ARCHIVE {
        println!("skipped: there is no archive for this machine");
        return;
    }
    let bytes = archive("2.13.0+cpu");
    let (address, certificate) = serve_securely(bytes.clone());
    let mut machine = Machine::new();
    machine.archive_at(address.clone(), &bytes);
    machine.variables.insert("MNIST_MIRRORS".into(), address);
    for task in ["setup", "data"] {
        let (_, text) = machine.run(&[task]);
        assert!(text.contains("set SSL_CERT_FILE to a PEM file"), "{text}");
        assert!(!text.contains("UnknownIssuer"), "{text}");
    }
    let file = machine.root().join("authority.pem");
    machine.variables.insert("SSL_CERT_FILE".into(), file.display().to_string());
    let (_, text) = machine.run(&["data"]);
    assert!(text.contains(&format!("at '{}'", file.display())), "{text}");
    fs::write(&file, certificate).unwrap();
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("libtorch: done"), "{text}");
    // The server has no MNIST, but was heard.
    let (_, text) = machine.run(&["data"]);
    assert!(text.contains("it offers"), "{text}");
}

#[test]
fn an_environment_whose_python_became_another_release_is_built_again() {
    let mut machine = connected();
    machine.run(&["setup"]);
    machine.variables.insert("FAKE_VERSION".into(), "3.12.9".into());
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("Python environment: already there"), "{text}");
    machine.variables.insert("FAKE_VERSION".into(), "3.13.1".into());
    let (_, text) = machine.run(&["doctor"]);
    assert!(text.contains("its packages are for another Python than Python 3.13.1"), "{text}");
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("Python environment: done"), "{text}");
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("Python environment: already there"), "{text}");
}

#[test]
fn evcxr_is_compiled_even_where_somebody_offers_it_compiled() {
    let machine = connected();
    machine.program("cargo-binstall", "exit 0");
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("evcxr: done"), "{text}");
    assert!(machine.notes("cargo").contains("CARGO_PROFILE_RELEASE_LTO=off"));
}

#[test]
fn a_libtorch_of_another_version_is_named_and_not_passed_over() {
    let mut machine = connected();
    let own = machine.libtorch("2.1.0").display().to_string();
    machine.variables.insert("LIBTORCH".into(), own);
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded);
    assert!(text.contains("is libtorch 2.1.0, expected 2.13.0"), "{text}");
    assert!(text.contains("unset it"), "{text}");
}

#[test]
fn two_libtorches_of_the_users_are_not_chosen_between() {
    let mut machine = connected();
    let own = machine.libtorch("2.13.0").display().to_string();
    machine.variables.insert("LIBTORCH".into(), own);
    machine.variables.insert("LIBTORCH_USE_PYTORCH".into(), "1".into());
    for task in ["setup", "doctor"] {
        let (succeeded, text) = machine.run(&[task]);
        assert!(!succeeded, "{text}");
        assert!(text.contains("are both set"), "{text}");
        assert!(text.contains("unset LIBTORCH_USE_PYTORCH to use LIBTORCH"), "{text}");
    }
    assert!(!machine.clone_folder().join(".cargo/libtorch").exists());
}

#[test]
fn what_a_killed_set_up_still_runs_keeps_the_next_one_waiting() {
    let mut machine = connected();
    machine.variables.insert("FAKE_PIP_SECONDS".into(), "2".into());
    let mut child = machine.xtask(&["setup"]).stdout(Stdio::null()).spawn().unwrap();
    while machine.notes("pip").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let lock = fs::File::options().append(true).open(machine.home().join("lock")).unwrap();
    assert!(matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)));
    lock.lock().unwrap();
}

#[test]
fn what_does_not_depend_on_each_other_is_got_at_the_same_time() {
    let mut machine = connected();
    // Each of the two waits until the other is at work.
    machine.variables.insert("MEET".into(), "1".into());
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(succeeded, "{text}");
    for part in ["Python environment", "libtorch", "evcxr", "kernel's crates", "kernel"] {
        assert!(text.contains(&format!("{part}: done")) || !HAS_ARCHIVE, "{part}: {text}");
    }
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(succeeded && text.matches("already there").count() == 4, "{text}");
}

#[test]
fn the_crates_are_compiled_as_evcxr_will_compile_them() {
    let mut machine = connected();
    machine.variables.insert("CARGO_PROFILE_DEV_OPT_LEVEL".into(), "0".into());
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(succeeded, "{text}");
    for task in ["build", "check"] {
        let notes = machine.notes(task);
        for line in ["CARGO_TARGET_DIR=target", "RUSTFLAGS=-Cprefer-dynamic"] {
            assert!(notes.contains(line), "{line}: {notes}");
        }
        assert!(notes.contains("LIBTORCH=/") && !notes.contains("OPT_LEVEL"), "{notes}");
    }
}

/// Whether this process, of which a stand-in has noted the number, is there.
fn lives(number: &str) -> bool {
    let process = Pid::from_raw(number.trim().parse().unwrap()).unwrap();
    rustix::process::test_kill_process(process).is_ok()
}

/// Waits until what another process does is done.
fn until(is_done: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !is_done() {
        assert!(start.elapsed() < Duration::from_secs(30), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether whoever started this program had it ignore the signal, and so the programs it starts.
fn is_ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored >> (signal.as_raw() - 1) & 1 == 1
}

#[test]
fn a_set_up_that_is_told_to_end_takes_its_programs_with_it() {
    let mut machine = connected();
    machine.variables.insert("FAKE_CARGO_SECONDS".into(), "600".into());
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        if is_ignored(signal) {
            println!("skipped for {signal:?}: these tests were started to ignore it, as by nohup");
            continue;
        }
        let _ = fs::remove_file(machine.note_file("compiler"));
        let mut child = machine.xtask(&["setup"]).stdout(Stdio::null()).spawn().unwrap();
        until(|| !machine.notes("compiler").trim().is_empty());
        let compiler = machine.notes("compiler");
        assert!(lives(&compiler));
        rustix::process::kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
        until(|| !lives(&compiler));
        // Nothing that it ran holds the cache any more.
        let lock = fs::File::options().append(true).open(machine.home().join("lock")).unwrap();
        until(|| lock.try_lock().is_ok());
    }
    machine.variables.remove("FAKE_CARGO_SECONDS");
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(succeeded, "{text}");
}

#[test]
fn a_set_up_that_is_not_to_hear_of_a_hangup_does_not() {
    let mut machine = connected();
    machine.variables.insert("FAKE_CARGO_SECONDS".into(), "1".into());
    let setup = machine.xtask(&["setup"]);
    // As `nohup` does.
    let mut child = std::process::Command::new("sh");
    child.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(setup.get_program());
    child.args(setup.get_args()).env_clear().stdout(Stdio::null());
    for (name, value) in setup.get_envs() {
        child.env(name, value.unwrap_or_default());
    }
    let mut child = child.spawn().unwrap();
    until(|| !machine.notes("compiler").trim().is_empty());
    rustix::process::kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    assert!(child.wait().unwrap().success() || !cfg!(target_os = "linux"));
}

#[test]
fn the_first_failure_ends_the_rest_and_is_what_is_told() {
    let mut machine = connected();
    machine.variables.insert("FAKE_CARGO_SECONDS".into(), "600".into());
    machine.variables.insert("FAKE_PIP_ERROR".into(), "no such package".into());
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(!succeeded && text.contains("no such package"), "{text}");
    assert!(text.contains("error: Python environment could not be set up"), "{text}");
    until(|| !lives(&machine.notes("compiler")));
    machine.variables.remove("FAKE_CARGO_SECONDS");
    machine.variables.remove("FAKE_PIP_ERROR");
    let (succeeded, text) = machine.run(&["setup"]);
    assert!(succeeded, "{text}");
}

#[test]
fn settings_meant_for_other_programs_do_not_disturb() {
    let mut machine = connected();
    let disturbing = [
        "PIP_USER",
        "PIP_TARGET",
        "PIP_CONSTRAINT",
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "RUSTFLAGS",
    ];
    for name in disturbing {
        machine.variables.insert(name.into(), "elsewhere".into());
    }
    machine.variables.insert("PIP_INDEX_URL".into(), "mirror".into());
    machine.variables.insert("CARGO_PROFILE_RELEASE_LTO".into(), "fat".into());
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("evcxr: done"), "{text}");
    for name in disturbing {
        let notes = machine.notes(if name == "RUSTFLAGS" { "cargo" } else { "pip" });
        assert!(notes.contains("PATH="), "{notes}");
        assert!(!notes.contains(&format!("{name}=elsewhere")), "{notes}");
    }
    assert!(machine.notes("pip").contains("PIP_INDEX_URL=mirror"));
    assert!(machine.notes("cargo").contains("CARGO_PROFILE_RELEASE_LTO=off"));
}

#[test]
fn a_folder_with_somebodys_files_is_not_used() {
    let machine = connected();
    fs::create_dir_all(machine.home()).unwrap();
    fs::write(machine.home().join("thesis.txt"), "years").unwrap();
    for task in [&["setup"][..], &["clean", "--cache"]] {
        let (succeeded, text) = machine.run(task);
        assert!(!succeeded, "{text}");
        assert!(text.contains("MNIST_TUTORIAL_HOME"), "{text}");
    }
    assert!(Path::new(&machine.home()).join("thesis.txt").exists());
}

#[test]
fn a_removal_that_is_refused_has_removed_nothing() {
    let mut machine = connected();
    machine.run(&["setup"]);
    let link = machine.clone_folder().join(".cargo/libtorch");
    let before = fs::read_link(&link).unwrap();
    let other = machine.root().join("documents");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.txt"), "years").unwrap();
    machine.variables.insert("MNIST_TUTORIAL_HOME".into(), other.display().to_string());
    let (succeeded, text) = machine.run(&["clean", "--cache"]);
    assert!(!succeeded && text.contains("left alone"), "{text}");
    assert_eq!(fs::read_link(&link).unwrap(), before);
    machine.variables.remove("MNIST_TUTORIAL_HOME");
    let (succeeded, text) = machine.run(&["clean", "--cache"]);
    assert!(succeeded, "{text}");
    assert!(!link.is_symlink() && !machine.home().exists());
}

#[test]
fn no_task_before_the_first_set_up_makes_a_cache_that_set_up_refuses() {
    let mut machine = connected();
    // Without a space in its path, kernels work inside.
    let home = machine.root().join("cache");
    machine.variables.insert("MNIST_TUTORIAL_HOME".into(), home.display().to_string());
    fs::create_dir(machine.clone_folder().join("notebooks")).unwrap();
    fs::write(machine.clone_folder().join("notebooks/01-data.ipynb"), "{}").unwrap();
    machine.remove_program("python3");
    for line in [
        "stop",
        "doctor",
        "clean",
        "clean --cache",
        "data",
        "tensorboard",
        "images",
        "bench",
        "bench-kernel",
        "lab --no-browser",
        "run 01",
        "run 99",
        "test --only library",
        "setup",
    ] {
        machine.run(&line.split(' ').collect::<Vec<_>>());
        assert!(!home.exists(), "{line}");
    }
    machine.program("python3", include_str!("support/python.sh"));
    let (_, text) = machine.run(&["setup"]);
    assert!(text.contains("evcxr: done"), "{text}");
}
