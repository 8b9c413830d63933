//! Marks on a curve: each curve has its own shape, so that colour is not needed to tell them apart.

use anyhow::Result;
use plotters::prelude::{Circle, PathElement, Polygon, RGBColor};
use plotters::style::Color;

use super::canvas::Area;
use super::style;

/// The shape of a mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
    Down,
    Plus,
    /// For what could not be drawn.
    Cross,
}

impl Marker {
    /// The shapes of curves, in the order of the palette.
    pub(super) const ALL: [Self; 7] = [
        Self::Disc,
        Self::Square,
        Self::Triangle,
        Self::Diamond,
        Self::Ring,
        Self::Down,
        Self::Plus,
    ];

    /// Draws the mark with its middle at a point.
    pub(super) fn draw(self, area: &Area<'_>, middle: (i32, i32), color: RGBColor) -> Result<()> {
        let polygon = |corners: &[(i32, i32)]| {
            let corners: Vec<_> =
                corners.iter().map(|(x, y)| (middle.0 + x, middle.1 + y)).collect();
            area.draw(&Polygon::new(corners, color.filled()))
        };
        let stroke = |from: (i32, i32), to: (i32, i32)| {
            let ends = [from, to].map(|(x, y)| (middle.0 + x, middle.1 + y));
            area.draw(&PathElement::new(ends, style::line(color, 3)))
        };
        match self {
            Self::Disc => area.draw(&Circle::new(middle, 4, color.filled()))?,
            Self::Square => polygon(&[(-4, -4), (4, -4), (4, 4), (-4, 4)])?,
            Self::Triangle => polygon(&[(0, -6), (5, 4), (-5, 4)])?,
            Self::Diamond => polygon(&[(0, -6), (6, 0), (0, 6), (-6, 0)])?,
            Self::Down => polygon(&[(0, 6), (5, -4), (-5, -4)])?,
            Self::Ring => {
                area.draw(&Circle::new(middle, 5, color.filled()))?;
                area.draw(&Circle::new(middle, 3, RGBColor(255, 255, 255).filled()))?;
            }
            Self::Plus => {
                stroke((-5, 0), (5, 0))?;
                stroke((0, -5), (0, 5))?;
            }
            Self::Cross => {
                stroke((-5, -5), (5, 5))?;
                stroke((-5, 5), (5, -5))?;
            }
        }
        Ok(())
    }
}
