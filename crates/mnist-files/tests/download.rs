//! Downloads from a server on this machine that misbehaves in every way we know.

mod support;

use anyhow::{Context, Result};
use mnist_files::download::{Expected, Timeouts, Unavailable, fetch};
use mnist_files::files::MNIST;
use mnist_files::{Source, fetch_all};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::server::{Answer, Asked, Server};
use support::{message, refusing, settings, snapshot, write_blank_set};
use tempfile::TempDir;

/// The file that the tests fetch: 300 kB in which no two places look alike.
fn content() -> Vec<u8> {
    (0..75_000u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// What the tests expect to arrive.
fn expected() -> Expected {
    let sum = Sha256::digest(content());
    Expected {
        sha256: Some(sum.iter().map(|byte| format!("{byte:02x}")).collect()),
        bytes: Some(300_000),
        at_most: 300_000,
    }
}

/// Fetches from the given addresses with short timeouts, and returns the lines that were said.
fn get(bases: &[&str], to: &Path, expected: &Expected) -> Result<Vec<String>> {
    let urls: Vec<String> = bases.iter().map(|base| format!("{base}/file.gz")).collect();
    let timeouts = Timeouts { connect: Duration::from_secs(5), stall: Duration::from_millis(300) };
    let mut lines = Vec::new();
    fetch(&urls, to, expected, &timeouts, &mut |line| lines.push(line.to_string()))?;
    Ok(lines)
}

/// An empty folder and the path to fetch to.
fn target() -> Result<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let to = folder.path().join("file.gz");
    Ok((folder, to))
}

/// Fetches from a server that answers so, expects a failure, and checks that nothing was put in place.
fn fails(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static, reason: &str) -> Result<()> {
    let (_folder, to) = target()?;
    let server = Server::new(answer)?;
    let complaint = message(get(&[&server.address], &to, &expected()))?;
    let whole = format!(
        "{}: missing, and could not be downloaded ({}/file.gz: {reason}); expected 300,000 bytes; \
         check the network and run the command again: it goes on where it stopped",
        to.display(),
        server.address
    );
    assert_eq!(complaint, whole);
    assert!(!to.exists());
    Ok(())
}

#[test]
fn a_file_arrives_whole_with_lines_that_say_how_far() -> Result<()> {
    let (folder, to) = target()?;
    let server = Server::new(|_| Answer::whole(&content()))?;
    let lines = get(&[&server.address], &to, &expected())?;
    let first = format!("file.gz: asking {}/file.gz", server.address);
    assert_eq!(lines, [first.as_str(), "file.gz: 300.0 of 300.0 kB (100 %)"]);
    assert_eq!(std::fs::read(&to)?, content());
    assert_eq!(snapshot(folder.path())?.into_keys().collect::<Vec<_>>(), ["file.gz"]);
    Ok(())
}

#[test]
fn an_address_that_sends_nothing_leaves_nothing() -> Result<()> {
    let (folder, to) = target()?;
    assert!(get(&[&refusing()?], &to, &expected()).is_err());
    assert_eq!(snapshot(folder.path())?.len(), 0);
    let answers = [
        Answer::status("404 Not Found", b"no"),
        Answer { stall: true, ..Answer::default() },
        Answer::whole(&content()).cut(0),
        Answer::whole(b"short"),
    ];
    for answer in answers {
        let server = Server::new(move |_| answer.clone())?;
        assert!(get(&[&server.address], &to, &expected()).is_err());
        assert_eq!(snapshot(folder.path())?.len(), 0);
    }
    Ok(())
}

#[test]
fn a_file_of_no_bytes_arrives_too() -> Result<()> {
    let (folder, to) = target()?;
    let server = Server::new(|_| Answer::whole(b""))?;
    let any = Expected { sha256: None, bytes: None, at_most: 1000 };
    get(&[&server.address], &to, &any)?;
    assert_eq!(
        snapshot(folder.path())?.into_iter().collect::<Vec<_>>(),
        [("file.gz".into(), vec![])]
    );
    Ok(())
}

#[test]
fn a_second_address_is_tried_and_the_first_one_s_failure_said() -> Result<()> {
    let (_folder, to) = target()?;
    let server = Server::new(|_| Answer::whole(&content()))?;
    let dead = refusing()?;
    let lines = get(&[&dead, &server.address], &to, &expected())?;
    assert!(lines[1].starts_with(&format!("{dead}/file.gz: ")), "{lines:?}");
    assert!(lines[1].to_lowercase().contains("refused"), "{lines:?}");
    assert_eq!(std::fs::read(&to)?, content());
    Ok(())
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() -> Result<()> {
    let (folder, to) = target()?;
    std::fs::write(folder.path().join("file.gz.partial"), &content()[..100_000])?;
    let server = Server::new(|asked| Answer::ranged(&content(), asked))?;
    let lines = get(&[&server.address], &to, &expected())?;
    assert_eq!(lines[1], "file.gz: 100.0 of 300.0 kB (33 %)");
    assert_eq!(server.asked()[0].from, Some(100_000));
    assert_eq!(std::fs::read(&to)?, content());
    Ok(())
}

#[test]
fn a_body_that_breaks_off_is_continued_from_the_same_address() -> Result<()> {
    let (_folder, to) = target()?;
    let server = Server::new(|asked| {
        let answer = Answer::ranged(&content(), asked);
        if asked.number < 2 { answer.cut(100_000) } else { answer }
    })?;
    get(&[&server.address], &to, &expected())?;
    let starts: Vec<_> = server.asked().iter().map(|asked| asked.from).collect();
    assert_eq!(starts, [None, Some(100_000), Some(200_000)]);
    assert_eq!(std::fs::read(&to)?, content());
    Ok(())
}

#[test]
fn a_server_that_ignores_ranges_sends_all_of_it_again() -> Result<()> {
    let (folder, to) = target()?;
    std::fs::write(folder.path().join("file.gz.partial"), b"of another file altogether")?;
    let server = Server::new(|_| Answer::whole(&content()))?;
    get(&[&server.address], &to, &expected())?;
    assert_eq!(std::fs::read(&to)?, content());
    Ok(())
}

#[test]
fn leftovers_that_fit_nothing_are_fetched_anew() -> Result<()> {
    let too_much = vec![1; 400_000];
    let wrong_end = vec![1; 300_000];
    let wrong_start = vec![1; 50_000];
    for leftover in [too_much, wrong_end, wrong_start] {
        let (folder, to) = target()?;
        std::fs::write(folder.path().join("file.gz.partial"), leftover)?;
        let server = Server::new(|asked| Answer::ranged(&content(), asked))?;
        get(&[&server.address], &to, &expected())?;
        assert_eq!(std::fs::read(&to)?, content());
    }
    Ok(())
}

#[test]
fn a_range_that_the_server_lacks_or_mistakes_is_asked_for_as_a_whole() -> Result<()> {
    let unknown = Expected { sha256: None, bytes: None, at_most: 1_000_000 };
    let (folder, to) = target()?;
    std::fs::write(folder.path().join("file.gz.partial"), content())?;
    let server = Server::new(|asked| Answer::ranged(&content(), asked))?;
    get(&[&server.address], &to, &unknown)?;
    assert_eq!(
        server.asked().iter().map(|asked| asked.from).collect::<Vec<_>>(),
        [Some(300_000), None]
    );
    assert_eq!(std::fs::read(&to)?, content());

    let (folder, to) = target()?;
    std::fs::write(folder.path().join("file.gz.partial"), &content()[..10])?;
    let server = Server::new(|asked| {
        let elsewhere = asked.from.map(|_| Asked { from: Some(5), ..asked.clone() });
        Answer::ranged(&content(), elsewhere.as_ref().unwrap_or(asked))
    })?;
    get(&[&server.address], &to, &expected())?;
    assert_eq!(std::fs::read(&to)?, content());
    Ok(())
}

#[test]
fn a_refused_request_is_named_by_its_status_and_leaves_what_was_fetched() -> Result<()> {
    fails(|_| Answer::status("404 Not Found", b"no"), "HTTP status 404")?;
    fails(|_| Answer::status("503 Service Unavailable", b""), "HTTP status 503")?;
    let (folder, to) = target()?;
    let partial = folder.path().join("file.gz.partial");
    std::fs::write(&partial, &content()[..1000])?;
    let server = Server::new(|_| Answer::status("503 Service Unavailable", b""))?;
    assert!(get(&[&server.address], &to, &expected()).is_err());
    assert_eq!(std::fs::read(&partial)?, &content()[..1000]);
    Ok(())
}

#[test]
fn a_body_that_stays_short_is_refused_and_kept_for_later() -> Result<()> {
    let (folder, to) = target()?;
    let server = Server::new(|_| Answer::whole(&content()).cut(1000))?;
    let complaint = message(get(&[&server.address], &to, &expected()))?;
    assert!(complaint.contains(", after 1,000 bytes); expected 300,000 bytes"), "{complaint}");
    assert_eq!(std::fs::read(folder.path().join("file.gz.partial"))?, &content()[..1000]);
    assert!(!to.exists());
    // Without a length the end of the line is the end of the body.
    let head = "HTTP/1.1 200 OK".to_string();
    let answer = Answer { head, body: content()[..1000].to_vec(), stall: false };
    fails(move |_| answer.clone(), "it ended after 1,000 of 300,000 bytes")
}

#[test]
fn a_server_that_falls_silent_is_given_up() -> Result<()> {
    fails(|_| Answer { stall: true, ..Answer::default() }, "nothing came for 300ms")?;
    let silent = "nothing came for 300ms, after 0 bytes";
    fails(|_| Answer::whole(&content()).cut(0).stalling(), silent)
}

#[test]
fn other_content_is_refused_by_its_length_checksum_or_kind() -> Result<()> {
    fails(|_| Answer::whole(b"short"), "it offers 5 bytes instead of 300,000")?;
    let sum: String =
        Sha256::digest(vec![7; 300_000]).iter().map(|byte| format!("{byte:02x}")).collect();
    let wanted = expected().sha256.context("a checksum is expected")?;
    let reason = format!("what came has SHA-256 {sum} instead of {wanted}");
    fails(|_| Answer::whole(&[7; 300_000]), &reason)?;
    let page = "a web page came instead of the file (does the network ask for a sign-in?)";
    fails(
        |_| {
            let mut answer = Answer::whole(b"<html>sign in</html>");
            answer.head += "\r\nContent-Type: text/html; charset=utf-8";
            answer
        },
        page,
    )
}

#[test]
fn a_body_without_end_is_cut_off_at_the_limit() -> Result<()> {
    let endless =
        || Answer { head: "HTTP/1.1 200 OK".into(), body: vec![0; 5_000_000], stall: false };
    fails(move |_| endless(), "it sends more than 300,000 bytes")?;
    let (folder, to) = target()?;
    let server = Server::new(move |_| endless())?;
    let limited = Expected { sha256: None, bytes: None, at_most: 1_000_000 };
    let complaint = message(get(&[&server.address], &to, &limited))?;
    assert!(complaint.contains("it sends more than 1,000,000 bytes"), "{complaint}");
    assert!(snapshot(folder.path())?.is_empty());
    Ok(())
}

#[test]
fn a_redirect_is_followed_and_an_endless_one_is_not() -> Result<()> {
    let (_folder, to) = target()?;
    let server = Server::new(|asked| match asked.path.as_str() {
        "/file.gz" => Answer {
            head: "HTTP/1.1 302 Found\r\nLocation: /moved.gz\r\nContent-Length: 0".into(),
            ..Answer::default()
        },
        _ => Answer::whole(&content()),
    })?;
    get(&[&server.address], &to, &expected())?;
    assert_eq!(std::fs::read(&to)?, content());
    let (_folder, to) = target()?;
    let circle = Server::new(|_| Answer {
        head: "HTTP/1.1 302 Found\r\nLocation: /file.gz\r\nContent-Length: 0".into(),
        ..Answer::default()
    })?;
    let complaint = message(get(&[&circle.address], &to, &expected()))?;
    assert!(complaint.contains("redirect"), "{complaint}");
    Ok(())
}

#[test]
fn a_file_that_is_already_there_is_left_alone() -> Result<()> {
    let (_folder, to) = target()?;
    std::fs::write(&to, content())?;
    let server = Server::new(|_| Answer::whole(b"never asked"))?;
    get(&[&server.address], &to, &expected())?;
    std::fs::write(&to, b"mine")?;
    let complaint = message(get(&[&server.address], &to, &expected()))?;
    assert!(
        complaint.contains("file.gz: SHA-256 ") && complaint.contains("delete it"),
        "{complaint}"
    );
    assert_eq!(std::fs::read(&to)?, b"mine");
    assert!(server.asked().is_empty());
    Ok(())
}

#[test]
fn several_downloads_into_one_folder_at_once_do_no_harm() -> Result<()> {
    let (folder, to) = target()?;
    let server = Server::new(|asked| Answer::ranged(&content(), asked))?;
    std::thread::scope(|scope| {
        let fetchers = [0; 6].map(|_| scope.spawn(|| get(&[&server.address], &to, &expected())));
        fetchers.into_iter().try_for_each(|fetcher| match fetcher.join() {
            Ok(result) => result.map(|_| ()),
            Err(_) => anyhow::bail!("a thread panicked"),
        })
    })?;
    assert_eq!(std::fs::read(&to)?, content());
    assert_eq!(server.asked().len(), 1);
    assert_eq!(snapshot(folder.path())?.len(), 1);
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_made_is_said() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a file");
    std::fs::write(&file, b"mine")?;
    let to = file.join("x.gz");
    let error = fetch(&[refusing()?], &to, &expected(), &Timeouts::default(), &mut |_| {}).err();
    let error = error.context("this must fail")?;
    assert!(error.is::<Unavailable>());
    assert!(
        error
            .to_string()
            .contains("a file: missing, and could not be downloaded (it cannot be written"),
        "{error}"
    );
    assert_eq!(std::fs::read(&file)?, b"mine");
    Ok(())
}

#[test]
fn without_a_network_the_remedy_names_every_way_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (data, dead) = (folder.path().join("my data äöü"), refusing()?);
    let complaint = message(fetch_all(&settings(&data, folder.path(), &[dead]), &mut |_| {}))?;
    let path = data.join("train-images-idx3-ubyte.gz");
    assert!(complaint.starts_with(&format!(
        "{}: missing, and could not be downloaded (http://127",
        path.display()
    )));
    let remedy = format!(
        "; expected 9,912,422 bytes; check the network and run `cargo xtask data`, or copy the four files into {}, \
         or set MNIST_DIR to a folder that has them",
        data.display()
    );
    assert!(complaint.ends_with(&remedy), "{complaint}");
    let complaint = message(fetch_all(&settings(&data, folder.path(), &[]), &mut |_| {}))?;
    assert!(complaint.contains("(MNIST_MIRRORS is empty)"), "{complaint}");
    Ok(())
}

#[test]
fn nothing_is_downloaded_into_the_folder_of_mnist_dir() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_blank_set(folder.path())?;
    std::fs::remove_file(folder.path().join(MNIST.files[3].packed_name()))?;
    let server = Server::new(|_| Answer::whole(b""))?;
    let mut settings =
        settings(&folder.path().join("data"), folder.path(), std::slice::from_ref(&server.address));
    settings.named_folder = Some(folder.path().into());
    assert!(message(fetch_all(&settings, &mut |_| {}))?.contains("unset MNIST_DIR"));
    assert!(server.asked().is_empty());
    Ok(())
}

#[test]
fn the_real_files_arrive_from_a_mirror_and_only_the_missing_ones() -> Result<()> {
    let Some(real) = std::env::var_os("MNIST_DIR").map(PathBuf::from) else {
        println!("skipped: MNIST_DIR is not set, so there are no real files to serve");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let served = real.clone();
    let server = Server::new(move |asked| {
        match std::fs::read(served.join(asked.path.trim_start_matches('/'))) {
            Ok(file) => Answer::ranged(&file, asked),
            Err(_) => Answer::status("404 Not Found", b""),
        }
    })?;
    let settings = settings(&data, folder.path(), &[refusing()?, format!("{}/", server.address)]);
    let found = fetch_all(&settings, &mut |_| {})?;
    assert_eq!(found.source, Source::Downloaded(data.clone()));
    for file in &MNIST.files {
        assert_eq!(
            std::fs::read(data.join(file.packed_name()))?,
            std::fs::read(real.join(file.packed_name()))?
        );
    }
    std::fs::remove_file(data.join(MNIST.files[1].packed_name()))?;
    assert_eq!(fetch_all(&settings, &mut |_| {})?.source, Source::Downloaded(data.clone()));
    assert_eq!(fetch_all(&settings, &mut |_| {})?.source, Source::Folder(data));
    assert_eq!(server.asked().len(), 5);
    Ok(())
}
