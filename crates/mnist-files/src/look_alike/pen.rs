//! Writes one digit: bends a glyph at random, as hands do, and draws it as MNIST's makers did.
//!
//! Only additions, multiplications, divisions and square roots are used, whose results IEEE 754
//! fixes: the same seed gives the same bytes on every machine.

use super::glyphs::{GLYPHS, Glyph};
use crate::files::{DIGITS, PIXELS, SIDE};
use crate::random::Random;

/// A point of the paper or of the image.
type Point = (f32, f32);
/// A straight piece of the pen's path, in pixels, and the pen's radius there.
type Piece = (Point, Point, f32);

/// Straight pieces that a curve is drawn with between two of its points.
const PIECES: usize = 5;
/// Side of the box that a digit is fitted into, in pixels (as for MNIST: 20 within 28).
const BOX: f32 = 20.0;
/// The pixel that a digit's centre of mass is put on, from the left and from the top (as for MNIST).
const CENTRE: f32 = 14.0;

/// Draws the digit that these random numbers choose: its label and its 784 pixels.
pub(super) fn digit(random: &mut Random) -> (u8, [u8; PIXELS]) {
    let label = random.below(DIGITS as u64) as usize;
    let ways = GLYPHS[label];
    let glyph = ways[random.below(ways.len() as u64) as usize];
    let hand = Hand::new(random);
    let strokes = glyph_strokes(glyph, &hand, random);
    let pieces = place(&strokes, &hand);
    (label as u8, ink(&pieces, hand.softness))
}

/// How one digit deviates from its model.
struct Hand {
    /// Width over height.
    width: f32,
    /// How far the top leans to the right, in heights.
    slant: f32,
    /// Cosine and sine of the rotation.
    turn: Point,
    /// Strengths of a smooth bending of the whole digit.
    bend: [f32; 4],
    /// Size, as a share of the box.
    size: f32,
    /// The pen's mean radius, in pixels, and how much more it is at the bottom.
    pen: (f32, f32),
    /// Half the width of a stroke's grey edge, in pixels.
    softness: f32,
}

impl Hand {
    /// A random hand.
    fn new(random: &mut Random) -> Hand {
        // With t the tangent of half an angle, these are its cosine and sine.
        let t = about(random, 0.0, 0.2);
        let turn = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        Hand {
            width: about(random, 0.8, 0.38),
            slant: about(random, 0.15, 0.55),
            turn,
            bend: [0; 4].map(|_| about(random, 0.0, 0.6)),
            size: about(random, 0.95, 0.05),
            pen: (about(random, 1.35, 0.7), about(random, 0.0, 0.35)),
            softness: about(random, 0.7, 0.2),
        }
    }

    /// Where a point of the model goes.
    fn write(&self, (x, y): Point) -> Point {
        let (x, y) = (x - 0.5, y - 0.5);
        let [a, b, c, d] = self.bend;
        let bent_x = x + a * (y * y - 0.1) + b * x * y;
        let bent_y = y + c * (x * x - 0.1) + d * x * y;
        let x = bent_x * self.width - self.slant * bent_y;
        let (cosine, sine) = self.turn;
        (cosine * x - sine * bent_y, sine * x + cosine * bent_y)
    }
}

/// A random number within `spread` of `middle`, more often near it (the mean of two uniform ones).
fn about(random: &mut Random, middle: f32, spread: f32) -> f32 {
    let mut unit = || (random.bits() >> 40) as f32 / (1u64 << 24) as f32;
    middle + (unit() + unit() - 1.0) * spread
}

/// The pen's path in paper units: each stroke as a chain of points.
fn glyph_strokes(glyph: Glyph, hand: &Hand, random: &mut Random) -> Vec<Vec<Point>> {
    glyph
        .iter()
        .map(|stroke| {
            let mut points: Vec<Point> = Vec::with_capacity(stroke.len());
            for (index, &(x, y)) in stroke.iter().enumerate() {
                let again = index > 0 && stroke[index - 1] == (x, y);
                let point = match points.last() {
                    Some(&corner) if again => corner,
                    _ => hand.write((x + about(random, 0.0, 0.16), y + about(random, 0.0, 0.16))),
                };
                points.push(point);
            }
            smooth(&points)
        })
        .collect()
}

/// A chain of points on the Catmull-Rom curve through the given ones; repeated points stay corners.
fn smooth(points: &[Point]) -> Vec<Point> {
    let mut chain = vec![points[0]];
    for index in 0..points.len() - 1 {
        let at = |place: usize| points[place.clamp(1, points.len()) - 1];
        let (p0, p1, p2, p3) = (at(index), at(index + 1), at(index + 2), at(index + 3));
        if p1 == p2 {
            continue;
        }
        for step in 1..=PIECES {
            let t = step as f32 / PIECES as f32;
            chain.push((curve(p0.0, p1.0, p2.0, p3.0, t), curve(p0.1, p1.1, p2.1, p3.1, t)));
        }
    }
    chain
}

/// One coordinate of a Catmull-Rom curve between `b` and `c`, `t` of the way.
fn curve(a: f32, b: f32, c: f32, d: f32, t: f32) -> f32 {
    let (linear, square) = (c - a, 2.0 * a - 5.0 * b + 4.0 * c - d);
    let cube = 3.0 * b - a - 3.0 * c + d;
    0.5 * (2.0 * b + t * (linear + t * (square + t * cube)))
}

/// Fits the strokes into MNIST's box, in pixels, with the centre of mass in the middle of the image.
fn place(strokes: &[Vec<Point>], hand: &Hand) -> Vec<Piece> {
    let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
    for &(x, y) in strokes.iter().flatten() {
        low = (low.0.min(x), low.1.min(y));
        high = (high.0.max(x), high.1.max(y));
    }
    let largest = (high.0 - low.0).max(high.1 - low.1);
    let (radius, growth) = hand.pen;
    let scale = (BOX - 2.0 * radius) * hand.size / largest;
    let mass = centre_of_mass(strokes);
    // The ink must not touch the image's edge, even of a digit whose mass is far from its middle.
    let reach = radius * (1.0 + growth.abs()) + hand.softness;
    let shift = |mass: f32, low: f32, high: f32| {
        let (first, last) = (reach, SIDE as f32 - 1.0 - reach);
        (CENTRE - mass * scale).max(first - low * scale).min(last - high * scale)
    };
    let (dx, dy) = (shift(mass.0, low.0, high.0), shift(mass.1, low.1, high.1));
    let pixel = |(x, y): Point| (x * scale + dx, y * scale + dy);
    let pen = |y: f32| (radius * (1.0 + growth * y)).max(0.6);
    let pairs = strokes.iter().flat_map(|stroke| stroke.windows(2));
    pairs.map(|ends| (pixel(ends[0]), pixel(ends[1]), pen(ends[0].1))).collect()
}

/// The mean of all points of the path, each piece counting by its length.
fn centre_of_mass(strokes: &[Vec<Point>]) -> Point {
    let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
    for ends in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        let ((x1, y1), (x2, y2)) = (ends[0], ends[1]);
        let length = ((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1)).sqrt();
        x += length * (x1 + x2) / 2.0;
        y += length * (y1 + y2) / 2.0;
        total += length;
    }
    (x / total, y / total)
}

/// The image: each pixel as dark as the pen's edge is near, 255 well inside a stroke.
fn ink(pieces: &[Piece], softness: f32) -> [u8; PIXELS] {
    // Distance from each pixel to the edge of the nearest stroke, negative inside.
    let mut nearest = [f32::MAX; PIXELS];
    for &((x1, y1), (x2, y2), radius) in pieces {
        let reach = radius + softness;
        let (dx, dy) = (x2 - x1, y2 - y1);
        let square = (dx * dx + dy * dy).max(1e-12);
        let range = |a: f32, b: f32| {
            let last = (a.max(b) + reach).clamp(0.0, SIDE as f32 - 1.0) as usize;
            (a.min(b) - reach).clamp(0.0, SIDE as f32 - 1.0) as usize..=last
        };
        for row in range(y1, y2) {
            for column in range(x1, x2) {
                let (px, py) = (column as f32 - x1, row as f32 - y1);
                let along = ((px * dx + py * dy) / square).clamp(0.0, 1.0);
                let (ex, ey) = (px - along * dx, py - along * dy);
                let distance = (ex * ex + ey * ey).sqrt() - radius;
                let pixel = &mut nearest[row * SIDE + column];
                *pixel = pixel.min(distance);
            }
        }
    }
    nearest.map(|distance| {
        let share = ((softness - distance) / (2.0 * softness)).clamp(0.0, 1.0);
        (share * 255.0 + 0.5) as u8
    })
}
