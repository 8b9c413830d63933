//! TensorBoard's own reader finds in a run what was logged, every checksum right.

mod python_support;
mod tensorboard_support;

use std::fs;

use anyhow::{Context, Result};
use mnist_tutorial::data::Split;
use mnist_tutorial::plot;
use mnist_tutorial::tensorboard::Run;
use python_support::{output_of, script};
use tch::{Kind, Tensor};
use tensorboard_support::{file_of, scalars};

/// A line of `read_events.py`: kind, tag, step, wall time, the rest.
struct Found {
    kind: String,
    tag: String,
    step: i64,
    wall_time: f64,
    rest: Vec<String>,
}

/// What Python finds in a run, `None` where there is no Python.
fn read(run: &Run) -> Result<Option<Vec<Found>>> {
    let Some(mut command) = script("read_events.py") else { return Ok(None) };
    output_of(command.arg(run.folder())).lines().map(found).collect::<Result<_>>().map(Some)
}

fn found(line: &str) -> Result<Found> {
    let mut fields = line.split(' ').map(str::to_owned);
    let mut next = || fields.next().context("a short line");
    Ok(Found {
        kind: next()?,
        tag: String::from_utf8(bytes(&next()?)?)?,
        step: next()?.parse()?,
        wall_time: float(&next()?)?,
        rest: fields.collect(),
    })
}

/// The bytes that hexadecimal digits stand for.
fn bytes(digits: &str) -> Result<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|start| Ok(u8::from_str_radix(&digits[start..start + 2], 16)?)).collect()
}

/// A number as Python's `float.hex` writes it, such as `-0x1.8p+3`.
fn float(text: &str) -> Result<f64> {
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let (digits, power) =
        text.strip_prefix("0x").and_then(|rest| rest.split_once('p')).context("a hex float")?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa = u64::from_str_radix(&format!("{whole}{fraction}"), 16)? as f64;
    let power = power.parse::<i32>()? - 4 * fraction.len() as i32;
    Ok(sign * mantissa * 2_f64.powi(power))
}

fn floats<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<Vec<f64>> {
    texts.into_iter().map(|text| float(text)).collect()
}

#[test]
fn every_scalar_comes_back_with_its_tag_step_time_and_number() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut run = Run::create(folder.path().join("run"))?;
    let tags = ["loss/batch", "größe", "two\nlines and a tab\t", " ", "accuracy"];
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e-45, f64::MAX];
    let mut numbers = some_numbers();
    for step in 0..400 {
        let value = if step < odd.len() { odd[step] } else { numbers() };
        run.scalar(tags[step % tags.len()], step / 3 * 1_000_003, value)?;
    }
    run.scalars(i64::MAX as usize, &[("a", 1.5), ("b", -2.5)])?;
    let Some(found) = read(&run)? else { return Ok(()) };
    let mut expected = scalars(run.folder())?;
    // The reader sorts by tag; the order within one stays.
    expected.sort_by(|a, b| a.tag.cmp(&b.tag));
    let mut found: Vec<&Found> = found.iter().collect();
    found.sort_by(|a, b| a.tag.cmp(&b.tag));
    assert_eq!(found.len(), 402);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(
            (&*found.kind, &found.tag, found.step),
            ("scalar", &expected.tag, expected.step)
        );
        assert_eq!(found.wall_time, expected.wall_time);
        let value = f32::from_bits(u32::from_str_radix(&found.rest[0], 16)?);
        assert!(
            value.to_bits() == expected.value.to_bits()
                || value.is_nan() && expected.value.is_nan()
        );
    }
    Ok(())
}

/// Different numbers of all sizes, always the same ones.
fn some_numbers() -> impl FnMut() -> f64 {
    let mut state = 1_u64;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 10_f64.powi((state % 60) as i32 - 30)
    }
}

#[test]
fn a_wrong_byte_is_noticed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut run = Run::create(folder.path().join("run"))?;
    run.scalar("loss", 1, 0.5)?;
    run.scalar("loss", 2, 0.25)?;
    let file = file_of(run.folder())?;
    let mut content = fs::read(&file)?;
    let last = content.len() - 6;
    content[last] ^= 1;
    fs::write(&file, content)?;
    let Some(found) = read(&run)? else { return Ok(()) };
    assert_eq!(found.len(), 1, "the damaged record must not be read");
    Ok(())
}

#[test]
fn a_torn_last_record_leaves_the_others_readable() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut run = Run::create(folder.path().join("run"))?;
    run.scalar("loss", 1, 0.5)?;
    run.scalar("loss", 2, 0.25)?;
    let file = file_of(run.folder())?;
    let length = fs::metadata(&file)?.len();
    fs::OpenOptions::new().write(true).open(&file)?.set_len(length - 5)?;
    let Some(found) = read(&run)? else { return Ok(()) };
    assert_eq!(found.len(), 1);
    Ok(())
}

#[test]
fn pictures_and_texts_come_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut run = Run::create(folder.path().join("run"))?;
    let figure = plot::digit(&Split::new(vec![7; 784], vec![0])?, 0)?;
    run.image("digit", 3, &figure)?;
    run.text("settings", 0, "# Größe\n| a | b |")?;
    let Some(found) = read(&run)? else { return Ok(()) };
    let [picture, text] = &found[..] else { panic!("{} values", found.len()) };
    assert_eq!((&*picture.kind, &*picture.tag, picture.step), ("image", "digit", 3));
    assert_eq!(picture.rest[0], figure.width().to_string());
    assert_eq!(picture.rest[1], figure.height().to_string());
    assert_eq!(bytes(&picture.rest[2])?, figure.png());
    assert_eq!((&*text.kind, &*text.tag, text.step), ("text", "settings", 0));
    assert_eq!(text.rest[..2], ["-", "object"]);
    assert_eq!(bytes(&text.rest[2])?, "# Größe\n| a | b |".as_bytes());
    Ok(())
}

#[test]
fn histograms_and_pr_curves_are_those_that_tensorboard_makes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut run = Run::create(folder.path().join("run"))?;
    let mut number = some_numbers();
    let weights: Vec<f64> =
        (0..500).map(|index| (index as f64).sin() * 0.3 + number() % 0.01).collect();
    let probabilities: Vec<f32> =
        (0..300).map(|index| ((index * 37) % 301) as f32 / 300.0).collect();
    let labels: Vec<bool> = (0..300).map(|index| (index * index) % 7 < 3).collect();
    run.histogram("weights", 1, &Tensor::from_slice(&weights).reshape([20, 25]))?;
    run.pr_curve("curve", 2, &labels, &probabilities)?;
    run.histogram("nothing", 1, &Tensor::zeros([0], (Kind::Float, tch::Device::Cpu)))?;
    run.histogram("ones", 1, &Tensor::from_slice(&[1_u8, 1]))?;
    run.histogram("odd", 1, &Tensor::from_slice(&[f32::NAN, 1.0, 3.0, f32::INFINITY]))?;
    let Some(found) = read(&run)? else { return Ok(()) };
    let Some(mut command) = script("histogram_and_pr_curve.py") else { return Ok(()) };
    command.args(weights.iter().map(f64::to_string)).arg("---");
    let pairs = probabilities.iter().zip(&labels);
    command.args(pairs.map(|(probability, label)| format!("{probability}:{}", u8::from(*label))));
    let output = output_of(&mut command);
    let made: Vec<Vec<f64>> =
        output.lines().map(|line| line.split(' ').map(float).collect()).collect::<Result<_>>()?;
    let of = |tag: &str| found.iter().find(|value| value.tag == tag).context("is there");
    let histogram = of("weights")?;
    assert_eq!(histogram.kind, "histograms");
    assert_eq!(histogram.rest[..2], ["30x3", "float64"]);
    assert_eq!(floats(&histogram.rest[2..])?, made[0]);
    let curve = of("curve")?;
    assert_eq!((&*curve.kind, curve.step), ("pr_curves", 2));
    assert_eq!(curve.rest[..2], ["6x201", "float32"]);
    assert_eq!(floats(&curve.rest[2..])?, made[1]);
    assert_eq!(floats(&of("nothing")?.rest[2..])?, [0.0; 90]);
    assert_eq!(floats(&of("ones")?.rest[2..])?[87..], [1.0, 1.0, 2.0]);
    let odd = floats(&of("odd")?.rest[2..])?;
    assert_eq!((odd[0], odd[88]), (1.0, 3.0));
    Ok(())
}

#[test]
fn every_digit_gets_a_curve_of_its_own() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut run = Run::create(folder.path().join("run"))?;
    let mut sure = [[0.01_f32; 10]; 3];
    for (ten, digit) in sure.iter_mut().zip([3, 3, 9]) {
        ten[digit] = 0.91;
    }
    run.pr_curves_per_digit(1, &[3, 3, 9], &sure)?;
    let error = run.pr_curves_per_digit(2, &[3, 10, 9], &sure).expect_err("no digit").to_string();
    assert_eq!(error, "PR curves: label 1 is 10, expected a digit from 0 to 9");
    let Some(found) = read(&run)? else { return Ok(()) };
    let tags: Vec<&str> = found.iter().map(|value| &*value.tag).collect();
    let digits: Vec<String> = (0..10).map(|digit| format!("digit/{digit}")).collect();
    assert_eq!(tags, digits);
    let three = floats(&found[3].rest[2..])?;
    // At 0.5: two true positives, none false, one true negative, none false.
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(|row| three[row * 201 + 100]),
        [2.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    );
    Ok(())
}
