//! What a training leaves on a screen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;

use super::view::{BETWEEN, Columns, MOST_ACCURACIES, MOST_POINTS, View, in_words, loss_in_words};
use super::*;
use crate::model::Sizes;

/// An output that can be read afterwards.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic before").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic before").clone()).expect("UTF-8")
    }

    /// The plain lines, and the displays.
    fn read(&self) -> (Vec<String>, Vec<Value>) {
        let (mut plain, mut displays) = (Vec::new(), Vec::new());
        for line in self.text().lines() {
            match line.strip_prefix("\u{2063}mnist-tutorial ") {
                Some(json) => {
                    let message: Value = serde_json::from_str(json).expect("JSON");
                    displays.push(message["display"].clone());
                }
                None => plain.push(line.to_owned()),
            }
        }
        (plain, displays)
    }
}

fn screen(screen: Screen) -> (Live, Paper) {
    let paper = Paper::default();
    (Live::on(screen, Box::new(paper.clone())), paper)
}

fn network() -> Network {
    Network::with_sizes(Sizes { inputs: 4, hidden: 3, outputs: 2 }, 0).expect("a network")
}

fn batch(step: usize, epochs: usize, batches: usize) -> BatchReport {
    BatchReport {
        step,
        epoch: (step - 1) / batches + 1,
        epochs,
        batch: (step - 1) % batches + 1,
        batches,
        images: 30,
        loss: 2.3 / step as f64,
        learning_rate: 0.003,
    }
}

fn tell(live: &mut Live, report: &BatchReport) {
    assert!(live.on_batch(report, &network()).expect("no error").is_continue());
}

/// Tells `live` of `epochs` epochs of ten batches.
fn follow(live: &mut Live, epochs: usize) {
    let network = network();
    for step in 1..=10 * epochs {
        tell(live, &batch(step, epochs, 10));
        if step.is_multiple_of(10) {
            let (epoch, accuracy) = (step / 10, Some(0.9));
            let report = EpochReport { epoch, loss: 1.0, accuracy, seconds: 0.1 };
            assert!(live.on_epoch(&report, &network).expect("no error").is_continue());
        }
    }
}

/// Whether these are one display that was shown, redrawn and ended with a figure.
fn is_one_display(displays: &[Value]) {
    let (first, last) = (&displays[0], &displays[displays.len() - 1]);
    assert_eq!(first["update"], false);
    assert!(first["id"].as_str().expect("an id").starts_with("live-"));
    assert!(displays.iter().all(|display| display["id"] == first["id"]));
    assert!(displays[1..].iter().all(|display| display["update"] == true));
    for drawn in &displays[..displays.len() - 1] {
        assert!(drawn["data"]["text/html"].is_string() && drawn["data"]["text/plain"].is_string());
        assert!(!drawn["data"]["text/plain"].to_string().contains("\\n"));
    }
    let data = last["data"].as_object().expect("an object");
    assert_eq!(data.keys().collect::<Vec<_>>(), ["image/png", "text/plain"]);
    let png = STANDARD.decode(data["image/png"].as_str().expect("text")).expect("base64");
    assert!(png.starts_with(b"\x89PNG"));
}

#[test]
fn the_end_leaves_the_epochs_lines_and_one_figure() {
    let (mut live, paper) = screen(Screen::Redrawn);
    follow(&mut live, 2);
    live.on_end(Ok(&History::default()));
    drop(live);
    let (lines, displays) = paper.read();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1], "Epoch 2 - Training loss: 1.0000, test accuracy: 90.00 %");
    is_one_display(&displays);
    let words = displays[displays.len() - 1]["data"]["text/plain"].as_str().expect("words");
    assert!(words.contains("Loss of each of 20 batches"), "{words}");
    assert!(words.contains("Accuracy curve over 2 epochs"), "{words}");
}

#[test]
fn a_stop_is_told_in_a_line() {
    let (mut live, paper) = screen(Screen::Redrawn);
    tell(&mut live, &batch(1, 2, 2000));
    let stopped = crate::train::Stopped { epoch: 4, epochs: 18, batch: 812, batches: 2000 };
    let history = History { stopped: Some(stopped), ..History::default() };
    live.on_end(Ok(&history));
    let (lines, displays) = paper.read();
    assert_eq!(lines, ["Stopped in epoch 4 of 18, batch 812 of 2,000"]);
    is_one_display(&displays);
}

#[test]
fn an_error_and_a_view_that_is_let_go_leave_the_figure_once() {
    let error = anyhow::anyhow!("the loss became NaN");
    let (mut live, paper) = screen(Screen::Redrawn);
    tell(&mut live, &batch(1, 2, 10));
    live.on_end(Err(&error));
    drop(live);
    is_one_display(&paper.read().1);

    let (mut live, paper) = screen(Screen::Redrawn);
    tell(&mut live, &batch(1, 2, 10));
    drop(live);
    is_one_display(&paper.read().1);
}

#[test]
fn a_training_without_a_finite_loss_ends_without_a_page_too() {
    let (mut live, paper) = screen(Screen::Redrawn);
    let report = BatchReport { loss: f64::NAN, ..batch(1, 2, 10) };
    tell(&mut live, &report);
    drop(live);
    let (_, displays) = paper.read();
    assert_eq!(displays.len(), 2);
    let data = displays[1]["data"].as_object().expect("an object");
    assert_eq!(data.keys().collect::<Vec<_>>(), ["text/plain"]);
    assert!(data["text/plain"].as_str().expect("words").contains("diverged"));
}

#[test]
fn one_view_follows_one_training_after_another() {
    let (mut live, paper) = screen(Screen::Redrawn);
    follow(&mut live, 1);
    live.on_end(Ok(&History::default()));
    follow(&mut live, 1); // and this one does not say that it ended
    follow(&mut live, 1);
    drop(live);
    let (lines, displays) = paper.read();
    assert_eq!(lines.len(), 3);
    let parts: Vec<&[Value]> = displays.chunk_by(|a, b| a["id"] == b["id"]).collect();
    assert_eq!(parts.len(), 3);
    parts.into_iter().for_each(is_one_display);
}

#[test]
fn a_kernel_that_cannot_redraw_gets_the_figure_at_the_end_and_a_terminal_only_lines() {
    let (mut live, paper) = screen(Screen::AtEnd);
    follow(&mut live, 1);
    live.on_end(Ok(&History::default()));
    drop(live);
    let text = paper.text();
    assert!(text.starts_with("Epoch 1 - Training loss: 1.0000"), "{text}");
    assert_eq!(text.matches("EVCXR_BEGIN_CONTENT image/png\n").count(), 1);
    assert!(!text.contains('\u{2063}') && !text.contains("text/html"));

    let (mut live, paper) = screen(Screen::Lines);
    follow(&mut live, 1);
    drop(live);
    assert_eq!(paper.text(), "Epoch 1 - Training loss: 1.0000, test accuracy: 90.00 %\n");
}

#[test]
fn a_closed_output_ends_nothing() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let mut live = Live::on(Screen::Redrawn, Box::new(Closed));
    follow(&mut live, 1);
    live.on_end(Ok(&History::default()));
}

/// Fails unless every element is closed in its turn and every attribute is quoted and plain.
fn is_well_formed(page: &str) {
    let mut open = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        is_plain(&rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{page}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase()), "{name}");
        open.push(name);
        let pieces: Vec<&str> = attributes.split('"').collect();
        assert!(pieces.len() % 2 == 1, "{tag}");
        for (place, piece) in pieces.iter().enumerate() {
            match place % 2 {
                0 => assert!(piece.is_empty() || piece.ends_with('=') || tag.ends_with('"')),
                _ => is_plain(piece),
            }
        }
    }
    is_plain(rest);
    assert!(open.is_empty(), "{open:?}");
}

/// Fails on a character that should have been escaped.
fn is_plain(text: &str) {
    assert!(!text.contains('<'), "{text}");
    for piece in text.split('&').skip(1) {
        let name = piece.split_once(';').expect("an entity").0;
        assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "{piece}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 150, ..ProptestConfig::default()
    })]

    #[test]
    fn the_page_is_whole_short_and_without_script_whatever_the_training(
        epochs in prop_oneof![1_usize..30, Just(5000), Just(usize::MAX)],
        batches in prop_oneof![1_usize..50, Just(2000), Just(usize::MAX)],
        losses in prop::collection::vec(
            prop_oneof![Just(f64::NAN), Just(f64::INFINITY), any::<f64>(), 0.0..3.0_f64], 1..700),
        accuracy in prop_oneof![Just(None), Just(Some(f64::NAN)), (0.0..=1.0).prop_map(Some)],
        millis in 0_u64..2000,
    ) {
        let mut view = View::new("live-1-f".to_owned(), &batch(1, epochs, batches));
        for (step, loss) in (1..).zip(&losses) {
            let report = BatchReport { loss: *loss, ..batch(step, epochs, batches) };
            view.batch(Duration::from_millis(millis * step as u64), &report);
            if report.batch == batches {
                let epoch = report.epoch;
                view.epoch(&EpochReport { epoch, loss: *loss, accuracy, seconds: 1.0 });
            }
        }
        let page = page::html(&view);
        is_well_formed(&page);
        prop_assert!(view.accuracies.len() <= MOST_ACCURACIES);
        prop_assert!(page.len() < 24_000, "{}", page.len());
        prop_assert!(!page.contains("<script") && !page.contains('\n'));
        prop_assert_eq!(page.matches("KERNEL_ID").count(), 1);
        let chart = page.replace(&view.numbers(), "");
        prop_assert!(!chart.contains("NaN") && !chart.contains("inf"), "{}", page);
        let done = format!("epoch {} of {}", losses.len().div_ceil(batches), epochs);
        prop_assert!(page.contains(&done), "{} lacks {}", page, done);
    }
}

#[test]
fn a_training_of_more_epochs_than_it_said_does_not_lengthen_the_page() {
    let mut view = View::new("live-1-f".to_owned(), &batch(1, 1, 1));
    for step in 1..=700 {
        view.batch(Duration::from_secs(step as u64), &batch(step, 1, 1));
        let (loss, accuracy) = (0.5, Some(0.9));
        view.epoch(&EpochReport { epoch: step, loss, accuracy, seconds: 1.0 });
    }
    assert_eq!(view.accuracies.len(), MOST_ACCURACIES);
    assert_eq!(page::html(&view).matches("<circle").count(), MOST_ACCURACIES);
}

#[test]
fn the_page_says_how_far_the_training_is_for_those_who_cannot_see_it() {
    let mut view = View::new("live-1-f".to_owned(), &batch(1, 4, 100));
    for step in 1..=150 {
        view.batch(Duration::from_millis(10 * step as u64), &batch(step, 4, 100));
        if step == 100 {
            let accuracy = Some(0.9612);
            view.epoch(&EpochReport { epoch: 1, loss: 0.5, accuracy, seconds: 1.0 });
        }
    }
    let page = page::html(&view);
    for part in [
        "role=\"progressbar\"",
        "aria-valuenow=\"38\"",
        "aria-valuetext=\"epoch 2 of 4 · batch 50 of 100\"",
        "3,000 images/s · 3 s left",
        "role=\"img\" aria-label=\"The training so far: loss 0.0154 · epoch 1: loss 0.5000, test \
         accuracy 96.12 %\"",
        "onpointerdown=\"",
        "api/kernels/KERNEL_ID/channels",
        "</tspan> test accuracy 96.12 %<",
        ">95 %<",
    ] {
        assert!(page.contains(part), "{page} lacks {part}");
    }
}

#[test]
fn it_is_drawn_at_once_and_then_ten_times_a_second() {
    let mut view = View::new("live-1".to_owned(), &batch(1, 18, 2000));
    let mut drawn = Vec::new();
    for step in 1..=5000_usize {
        let now = Duration::from_micros(700 * (step as u64 - 1));
        view.batch(now, &batch(step, 18, 2000));
        if view.is_due() {
            drawn.push(now);
        }
    }
    assert_eq!(drawn[0], Duration::ZERO);
    let gaps: Vec<Duration> = drawn.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= BETWEEN), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap <= Duration::from_millis(200)), "{gaps:?}");
    assert!(drawn.len() >= 33, "{}", drawn.len()); // of 3.5 seconds
}

#[test]
fn slow_batches_are_drawn_one_by_one() {
    let mut view = View::new("live-1".to_owned(), &batch(1, 1, 5));
    for step in 1..=5 {
        view.batch(Duration::from_millis(300 * step as u64), &batch(step, 1, 5));
        assert!(view.is_due());
    }
}

#[test]
fn the_words_tell_place_pace_and_numbers() {
    let mut view = View::new("live-1".to_owned(), &batch(1, 18, 2000));
    assert_eq!(view.pace(), "measuring the pace");
    for step in 1..=3234 {
        view.batch(Duration::from_millis(step as u64), &batch(step, 18, 2000));
        if step == 2000 {
            let accuracy = Some(0.9612);
            view.epoch(&EpochReport { epoch: 1, loss: 0.2012, accuracy, seconds: 2.0 });
        }
    }
    assert_eq!(view.place(), "epoch 2 of 18 · batch 1,234 of 2,000");
    assert_eq!(view.pace(), "30,000 images/s · 33 s left");
    let numbers = view.numbers();
    assert!(numbers.starts_with("loss 0.0007 · epoch 1: loss 0.2012, test"), "{numbers}");
    assert!(numbers.ends_with("test accuracy 96.12 %"), "{numbers}");
    assert_eq!(view.accuracies, [(2000.0 / 36_000.0, 0.9612)]);
}

#[test]
fn a_training_that_goes_on_counts_its_own_batches_for_the_pace() {
    let mut view = View::new("live-1".to_owned(), &batch(18_001, 18, 2000));
    for step in 18_001..=27_000 {
        view.batch(Duration::from_millis(step as u64 - 18_000), &batch(step, 18, 2000));
    }
    assert_eq!(view.pace(), "30,000 images/s · 9 s left");
    assert_eq!(view.steps(), (27_000, 36_000));
}

#[test]
fn a_loss_that_runs_away_stays_on_its_line() {
    let losses = [0.1234, 999_999.0, 3.26e38, f64::NAN].map(loss_in_words);
    assert_eq!(losses, ["0.1234", "999999.0000", "3.3e38", "NaN"]);
}

#[test]
fn time_reads_as_people_say_it() {
    let words = [0.4, 59.6, 130.0, 11_100.0].map(in_words);
    assert_eq!(words, ["0 s", "1 min 00 s", "2 min 10 s", "3 h 05 min"]);
}

#[test]
fn a_short_training_has_a_point_for_each_batch() {
    let mut columns = Columns::new(1, 4);
    (1..=3).for_each(|step| columns.add(step, step as f64));
    let points: Vec<_> = columns.points().collect();
    assert_eq!(points, [(0.125, 1.0), (0.375, 2.0), (0.625, 3.0)]);
}

#[test]
fn a_long_one_has_means_and_no_more_points_than_the_most() {
    let mut columns = Columns::new(1, 36_000);
    for step in 1..=36_000 {
        columns.add(step, if step % 2 == 0 { 1.0 } else { 2.0 });
    }
    let points: Vec<_> = columns.points().collect();
    assert_eq!(points.len(), MOST_POINTS);
    assert!(points.iter().all(|(share, mean)| (0.0..1.0).contains(share) && *mean == 1.5));
}

#[test]
fn a_training_that_goes_on_begins_at_the_left_and_odd_numbers_are_left_out() {
    let mut columns = Columns::new(501, 1000);
    columns.add(501, 0.5);
    columns.add(502, f64::NAN);
    columns.add(2000, 0.25); // beyond what was promised
    assert_eq!(columns.share(501), 0.0);
    let points: Vec<_> = columns.points().collect();
    assert_eq!(points.len(), 2);
    assert_eq!((points[0].1, points[1].1), (0.5, 0.25));
}
