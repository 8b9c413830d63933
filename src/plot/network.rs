//! The network as a diagram: what goes in, what comes out, and the shapes between.

use anyhow::{Result, ensure};
use plotters::prelude::{Circle, Color, Polygon, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, render};
use super::figure::Figure;
use super::numbers::counted;
use super::style::{self, BLUE, GRID, INK, LABEL, QUIET, SMALL, VERMILION, WIDTH, tint};
use super::{chart, text};
use crate::model::Sizes;

/// Size of the diagram in pixels.
const SIZE: (u32, u32) = (WIDTH, 470);
/// Where the columns of neurons stand.
const ACROSS: [i32; 3] = [120, 430, 740];
/// Height of the middle of the columns, and from one circle to the next.
const MIDDLE: i32 = 214;
const PITCH: i32 = 27;
/// Radius of a circle.
const RADIUS: i32 = 9;
/// More neurons than these are shown as `ENDS` above, dots, and as many below.
const MOST: i64 = 10;
const ENDS: i32 = 4;
/// Heights of the names of columns, and of the shapes below them.
const NAMES: i32 = 62;
const SHAPES: i32 = 400;

/// A network of one hidden layer: its neurons as columns of circles, dots for those left out, and
/// below them the shapes of what goes from one to the next, with the shapes of the weights and
/// biases on the arrows.
///
/// # Errors
/// A size is below 1.
pub fn network(sizes: Sizes) -> Result<Figure> {
    let Sizes { inputs, hidden, outputs } = sizes;
    for (name, size) in [("inputs", inputs), ("hidden", hidden), ("outputs", outputs)] {
        ensure!(size >= 1, "network: {name} is {size}, expected 1 or more");
    }
    let names = [
        counted(inputs, "pixel", "pixels"),
        counted(hidden, "hidden neuron", "hidden neurons"),
        counted(outputs, "digit", "digits"),
    ];
    let shapes = [inputs, hidden, outputs].map(|size| format!("[batch, {size}]"));
    let layers = [(hidden, inputs), (outputs, hidden)]
        .map(|(to, from)| [format!("weight [{to}, {from}]"), format!("bias [{to}]")]);
    let alt_text = format!(
        "Diagram of the network {sizes}, from left to right: {}; a linear layer with {}, {}; {}, \
         with LeakyReLU; a linear layer with {}, {}; {}, with LogSoftmax. Shapes: {}.",
        names[0],
        layers[0][0],
        layers[0][1],
        names[1],
        layers[1][0],
        layers[1][1],
        names[2],
        shapes.join(" -> ")
    );
    render(SIZE, alt_text, |area| {
        chart::title(area, &format!("The network {sizes}"))?;
        let columns = [inputs, hidden, outputs].map(circles);
        connect(area, ACROSS[0], ACROSS[1], [&columns[0], &columns[1]])?;
        connect(area, ACROSS[1], ACROSS[2], [&columns[1], &columns[2]])?;
        for ((x, column), color) in ACROSS.iter().zip(&columns).zip([QUIET, BLUE, VERMILION]) {
            draw_column(area, *x, column, color)?;
        }
        if outputs == MOST {
            for (digit, y) in columns[2].iter().enumerate() {
                let style = style::text(SMALL, INK, HPos::Left, VPos::Center);
                area.draw_text(&digit.to_string(), &style, (ACROSS[2] + RADIUS + 8, *y))?;
            }
        }
        captions(area, &names, &shapes)?;
        arrow(area, 0, &shapes, &layers[0])?;
        arrow(area, 1, &shapes, &layers[1])
    })
}

/// Heights of the circles of a column.
fn circles(count: i64) -> Vec<i32> {
    let place = |number: i32, of: i32| MIDDLE + (2 * number - of + 1) * PITCH / 2;
    if count <= MOST {
        return (0..count as i32).map(|number| place(number, count as i32)).collect();
    }
    let all = 2 * ENDS + 2;
    (0..ENDS).chain(all - ENDS..all).map(|number| place(number, all)).collect()
}

/// Draws a line from each circle of a column to each of the next.
fn connect(area: &Area<'_>, from: i32, to: i32, [left, right]: [&[i32]; 2]) -> Result<()> {
    for (start, end) in left.iter().flat_map(|start| right.iter().map(move |end| (*start, *end))) {
        style::stroke(area, [(from, start), (to, end)], (GRID, 1))?;
    }
    Ok(())
}

/// Draws the circles of a column, and three dots where there is a gap between them.
fn draw_column(area: &Area<'_>, x: i32, column: &[i32], color: RGBColor) -> Result<()> {
    for y in column {
        area.draw(&Circle::new((x, *y), RADIUS, color.filled()))?;
        area.draw(&Circle::new((x, *y), RADIUS - 2, tint(color, 0.25).filled()))?;
    }
    if column.windows(2).any(|pair| pair[1] - pair[0] > PITCH) {
        for dy in [-12, 0, 12] {
            area.draw(&Circle::new((x, MIDDLE + dy), 2, INK.filled()))?;
        }
    }
    Ok(())
}

/// Writes what each column is, and what comes out of it.
fn captions(area: &Area<'_>, names: &[String; 3], shapes: &[String; 3]) -> Result<()> {
    let functions = ["", "after LeakyReLU", "after LogSoftmax"];
    for (column, x) in ACROSS.into_iter().enumerate() {
        let bold = style::bold_if(true, LABEL, INK, HPos::Center, VPos::Center);
        let plain = style::text(LABEL, INK, HPos::Center, VPos::Center);
        area.draw_text(&names[column], &bold, (x, NAMES))?;
        area.draw_text(&shapes[column], &plain, (x, SHAPES))?;
        area.draw_text(functions[column], &plain, (x, SHAPES + 24))?;
    }
    Ok(())
}

/// Draws the arrow from one shape to the next, with what the layer multiplies by and adds.
fn arrow(area: &Area<'_>, layer: usize, shapes: &[String; 3], words: &[String; 2]) -> Result<()> {
    let half = |shape: &str| text::width(shape, LABEL, false) / 2 + 10;
    let start = ACROSS[layer] + half(&shapes[layer]);
    let end = ACROSS[layer + 1] - half(&shapes[layer + 1]);
    style::stroke(area, [(start, SHAPES), (end - 8, SHAPES)], (QUIET, 2))?;
    let head = vec![(end, SHAPES), (end - 10, SHAPES - 5), (end - 10, SHAPES + 5)];
    area.draw(&Polygon::new(head, QUIET.filled()))?;
    let middle = (start + end) / 2;
    let style = style::text(LABEL, INK, HPos::Center, VPos::Center);
    let quiet = style::text(LABEL, QUIET, HPos::Center, VPos::Center);
    area.draw_text(&words[0], &style, (middle, SHAPES - 36))?;
    area.draw_text(&words[1], &style, (middle, SHAPES - 16))?;
    area.draw_text("linear layer", &quiet, (middle, SHAPES + 18))?;
    Ok(())
}
