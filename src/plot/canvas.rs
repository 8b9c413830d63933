//! Where plotters draws: an opaque white sheet in memory, twice as fine as the figure.
//!
//! Charts are laid out in the figure's own pixels. The canvas doubles every coordinate,
//! and the finished sheet is averaged down again, which smooths lines and letters.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::{Color, DrawingArea, IntoDrawingArea, RGBAColor, ShapeStyle};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};
use plotters_bitmap::{BitMapBackend, BitMapBackendError};

use super::figure::Figure;
use super::text;

/// Sheet pixels per figure pixel, across and down; `averaged` takes squares of this side.
const FINENESS: i32 = 2;

/// The whole sheet, or a part of it.
pub(super) type Area<'a> = DrawingArea<Canvas<'a>, Shift>;

type Drawn = Result<(), DrawingErrorKind<BitMapBackendError>>;

/// Draws on a white sheet of `width` x `height` pixels and makes a figure of it.
pub(super) fn render(
    (width, height): (u32, u32),
    alt_text: String,
    draw: impl FnOnce(&Area<'_>) -> Result<()>,
) -> Result<Figure> {
    let fine = FINENESS as u32;
    let size = (width * fine, height * fine);
    let mut sheet = vec![255; size.0 as usize * size.1 as usize * 3];
    let canvas =
        Canvas { sheet: BitMapBackend::with_buffer(&mut sheet, size), size: (width, height) };
    let area = canvas.into_drawing_area();
    draw(&area)?;
    area.present()?;
    drop(area);
    Figure::from_rgb(&averaged(&sheet, width), width, height, &alt_text)
}

/// Each pixel of the figure is the mean of its square of sheet pixels.
fn averaged(sheet: &[u8], width: u32) -> Vec<u8> {
    let row = (width * FINENESS as u32 * 3) as usize;
    let pairs = sheet.chunks_exact(2 * row).flat_map(|rows| {
        let (upper, lower) = rows.split_at(row);
        upper.chunks_exact(6).zip(lower.chunks_exact(6))
    });
    let mean = |(upper, lower): (&[u8], &[u8])| {
        [0, 1, 2].map(|channel| {
            let values = [upper[channel], upper[channel + 3], lower[channel], lower[channel + 3]];
            (values.map(u32::from).iter().sum::<u32>() / 4) as u8
        })
    };
    pairs.flat_map(mean).collect()
}

/// A plotters backend over [`BitMapBackend`] that doubles coordinates and draws its own text.
pub(super) struct Canvas<'a> {
    sheet: BitMapBackend<'a>,
    size: (u32, u32),
}

/// Colour and width of a line, in sheet pixels.
fn pen<S: BackendStyle>(style: &S) -> ShapeStyle {
    let BackendColor { alpha, rgb: (red, green, blue) } = style.color();
    let color = RGBAColor(red, green, blue, alpha);
    Color::stroke_width(&color, style.stroke_width() * FINENESS as u32)
}

/// The sheet pixel where a figure pixel begins; far outside is as good as further.
fn corner((x, y): BackendCoord) -> BackendCoord {
    let fine = |value: i32| value.clamp(-20_000, 20_000) * FINENESS;
    (fine(x), fine(y))
}

/// The sheet pixel at the middle of a figure pixel.
fn middle(point: BackendCoord) -> BackendCoord {
    let (x, y) = corner(point);
    (x + FINENESS / 2, y + FINENESS / 2)
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = BitMapBackendError;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        self.sheet.ensure_prepared()
    }

    fn present(&mut self) -> Drawn {
        self.sheet.present()
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        let pen = pen(style);
        let (from, to) = (middle(from), middle(to));
        if from.0 != to.0 && from.1 != to.1 {
            return self.sheet.draw_line(from, to, &pen);
        }
        // Along an axis: a rectangle has sharp edges.
        let half = pen.stroke_width as i32 / 2;
        let first = (from.0.min(to.0) - half, from.1.min(to.1) - half);
        let last = (from.0.max(to.0) + half, from.1.max(to.1) + half);
        self.sheet.draw_rect(first, last, &pen, true)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.sheet.draw_rect(corner(upper_left), corner(bottom_right), &pen(style), fill)
    }

    /// Straight pieces with round joints: sharp turns of a noisy curve leave no spikes.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let mut last: Option<BackendCoord> = None;
        for point in path {
            if let Some(last) = last {
                self.draw_line(last, point, style)?;
                if style.stroke_width() > 1 {
                    let joint = style.stroke_width() * FINENESS as u32 / 2 - 1;
                    self.sheet.draw_circle(middle(point), joint, &style.color(), true)?;
                }
            }
            last = Some(point);
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let radius = radius * FINENESS as u32;
        self.sheet.draw_circle(middle(center), radius, &pen(style), fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.sheet.fill_polygon(corners.into_iter().map(middle), style)
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        pos: BackendCoord,
    ) -> Drawn {
        let size = style.size() as f32 * FINENESS as f32;
        let bold = matches!(style.style(), FontStyle::Bold);
        let (glyphs, width) = text::layout(text, size, bold)
            .ok_or_else(|| DrawingErrorKind::FontError("the built-in font is damaged".into()))?;
        let dx = match style.anchor().h_pos {
            HPos::Left => 0,
            HPos::Right => -width as i32,
            HPos::Center => -width as i32 / 2,
        };
        let dy = match style.anchor().v_pos {
            VPos::Top => (size * 0.9) as i32,
            VPos::Center => (size * text::CAPITAL_HEIGHT) as i32 / 2,
            VPos::Bottom => -(size * 0.25) as i32,
        };
        let turned = style.transform();
        let origin = middle(pos);
        let color = style.color();
        for glyph in &glyphs {
            let corner = glyph.px_bounds().min;
            let (left, top) = (corner.x as i32 + dx, corner.y as i32 + dy);
            let mut drawn = Ok(());
            glyph.draw(|x, y, coverage| {
                let (x, y) = turned.transform(left + x as i32, top + y as i32);
                let point = (origin.0 + x, origin.1 + y);
                let pixel = self.sheet.draw_pixel(point, color.mix(f64::from(coverage.min(1.0))));
                if pixel.is_err() {
                    drawn = pixel;
                }
            });
            drawn?;
        }
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<BitMapBackendError>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = text::width(text, style.size(), bold).unsigned_abs();
        Ok((width, style.size().ceil() as u32))
    }
}
