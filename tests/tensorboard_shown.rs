//! The real TensorBoard, started as a notebook does, serves what a run logged, and ends with
//! the process that started it.
#![cfg(unix)]

mod python_support;
mod tensorboard_support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mnist_tutorial::data::Split;
use mnist_tutorial::plot;
use mnist_tutorial::tensorboard::{Run, show};
use python_support::{output_of, python, script};
use tch::Tensor;
use tensorboard_support::again;

/// Tells a started test which folder to show.
const FOLDER: &str = "MNIST_TUTORIAL_TEST_FOLDER";

/// A process that shows a folder until it is killed.
struct Shown {
    process: Child,
    address: String,
    /// What its cell displays.
    displayed: String,
}

impl Shown {
    /// `None` where there is no Python with TensorBoard.
    fn new(folder: &Path) -> Result<Option<Self>> {
        let Some(python) = python() else { return Ok(None) };
        let mut command: Command = again("shows_a_folder")?;
        let folders = [python.with_file_name(""), "/usr/bin".into(), "/bin".into()];
        command.env("PATH", std::env::join_paths(folders)?);
        command.env(FOLDER, folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let mut displayed = String::new();
        for line in lines {
            let line = line?;
            if let Some(address) = line.strip_prefix("address ") {
                let address = address.to_owned();
                return Ok(Some(Self { process, address, displayed }));
            }
            displayed += &(line + "\n");
        }
        bail!("no address was printed, but\n{displayed}")
    }

    fn ask(&self, questions: &[&str]) -> Result<Vec<String>> {
        let mut command = script("ask_tensorboard.py").context("no Python")?;
        let answers = output_of(command.arg(self.address.trim_end_matches('/')).args(questions));
        Ok(answers.lines().map(str::to_owned).collect())
    }

    /// Host and port, and the part of the address that only its user knows.
    fn place_and_secret(&self) -> (&str, &str) {
        let address = self.address.trim_start_matches("http://").trim_end_matches('/');
        address.split_once('/').unwrap_or((address, ""))
    }

    fn answers(&self) -> bool {
        TcpStream::connect(self.place_and_secret().0).is_ok()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "started by the tests below"]
fn shows_a_folder() -> Result<()> {
    let Some(folder) = std::env::var_os(FOLDER) else { return Ok(()) };
    let board = show(&folder)?;
    assert_eq!(board, show(&folder)?, "a second call shows the same one");
    board.evcxr_display();
    println!("address {}", board.address());
    std::io::read_to_string(std::io::stdin())?;
    Ok(())
}

#[test]
fn a_folder_that_is_missing_is_said() {
    let error = show("nowhere/runs").expect_err("is missing").to_string();
    let start = "nowhere/runs: there is no such folder; start a run first, as in Run::create(";
    assert!(error.starts_with(start), "{error}");
}

#[test]
fn it_ends_when_its_process_is_killed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(mut shown) = Shown::new(folder.path())? else { return Ok(()) };
    assert!(shown.answers());
    let ours = format!("mnist-tutorial-tensorboard-{}-", shown.process.id());
    let logs = || -> Result<usize> {
        let names = std::env::temp_dir().read_dir()?.map(|entry| Ok(entry?.file_name()));
        let names = names.collect::<Result<Vec<_>>>()?;
        Ok(names.iter().filter(|name| name.to_string_lossy().starts_with(&ours)).count())
    };
    assert_eq!(logs()?, 1);
    shown.process.kill()?;
    shown.process.wait()?;
    let start = Instant::now();
    while shown.answers() || logs()? > 0 {
        ensure!(start.elapsed() < Duration::from_secs(30), "TensorBoard outlives its process");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

#[test]
fn another_user_learns_nothing_of_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(shown) = Shown::new(folder.path())? else { return Ok(()) };
    let (place, secret) = shown.place_and_secret();
    assert!(secret.len() >= 32, "{}", shown.address);
    let mut stream = TcpStream::connect(place)?;
    write!(stream, "GET / HTTP/1.0\r\n\r\n")?;
    let answer = std::io::read_to_string(stream)?;
    assert!(answer.starts_with("HTTP/1.0 404 ") || answer.starts_with("HTTP/1.1 404 "), "{answer}");
    if Path::new("/proc/self/cmdline").exists() {
        for process in Path::new("/proc").read_dir()? {
            let line = std::fs::read(process?.path().join("cmdline")).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&line).contains(secret), "ps shows it");
        }
    }
    let beginning = format!("mnist-tutorial-tensorboard-{}-", shown.process.id());
    let entries = std::env::temp_dir().read_dir()?.filter_map(|entry| Some(entry.ok()?.path()));
    let named = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&beginning))
    };
    let own = entries.into_iter().find(named).context("it has no folder")?;
    match nobody("ls").arg(own).output() {
        Ok(listed) => assert!(listed.stdout.is_empty(), "{listed:?}"),
        Err(error) => println!("skipped in part: no setpriv ({error})"),
    }
    Ok(())
}

/// A program as another user, or, where this one is not root, one that fails.
fn nobody(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", program]);
    command
}

#[test]
fn a_cell_shows_a_frame_only_while_tensorboard_answers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(shown) = Shown::new(folder.path())? else { return Ok(()) };
    let block = |kind: &str| {
        let begun = shown.displayed.split(&format!("EVCXR_BEGIN_CONTENT {kind}\n")).nth(1);
        begun.and_then(|rest| rest.split("\nEVCXR_END_CONTENT").next()).context("no such block")
    };
    let (page, words) = (block("text/html")?, block("text/plain")?);
    assert!(words.contains(&shown.address) && words.contains("`cargo xtask tensorboard`"));
    assert!(page.contains("<code>cargo xtask tensorboard</code>"), "{page}");
    // The frame comes from the script, once the server has answered it.
    assert!(!page.contains("<iframe"), "{page}");
    let (place, secret) = shown.place_and_secret();
    assert!(page.contains(&format!("baseUrl + \"proxy/{place}/{secret}/\";")), "{page}");
    let answers = shown.ask(&["/"])?;
    assert!(answers[0].starts_with("text/html "), "{:.80}", answers[0]);
    Ok(())
}

/// Two runs with everything a run can log.
fn log(folder: &Path) -> Result<()> {
    for (name, rate) in [("slow", 0.003), ("fast", 0.1)] {
        let mut run = Run::create(folder.join(name))?;
        let settings = [
            ("learning_rate", rate.into()),
            ("optimizer", "sgd".into()),
            ("shuffle", true.into()),
            ("batch_size", 30.into()),
        ];
        run.hparams(&settings, &["accuracy"])?;
        run.scalar("loss", 1, 0.5)?;
        run.scalar("loss", 1, f64::NAN)?;
        run.scalar("loss", 2, 0.25)?;
        run.scalar("accuracy", 2, 0.875)?;
        run.image("digit", 1, &plot::digit(&Split::new(vec![9; 784], vec![0])?, 0)?)?;
        run.histogram("weights", 1, &Tensor::from_slice(&[0_f32, 15.0, 30.0]))?;
        run.text("settings", 0, "a **bold** word")?;
        run.pr_curve("seven", 1, &[true, false], &[0.9, 0.2])?;
        run.finish()?;
    }
    Ok(())
}

#[test]
fn every_tab_gets_its_data() -> Result<()> {
    let folder = tempfile::tempdir()?;
    log(folder.path())?;
    let Some(shown) = Shown::new(folder.path())? else { return Ok(()) };
    let answers = shown.ask(&[
        "0.25=>/data/plugin/scalars/scalars?run=slow&tag=loss",
        "query=>/data/plugin/images/images?run=slow&tag=digit",
        "[[=>/data/plugin/histograms/histograms?run=slow&tag=weights",
        "bold=>/data/plugin/text/text?run=slow&tag=settings",
        "slow=>/data/plugin/pr_curves/pr_curves?run=slow&tag=seven",
        "/data/plugin/timeseries/tags",
        "/data/plugins_listing",
    ])?;
    let scalars = &answers[0];
    assert!(scalars.contains(",1,0.5],["), "{scalars}");
    assert!(scalars.contains(",1,NaN],[") || scalars.contains(",1,\"NaN\"],["), "{scalars}");
    assert!(scalars.ends_with(",2,0.25]]"), "{scalars}");
    assert!(answers[1].contains("\"step\":1"), "{}", answers[1]);
    assert!(answers[2].contains("[0.0,1.0,1.0]"), "{}", answers[2]);
    assert!(answers[2].contains("[29.0,30.0,1.0]"), "{}", answers[2]);
    assert!(answers[3].contains("a <strong>bold</strong> word"), "{}", answers[3]);
    assert!(answers[4].contains("\"true_positives\":[1,"), "{}", answers[4]);
    for tag in ["loss", "accuracy", "digit", "weights"] {
        assert!(answers[5].contains(&format!("\"{tag}\"")), "{tag}: {}", answers[5]);
    }
    for tab in ["scalars", "images", "histograms", "text", "pr_curves", "hparams"] {
        let listed = answers[6].split(&format!("\"{tab}\":{{")).nth(1).context("is listed")?;
        assert!(listed[..200].contains("\"enabled\":true"), "{tab}: {listed}");
    }
    the_picture_is_served(&shown, &answers[1])?;
    runs_are_compared(&shown)
}

/// The bytes of the PNG, by the link in the list of images.
fn the_picture_is_served(shown: &Shown, list: &str) -> Result<()> {
    let query = list.split("\"query\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let query = query.context("a link")?;
    let answers = shown.ask(&[&format!("/data/plugin/images/individualImage?{query}")])?;
    let png = plot::digit(&Split::new(vec![9; 784], vec![0])?, 0)?;
    let digits: String = png.png().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(answers[0], format!("image/png {digits}"));
    Ok(())
}

fn runs_are_compared(shown: &Shown) -> Result<()> {
    let body =
        r#"{"startIndex":0,"sliceSize":10,"allowedStatuses":["STATUS_SUCCESS"],"colParams":[]}"#;
    let groups = format!("fast=>/data/plugin/hparams/session_groups {body}");
    let answers = shown.ask(&["accuracy=>/data/plugin/hparams/experiment {}", &groups])?;
    for name in ["learning_rate", "optimizer", "shuffle", "batch_size"] {
        assert!(answers[0].contains(&format!("\"name\":\"{name}\"")), "{name}: {}", answers[0]);
    }
    assert!(!answers[0].contains("\"tag\":\"loss\""), "only the metric that was named");
    assert!(answers[1].contains("\"totalSize\":2"), "{}", answers[1]);
    for part in [
        "\"learning_rate\":0.003",
        "\"learning_rate\":0.1",
        "\"optimizer\":\"sgd\"",
        "\"shuffle\":true",
        "\"batch_size\":30",
        "\"value\":0.875",
    ] {
        assert!(answers[1].contains(part), "{part}: {}", answers[1]);
    }
    Ok(())
}
