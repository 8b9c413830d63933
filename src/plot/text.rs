//! Text from a font inside the program, because a machine may have none.
//!
//! plotters can draw text itself, but loses the space before each letter, and which of
//! its font engines is built in depends on every other crate of a build. Measuring and
//! drawing with `ab_glyph` gives the same letters everywhere.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, OutlinedGlyph, PxScale, ScaleFont, point};

/// Height of a capital letter or a digit of Noto Sans, as a share of the font size.
pub(super) const CAPITAL_HEIGHT: f32 = 0.714;

/// The glyphs of a line of text at a font size in pixels, with the left end of its base line
/// at (0, 0), and its width; `None` if the built-in font is damaged.
pub(super) fn layout(text: &str, size: f32, bold: bool) -> Option<(Vec<OutlinedGlyph>, f32)> {
    let (font, scale) = scaled(size, bold)?;
    let (mut glyphs, mut width) = (Vec::new(), 0.0);
    for letter in text.chars() {
        let id = font.glyph_id(if letter.is_control() { ' ' } else { letter });
        // On whole pixels, so that equal letters look equal.
        let position = point(f32::round(width), 0.0);
        glyphs.extend(font.outline_glyph(Glyph { id, scale, position }));
        width += font.as_scaled(scale).h_advance(id);
    }
    Some((glyphs, width))
}

/// Width of a text in whole pixels.
pub(super) fn width(text: &str, size: f64, bold: bool) -> i32 {
    layout(text, size as f32, bold).map_or(0, |(_, width)| width.ceil() as i32)
}

/// One of the two built-in fonts, and the scale at which it has a size in pixels.
fn scaled(size: f32, bold: bool) -> Option<(&'static FontRef<'static>, PxScale)> {
    static FONTS: LazyLock<[Option<FontRef<'static>>; 2]> = LazyLock::new(|| {
        [notosans::REGULAR_TTF, notosans::BOLD_TTF].map(|font| FontRef::try_from_slice(font).ok())
    });
    let font = FONTS[usize::from(bold)].as_ref()?;
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
