//! Text from a font inside the program, because a machine may have none.
//!
//! plotters can draw text itself, but loses the space before each letter, and which of
//! its font engines is built in depends on every other crate of a build. Measuring and
//! drawing with `ab_glyph` gives the same letters everywhere.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, GlyphId, OutlinedGlyph, PxScale, ScaleFont, point};

/// Height of a capital letter or a digit of Noto Sans, as a share of the font size.
pub(super) const CAPITAL_HEIGHT: f32 = 0.714;

/// The glyphs of a line of text at a font size in pixels, with the left end of its base line
/// at (0, 0), and its width; `None` if the built-in font is damaged.
pub(super) fn layout(text: &str, size: f32, bold: bool) -> Option<(Vec<OutlinedGlyph>, f32)> {
    let (font, scale) = scaled(size, bold)?;
    let (mut glyphs, mut width) = (Vec::new(), 0.0);
    for (id, advance) in letters(text, font, scale) {
        // On whole pixels, so that equal letters look equal.
        let position = point(f32::round(width), 0.0);
        glyphs.extend(font.outline_glyph(Glyph { id, scale, position }));
        width += advance;
    }
    Some((glyphs, width))
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

/// One of the two built-in fonts, and the scale at which it has a size in pixels.
fn scaled(size: f32, bold: bool) -> Option<(&'static FontRef<'static>, PxScale)> {
    static REGULAR: LazyLock<Option<FontRef<'static>>> =
        LazyLock::new(|| FontRef::try_from_slice(notosans::REGULAR_TTF).ok());
    static BOLD: LazyLock<Option<FontRef<'static>>> =
        LazyLock::new(|| FontRef::try_from_slice(notosans::BOLD_TTF).ok());
    let font = if bold { BOLD.as_ref() } else { REGULAR.as_ref() }?;
    let scale = size * font.height_unscaled() / font.units_per_em()?;
    Some((font, PxScale::from(scale)))
}

/// The text, cut short with an ellipsis if it is wider than `limit` pixels.
pub(super) fn fitted(text: &str, size: f64, bold: bool, limit: i32) -> String {
    if width(text, size, bold) <= limit {
        return text.to_owned();
    }
    let cut = |count: usize| text.chars().take(count).chain(['…']).collect::<String>();
    let mut shorter = (0..text.chars().count().min(200)).rev().map(cut);
    shorter.find(|short| width(short, size, bold) <= limit).unwrap_or_default()
}
