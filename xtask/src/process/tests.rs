use super::*;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_failure_ends_with_the_programs_last_lines() {
    let mut command = shell("echo first; echo the reason >&2; exit 3");
    let error = run("the part", "1 s", &mut command, |_| String::new()).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("the part failed"), "{error}");
    assert!(error.ends_with("first\nthe reason"), "{error}");
}

#[test]
fn a_full_disk_is_named_wherever_among_the_last_lines() {
    let mut command = shell("echo 'write: No space left on device (os error 28)'; seq 20; exit 1");
    let error = run("the part", "1 s", &mut command, |_| String::new()).unwrap_err();
    assert!(says_full(&error.to_string()), "{error}");
}

#[test]
fn a_traceback_comes_down_to_its_last_line() {
    let mut command = shell("echo 'Traceback (most recent'; echo '  File'; echo 'E: why'; exit 1");
    let error = run("the part", "1 s", &mut command, |_| String::new()).unwrap_err();
    assert!(error.to_string().ends_with(": E: why"), "{error}");
}

#[test]
fn what_a_program_leaves_behind_is_not_waited_for() {
    let start = Instant::now();
    let mut last = String::new();
    run("the part", "1 s", &mut shell("sleep 20 & echo done"), |line| {
        last.extend(line);
        String::new()
    })
    .unwrap();
    assert_eq!(last, "done");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn every_line_is_reported() {
    let mut lines = Vec::new();
    run("the part", "1 s", &mut shell("echo a; echo b"), |line| {
        lines.extend(line.map(str::to_owned));
        String::new()
    })
    .unwrap();
    assert_eq!(lines, ["a", "b"]);
}
