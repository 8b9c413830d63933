//! An image beside what the network makes of it: the ten class probabilities as bars.

use anyhow::{Context, Result, ensure};
use plotters::style::text_anchor::{HPos, VPos};
use tch::Tensor;

use super::canvas::{Area, render};
use super::digits::{DIGIT, gray, where_the_ink_is};
use super::grid::draw_image;
use super::guess::{self, Guess};
use super::numbers::{a_digit, counted, sure};
use super::style::{self, GRID, INK, LABEL, MARGIN, QUIET};
use super::{chart, figure::Figure};
use crate::data::Split;
use crate::data::files::{DIGITS, SIDE};

/// Figure pixels per pixel of the image, alone and in a row.
const SCALE: (i32, i32) = (10, 5);
/// Height of a bar with the gap below it, alone and in a row.
const BAR: (i32, i32) = (28, 21);
/// Most images in a row.
const MOST: usize = 5;
/// Width of one image of a row with its bars, and the space between two.
const PANEL: (i32, i32) = (164, 16);
/// Room for "100.0 %" behind the longest bar.
const NUMBER: i32 = 66;

/// An image with the ten class probabilities beside it, the largest marked.
///
/// `image` is `[784]`, `[1, 784]`, `[28, 28]` or `[1, 28, 28]`, floats from 0 (paper) to 1
/// (ink); `probabilities` is `[10]` or `[1, 10]`, `.exp()` of what the network returns.
///
/// # Errors
/// Either has another shape or kind, a pixel is not from 0 to 1, or the ten numbers are no
/// probabilities that add up to 1.
pub fn view_classify(image: &Tensor, probabilities: &Tensor) -> Result<Figure> {
    view(image, probabilities, None).context("view_classify")
}

/// The same with the digit that the image shows: whether the network is right, and if not,
/// how probable it held the true digit.
///
/// # Errors
/// As [`view_classify`], and if `label` is not a digit from 0 to 9.
pub fn view_classify_labelled(image: &Tensor, probabilities: &Tensor, label: u8) -> Result<Figure> {
    view(image, probabilities, Some(label)).context("view_classify_labelled")
}

fn view(image: &Tensor, probabilities: &Tensor, label: Option<u8>) -> Result<Figure> {
    let pixels = guess::pixels(image)?;
    let guess = Guess { probabilities: guess::probabilities(probabilities, 1)?[0], label };
    if let Some(label) = label {
        ensure!(usize::from(label) < DIGITS, "label {label}; expected a digit, 0 to 9");
    }
    let side = SIDE as i32 * SCALE.0;
    let top = if label.is_some() { 94 } else { 70 };
    let bars = Bars { left: MARGIN + side + 52, top, width: 260, row: BAR.0, axis: true };
    let size = (bars.left + bars.width + NUMBER + MARGIN, top + side + 26 + MARGIN);
    let prediction = guess.prediction();
    let title = format!("Prediction: {prediction} with {}", sure(guess.probabilities[prediction]));
    let word = if guess.missed().is_none() { "Right" } else { "Wrong" };
    let verdict = label.map(|label| format!("{word}: the image shows {}", a_digit(label)));
    let alt_text = format!(
        "A handwritten digit and its class probabilities. {title}.{} Probabilities: {}. In the \
         image, {}.",
        verdict.as_ref().map_or(String::new(), |words| format!(" {words}.")),
        guess.in_words(),
        where_the_ink_is(&pixels)
    );
    render((size.0 as u32, size.1 as u32), alt_text, |area| {
        let below = chart::title(area, &title)?;
        if let Some(words) = &verdict {
            let color = guess.color(prediction);
            let style = style::bold_if(true, LABEL, color, HPos::Left, VPos::Top);
            area.draw_text(words, &style, (MARGIN, below - 4))?;
        }
        draw_image(area, |pixel| gray(pixels[pixel]), (MARGIN, top), (DIGIT, SCALE.0))?;
        bars.draw(area, &guess)
    })
}

/// Up to five images of a split, each over its class probabilities, with its label and
/// whether the network is right.
///
/// `probabilities` is `[n, 10]`: a row for each of the `n` indices, in their order.
///
/// # Errors
/// There are none or more than 5 indices, there is no image of one of them, or
/// `probabilities` is not as [`view_classify`] takes it.
pub fn view_classify_row(
    split: &Split,
    indices: &[usize],
    probabilities: &Tensor,
) -> Result<Figure> {
    row(split, indices, probabilities).context("view_classify_row")
}

fn row(split: &Split, indices: &[usize], probabilities: &Tensor) -> Result<Figure> {
    let count = indices.len();
    ensure!(
        (1..=MOST).contains(&count),
        "{count} images to show; a row holds 1 to {MOST}, so choose some of them"
    );
    let rows = guess::probabilities(probabilities, count)?;
    let mut panels = Vec::with_capacity(count);
    for (&index, probabilities) in indices.iter().zip(rows) {
        let label = split.label(index)?;
        let guess = Guess { probabilities, label: Some(label) };
        panels.push((index, label, split.image(index)?, guess));
    }
    let each: Vec<String> = panels.iter().map(panel_in_words).collect();
    let images = counted(count, "handwritten digit", "handwritten digits");
    let alt_text = format!("{images} with class probabilities. {}", each.join(" "));
    let width = count as i32 * (PANEL.0 + PANEL.1) - PANEL.1 + 2 * MARGIN;
    let height = MARGIN + SIDE as i32 * SCALE.1 + 70 + DIGITS as i32 * BAR.1 + MARGIN;
    render((width as u32, height as u32), alt_text, |area| {
        for (place, panel) in (0..).zip(&panels) {
            draw_panel(area, MARGIN + place * (PANEL.0 + PANEL.1), panel)?;
        }
        Ok(())
    })
}

/// Index, label and bytes of an image, and what the network says about it.
type Panel<'a> = (usize, u8, &'a [u8], Guess);

/// "right" or "wrong".
fn verdict(guess: &Guess) -> &'static str {
    if guess.missed().is_none() { "right" } else { "wrong" }
}

fn panel_in_words((index, label, _, guess): &Panel<'_>) -> String {
    let (image, prediction, verdict) = (a_digit(*label), guess.prediction(), verdict(guess));
    let words = guess.in_words();
    format!("Image {index}, {image}: prediction {prediction}, {verdict}; probabilities {words}.")
}

fn draw_panel(area: &Area<'_>, left: i32, (index, label, pixels, guess): &Panel<'_>) -> Result<()> {
    let side = SIDE as i32 * SCALE.1;
    let corner = (left + (PANEL.0 - side) / 2, MARGIN);
    draw_image(area, |pixel| gray(pixels[pixel]), corner, (DIGIT, SCALE.1))?;
    let middle = left + PANEL.0 / 2;
    let prediction = guess.prediction();
    let style = style::text(LABEL, INK, HPos::Center, VPos::Top);
    let caption = format!("image {index}: {}", a_digit(*label));
    area.draw_text(&caption, &style, (middle, MARGIN + side + 6))?;
    let style = style::bold_if(true, LABEL, guess.color(prediction), HPos::Center, VPos::Top);
    let found = format!("{}: {prediction}", verdict(guess));
    area.draw_text(&found, &style, (middle, MARGIN + side + 28))?;
    let width = PANEL.0 - 18 - NUMBER;
    let top = MARGIN + side + 62;
    Bars { left: left + 18, top, width, row: BAR.1, axis: false }.draw(area, guess)
}

/// Where ten horizontal bars go: the left end of probability 0, the top of digit 0's bar, the
/// width of probability 1 and the height of a row.
struct Bars {
    left: i32,
    top: i32,
    width: i32,
    row: i32,
    /// Whether a heading and ticks say what the bars measure.
    axis: bool,
}

impl Bars {
    fn draw(&self, area: &Area<'_>, guess: &Guess) -> Result<()> {
        let bottom = self.top + DIGITS as i32 * self.row;
        if self.axis {
            self.draw_axis(area, bottom)?;
        }
        for digit in 0..DIGITS {
            self.draw_bar(area, guess, digit)?;
        }
        style::fill(area, [(self.left - 1, self.top), (self.left, bottom)], INK)
    }

    fn draw_axis(&self, area: &Area<'_>, bottom: i32) -> Result<()> {
        let heading = style::text(LABEL, QUIET, HPos::Left, VPos::Bottom);
        area.draw_text("class probability", &heading, (self.left, self.top - 4))?;
        let tick = style::text(LABEL, INK, HPos::Center, VPos::Top);
        for (share, words) in [(0, "0 %"), (1, "50 %"), (2, "100 %")] {
            let x = self.left + self.width * share / 2;
            style::fill(area, [(x, self.top), (x + 1, bottom + 4)], GRID)?;
            area.draw_text(words, &tick, (x, bottom + 6))?;
        }
        Ok(())
    }

    fn draw_bar(&self, area: &Area<'_>, guess: &Guess, digit: usize) -> Result<()> {
        let top = self.top + digit as i32 * self.row;
        let middle = top + self.row / 2;
        let marked = digit == guess.prediction() || guess.missed() == Some(digit);
        let color = if marked { guess.color(digit) } else { INK };
        let name = style::bold_if(marked, LABEL, color, HPos::Right, VPos::Center);
        area.draw_text(&digit.to_string(), &name, (self.left - 8, middle))?;
        let length = (guess.probabilities[digit].min(1.0) * f64::from(self.width)).round() as i32;
        let bar = [(self.left, top + 3), (self.left + length, top + self.row - 3)];
        style::fill(area, bar, guess.color(digit))?;
        let truth = self.axis && guess.missed() == Some(digit);
        let words = sure(guess.probabilities[digit]) + if truth { ", the true digit" } else { "" };
        chart::label(area, &words, (self.left + length + 6, middle), HPos::Left, VPos::Center)
    }
}
