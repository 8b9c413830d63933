//! Text from a font inside the program, because a machine may have none.
//!
//! plotters can draw text itself, but loses the space before each letter, and which of
//! its font engines is built in depends on every other crate of a build. Measuring and
//! drawing with `ab_glyph` gives the same letters everywhere.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, Glyph, GlyphId, OutlinedGlyph, PxScale, ScaleFont, point};

/// Height of a capital letter or a digit of Noto Sans, as a share of the font size.
pub(super) const CAPITAL_HEIGHT: f32 = 0.714;

/// One line of text, ready to be drawn with the left end of its base line at (0, 0).
pub(super) struct Line {
    pub(super) glyphs: Vec<OutlinedGlyph>,
    pub(super) width: f32,
}

/// Lays a text out at a font size in pixels; `None` if the built-in font is damaged.
pub(super) fn layout(text: &str, size: f32, bold: bool) -> Option<Line> {
    let (font, scale) = scaled(size, bold)?;
    let (mut glyphs, mut width) = (Vec::new(), 0.0);
    for (id, advance) in letters(text, font, scale) {
        // On whole pixels, so that equal letters look equal.
        let position = point(f32::round(width), 0.0);
        glyphs.extend(font.outline_glyph(Glyph { id, scale, position }));
        width += advance;
    }
    Some(Line { glyphs, width })
}

/// Width of a text in whole pixels.
pub(super) fn width(text: &str, size: f64, bold: bool) -> i32 {
    let Some((font, scale)) = scaled(size as f32, bold) else {
        return 0;
    };
    let width: f32 = letters(text, font, scale).map(|(_, advance)| advance).sum();
    width.ceil() as i32
}

/// Each letter's glyph and how far the next one is away.
fn letters(
    text: &str,
    font: &'static FontRef<'static>,
    scale: PxScale,
) -> impl Iterator<Item = (GlyphId, f32)> {
    text.chars().map(move |letter| {
        let id = font.glyph_id(if letter.is_control() { ' ' } else { letter });
        (id, font.as_scaled(scale).h_advance(id))
    })
}

fn scaled(size: f32, bold: bool) -> Option<(&'static FontRef<'static>, PxScale)> {
    let font = font(bold)?;
    let scale = size * font.height_unscaled() / font.units_per_em()?;
    Some((font, PxScale::from(scale)))
}

/// The text, cut short with an ellipsis if it is wider than `limit` pixels.
pub(super) fn fitted(text: &str, size: f64, bold: bool, limit: i32) -> String {
    if width(text, size, bold) <= limit {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().take(200).collect();
    while kept.pop().is_some() {
        let short: String = kept.iter().chain(&['…']).collect();
        if width(&short, size, bold) <= limit {
            return short;
        }
    }
    String::new()
}

fn font(bold: bool) -> Option<&'static FontRef<'static>> {
    static REGULAR: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    static BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let (slot, bytes) =
        if bold { (&BOLD, notosans::BOLD_TTF) } else { (&REGULAR, notosans::REGULAR_TTF) };
    slot.get_or_init(|| FontRef::try_from_slice(bytes).ok()).as_ref()
}
