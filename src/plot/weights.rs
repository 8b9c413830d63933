//! What hidden neurons look for: their 784 weights as an image.

use anyhow::{Context, Result, ensure};
use plotters::prelude::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};
use tch::{Device, Kind, Tensor};

use super::canvas::{Area, render};
use super::digits::DIGIT;
use super::grid::Grid;
use super::numbers::{counted, ends, value};
use super::style::{self, BLUE, INK, LABEL, MARGIN, VERMILION, tint};
use super::{chart, figure::Figure};
use crate::data::files::{PIXELS, SIDE};
use crate::model::Network;

/// Shades between white and a full colour: all of them flat colours of one figure.
const SHADES: f64 = 60.0;
/// Most images in one row: with more, the patches in them would be too small to see.
const COLUMNS: usize = 7;
/// Width and height of the bar of colours.
const KEY: (i32, i32) = (240, 14);
/// Width of the bar with its words.
pub(super) const KEY_WIDTH: u32 = KEY.0 as u32 + 330;
/// Height of title and key.
pub(super) const HEAD: i32 = 92;

/// The weights of some hidden neurons, 28 x 28 each as the pixels they belong to: orange where
/// ink excites the neuron, blue where it inhibits, all by the same scale.
///
/// # Errors
/// There are none or more than 100 neurons, the network has no neuron of one of these numbers
/// or doesn't take 784 pixels, or a weight is NaN or infinite.
pub fn hidden_weights(network: &Network, neurons: &[usize]) -> Result<Figure> {
    let captions: Vec<String> = neurons.iter().map(|neuron| format!("neuron {neuron}")).collect();
    let grid = Grid::new(HEAD, COLUMNS, DIGIT, &captions)?;
    let all = first_layer(network)?;
    let hidden = all.len();
    let mut images = Vec::with_capacity(neurons.len());
    for &neuron in neurons {
        ensure!(neuron < hidden, "neuron {neuron} was asked for; expected a number below {hidden}");
        ensure!(
            all[neuron].iter().all(|weight| weight.is_finite()),
            "a weight of neuron {neuron} is NaN or infinite; train again with a smaller learning \
             rate"
        );
        images.push(all[neuron].map(f64::from));
    }
    let (low, high) = ends(images.iter().flatten().copied());
    let largest = high.max(-low);
    let title = format!(
        "Weights of {} of {}",
        neurons.len(),
        counted(hidden, "hidden neuron", "hidden neurons")
    );
    let each = neurons.iter().zip(&images).map(|(neuron, weights)| {
        let (low, high) = ends(*weights);
        format!("neuron {neuron} from {} to {}", value(low), value(high))
    });
    let alt_text = format!(
        "{title}, each as an image of {SIDE} x {SIDE} weights from -{} (blue: ink inhibits) over 0 \
         (white) to {} (orange: ink excites): {}.",
        value(largest),
        value(largest),
        each.collect::<Vec<_>>().join(", ")
    );
    let (width, height) = grid.size();
    let width = width.max(KEY_WIDTH);
    render((width, height), alt_text, |area| {
        chart::title(area, &title)?;
        key(area, largest, "blue: ink inhibits, orange: ink excites")?;
        for (place, (weights, caption)) in images.iter().zip(&captions).enumerate() {
            grid.cell(area, place, |pixel| diverging(weights[pixel], largest), caption)?;
        }
        Ok(())
    })
}

/// The weights of each neuron of the first layer.
fn first_layer(network: &Network) -> Result<Vec<[f32; PIXELS]>> {
    let tensors = network.named_tensors();
    let (_, weights) = tensors
        .iter()
        .find(|(name, _)| name.ends_with("weight"))
        .context("the network has no weights")?;
    let (_, inputs) = weights.size2()?;
    ensure!(
        inputs == PIXELS as i64,
        "the first layer takes {inputs} numbers; expected {PIXELS}, one for each pixel"
    );
    let plain: Tensor = weights.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?;
    let numbers = Vec::<f32>::try_from(plain.f_reshape([-1])?)?;
    Ok(numbers.as_chunks().0.to_vec())
}

/// Blue for `-largest`, white for 0, orange for `largest`.
pub(super) fn diverging(number: f64, largest: f64) -> RGBColor {
    // Where all numbers are 0, each is divided by 1.
    let share = number / if largest > 0.0 { largest } else { 1.0 };
    let strength = (share.abs() * SHADES).round() / SHADES;
    tint(if share < 0.0 { BLUE } else { VERMILION }, strength)
}

/// Draws the bar of colours with its numbers, and beside it the words that say what they mean.
pub(super) fn key(area: &Area<'_>, largest: f64, words: &str) -> Result<()> {
    let (left, top) = (MARGIN + 1, MARGIN + 32);
    style::fill(area, [(left - 1, top - 1), (left + KEY.0 + 1, top + KEY.1 + 1)], style::GRID)?;
    for x in 0..KEY.0 {
        let share = (f64::from(x) + 0.5) / f64::from(KEY.0) * 2.0 - 1.0;
        style::fill(area, [(left + x, top), (left + x + 1, top + KEY.1)], diverging(share, 1.0))?;
    }
    let below = top + KEY.1 + 4;
    for (words, x, h) in [
        (format!("-{}", value(largest)), left, HPos::Left),
        ("0".to_owned(), left + KEY.0 / 2, HPos::Center),
        (value(largest), left + KEY.0, HPos::Right),
    ] {
        area.draw_text(&words, &style::text(LABEL, INK, h, VPos::Top), (x, below))?;
    }
    let style = style::text(LABEL, INK, HPos::Left, VPos::Center);
    area.draw_text(words, &style, (left + KEY.0 + 16, top + KEY.1 / 2))?;
    Ok(())
}
