//! What hidden neurons look for: their 784 weights as a picture.

use anyhow::{Context, Result, ensure};
use plotters::prelude::{RGBColor, Rectangle};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};
use tch::{Device, Kind, Tensor};

use super::Figure;
use super::canvas::{Area, render};
use super::chart;
use super::digits::Grid;
use super::numbers::{counted, value};
use super::style::{self, BLUE, INK, LABEL, MARGIN, VERMILION, tint};
use crate::data::files::{PIXELS, SIDE};
use crate::model::Network;

/// Shades between white and a full colour: all of them flat colours of one picture.
const SHADES: f64 = 60.0;
/// Most pictures in one row: with more, the patches in them would be too small to see.
const COLUMNS: usize = 7;
/// Width and height of the bar of colours.
const KEY: (i32, i32) = (240, 14);
/// Height of title and key.
const HEAD: i32 = 92;

/// The weights of some hidden neurons, 28 x 28 each as the pixels they belong to: orange where
/// ink excites the neuron, blue where it inhibits, all by the same scale.
///
/// # Errors
/// There are none or more than 100 neurons, the network has no neuron of one of these numbers
/// or doesn't take 784 pixels, or a weight is not a finite number.
pub fn hidden_weights(network: &Network, neurons: &[usize]) -> Result<Figure> {
    let (weights, hidden) = first_layer(network).context("hidden_weights")?;
    let mut pictures = Vec::with_capacity(neurons.len());
    for &neuron in neurons {
        ensure!(
            neuron < hidden,
            "hidden_weights: neuron {neuron} was asked for; expected a number below {hidden}"
        );
        pictures.push(&weights[neuron * PIXELS..(neuron + 1) * PIXELS]);
    }
    draw(neurons, &pictures, hidden).context("hidden_weights")
}

/// All weights of the first layer, neuron after neuron, and the number of neurons.
fn first_layer(network: &Network) -> Result<(Vec<f32>, usize)> {
    let tensors = network.named_tensors();
    let (_, weights) = tensors
        .iter()
        .find(|(name, _)| name.ends_with("weight"))
        .context("the network has no weights")?;
    let (hidden, inputs) = weights.size2()?;
    ensure!(
        inputs == PIXELS as i64,
        "the first layer takes {inputs} numbers; expected {PIXELS}, one for each pixel"
    );
    let plain: Tensor = weights.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?;
    Ok((Vec::<f32>::try_from(plain.f_reshape([-1])?)?, hidden as usize))
}

fn draw(neurons: &[usize], pictures: &[&[f32]], hidden: usize) -> Result<Figure> {
    let captions: Vec<String> = neurons.iter().map(|neuron| format!("neuron {neuron}")).collect();
    let grid = Grid::below(HEAD, COLUMNS, &captions)?;
    for (neuron, weights) in neurons.iter().zip(pictures) {
        ensure!(
            weights.iter().all(|weight| weight.is_finite()),
            "a weight of neuron {neuron} is not a finite number; train again with a smaller \
             learning rate"
        );
    }
    let all = || pictures.iter().flat_map(|weights| weights.iter());
    let largest = f64::from(all().fold(0.0, |most: f32, weight| most.max(weight.abs())));
    let title = format!(
        "Weights of {} of {}",
        neurons.len(),
        counted(hidden as u64, "hidden neuron", "hidden neurons")
    );
    let alt_text = alt_text(&title, neurons, pictures, largest);
    let (width, height) = grid.size();
    let width = width.max(KEY.0 as u32 + 330);
    render((width, height), alt_text, |area| {
        chart::title(area, &title)?;
        key(area, largest)?;
        for (place, (weights, caption)) in pictures.iter().zip(&captions).enumerate() {
            let color = |pixel: usize| {
                let weight = weights.get(pixel).copied().map_or(0.0, f64::from);
                diverging(if largest > 0.0 { weight / largest } else { 0.0 })
            };
            grid.cell(area, place, color, caption)?;
        }
        Ok(())
    })
}

/// Blue for -1, white for 0, orange for 1.
fn diverging(share: f64) -> RGBColor {
    let strength = (share.abs() * SHADES).round() / SHADES;
    tint(if share < 0.0 { BLUE } else { VERMILION }, strength)
}

/// Draws the bar of colours with its numbers, and says what they mean.
fn key(area: &Area<'_>, largest: f64) -> Result<()> {
    let (left, top) = (MARGIN + 1, MARGIN + 32);
    let frame = [(left - 1, top - 1), (left + KEY.0 + 1, top + KEY.1 + 1)];
    area.draw(&Rectangle::new(frame, style::GRID.filled()))?;
    for x in 0..KEY.0 {
        let share = (f64::from(x) + 0.5) / f64::from(KEY.0) * 2.0 - 1.0;
        let stripe = [(left + x, top), (left + x + 1, top + KEY.1)];
        area.draw(&Rectangle::new(stripe, diverging(share).filled()))?;
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
    let words = "blue: ink inhibits, orange: ink excites";
    area.draw_text(words, &style, (left + KEY.0 + 16, top + KEY.1 / 2))?;
    Ok(())
}

/// The scale, and the range of each neuron's weights.
fn alt_text(title: &str, neurons: &[usize], pictures: &[&[f32]], largest: f64) -> String {
    let each = neurons.iter().zip(pictures).map(|(neuron, weights)| {
        let low = weights.iter().copied().fold(f32::INFINITY, f32::min);
        let high = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        format!("neuron {neuron} from {} to {}", value(low.into()), value(high.into()))
    });
    format!(
        "{title}, each as a picture of {SIDE} x {SIDE} weights from -{} (blue: ink inhibits) over 0 \
         (white) to {} (orange: ink excites): {}.",
        value(largest),
        value(largest),
        each.collect::<Vec<_>>().join(", ")
    )
}
