//! Where a label fits near its point: inside the chart, off the lines and the other labels.

/// Upper left and lower right corner, in pixels.
pub(super) type Room = ((i32, i32), (i32, i32));

/// A straight piece of line, in pixels.
pub(super) type Piece = [(i32, i32); 2];

/// What a label in a crowd costs in pixels of distance, for each mark and for each number or
/// leader that its leader or itself crosses.
const OVER_MARK: i32 = 30;
const OVER_LABEL: i32 = 70;
/// Pixels from one ring of places around a point to the next, and rings.
const RING: i32 = 7;
const RINGS: i32 = 14;
/// Places on a ring.
const PLACES: u8 = 16;
/// From this distance on, a line leads from the point to its label.
const FAR: i32 = 14;

/// The part of a chart where labels may stand, and what stands there already.
pub(super) struct Rooms {
    pub(super) inside: Room,
    /// No label may cover these.
    pub(super) taken: Vec<Room>,
    /// No label may lie on these.
    pub(super) lines: Vec<Piece>,
    /// Of `taken`, what no leader should cross: marks of points and labels.
    pub(super) marks: Vec<Room>,
    labels: Vec<Room>,
    leaders: Vec<Piece>,
}

impl Rooms {
    /// A free chart.
    pub(super) fn new(inside: Room) -> Self {
        let (taken, marks, labels) = (Vec::new(), Vec::new(), Vec::new());
        Self { inside, taken, marks, labels, lines: Vec::new(), leaders: Vec::new() }
    }

    /// Whether a label may stand there.
    pub(super) fn is_free(&self, room: &Room) -> bool {
        let ((left, top), (right, bottom)) = *room;
        let ((first, high), (last, low)) = self.inside;
        let inside = left > first && right < last && top > high && bottom < low;
        inside
            && self.taken.iter().all(|other| apart(room, other))
            && !self.lines.iter().any(|line| crosses(room, line))
    }

    /// Takes room of a size near a point, where it is free and as few others as possible lie
    /// between, and returns it with the line that leads there, if it is far; if nothing is free,
    /// the room above to the right.
    pub(super) fn near(&mut self, point: (i32, i32), size: (i32, i32)) -> (Room, Option<Piece>) {
        let places = (1..=RINGS).flat_map(|ring| (0..PLACES).map(move |place| (ring, place)));
        let rooms = places.map(|(ring, place)| (ring, around(point, size, ring * RING, place)));
        let free = rooms.filter(|(_, room)| self.is_free(room));
        let best = free.min_by_key(|(ring, room)| ring * RING + self.cost(point, room));
        let room = best.map_or_else(|| around(point, size, RING, 0), |(_, room)| room);
        let leader = leader(point, &room);
        self.taken.push(room);
        self.labels.push(room);
        self.leaders.extend(leader);
        (room, leader)
    }

    /// What is crossed by a label in this room and by the line that leads to it.
    fn cost(&self, point: (i32, i32), room: &Room) -> i32 {
        let covered = self.leaders.iter().filter(|leader| crosses(room, leader)).count() as i32;
        let Some(line) = leader(point, room) else { return covered * OVER_LABEL };
        let own = |mark: &Room| !apart(&(point, point), mark);
        let marks = self.marks.iter().filter(|mark| !own(mark) && crosses(mark, &line)).count();
        let labels = self.labels.iter().filter(|label| crosses(label, &line)).count();
        let leaders = self.leaders.iter().filter(|other| meet(other, &line)).count();
        marks as i32 * OVER_MARK + (labels + leaders) as i32 * OVER_LABEL + covered * OVER_LABEL
    }
}

/// A room `away` pixels from a point, one of `PLACES` counted from the upper right on.
fn around((x, y): (i32, i32), (width, height): (i32, i32), away: i32, place: u8) -> Room {
    let turn = (f64::from(place) / f64::from(PLACES) + 0.125) * std::f64::consts::TAU;
    // On a square rather than a circle: the corners are as far away as the sides.
    let square = |share: f64| (share * std::f64::consts::SQRT_2).clamp(-1.0, 1.0);
    let shift = |share: f64, size: i32| square(share) * (f64::from(away) + f64::from(size) / 2.0);
    let left = x + shift(turn.cos(), width).round() as i32 - width / 2;
    let top = y - shift(turn.sin(), height).round() as i32 - height / 2;
    ((left, top), (left + width, top + height))
}

/// The line from a point to the nearest point of a room, if that is far.
fn leader(point: (i32, i32), ((left, top), (right, bottom)): &Room) -> Option<Piece> {
    let nearest = (point.0.clamp(*left, *right), point.1.clamp(*top, *bottom));
    let far = (nearest.0 - point.0).abs().max((nearest.1 - point.1).abs()) > FAR;
    far.then_some([point, nearest])
}

/// Whether more than a pixel lies between two rooms.
fn apart(((left, top), (right, bottom)): &Room, ((x0, y0), (x1, y1)): &Room) -> bool {
    *left > x1 + 1 || *right < x0 - 1 || *top > y1 + 1 || *bottom < y0 - 1
}

/// Whether a piece of line runs through a room (the method of Liang and Barsky, 1984).
pub(super) fn crosses(((left, top), (right, bottom)): &Room, [from, to]: &Piece) -> bool {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    let ways = [(from.0, to.0, *left, *right), (from.1, to.1, *top, *bottom)];
    for (start, end, low, high) in ways {
        let (start, way) = (f64::from(start), f64::from(end - start));
        let (low, high) = (f64::from(low) - start, f64::from(high) - start);
        if way == 0.0 {
            if low > 0.0 || high < 0.0 {
                return false;
            }
            continue;
        }
        let (first, second) = (low / way, high / way);
        enters = enters.max(first.min(second));
        leaves = leaves.min(first.max(second));
    }
    enters <= leaves
}

/// Whether two pieces of line cross each other.
fn meet([a, b]: &Piece, [c, d]: &Piece) -> bool {
    let side = |from: &(i32, i32), to: &(i32, i32), point: &(i32, i32)| {
        let [x, y] = [to.0 - from.0, to.1 - from.1].map(i64::from);
        let [dx, dy] = [point.0 - from.0, point.1 - from.1].map(i64::from);
        (x * dy - y * dx).signum()
    };
    side(a, b, c) != side(a, b, d) && side(c, d, a) != side(c, d, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_crosses_a_room_or_misses_it() {
        let room = ((10, 10), (20, 14));
        let cases = [
            ([(0, 12), (30, 12)], true),
            ([(0, 0), (30, 30)], true),
            ([(12, 11), (13, 12)], true),
            ([(15, 0), (15, 9)], false),
            ([(0, 20), (30, 20)], false),
            ([(0, 10), (9, 14)], false),
            ([(8, 0), (24, 12)], false),
        ];
        for (line, expected) in cases {
            assert_eq!(crosses(&room, &line), expected, "{line:?}");
        }
        assert!(meet(&[(0, 0), (10, 10)], &[(0, 10), (10, 0)]));
        assert!(!meet(&[(0, 0), (10, 10)], &[(20, 0), (20, 30)]));
    }

    #[test]
    fn labels_of_a_crowd_stand_apart_and_inside() {
        let inside = ((0, 0), (300, 200));
        let mut rooms = Rooms::new(inside);
        let points: Vec<(i32, i32)> = (0..12).map(|i| (140 + i * 3, 100 + i * 5 % 7)).collect();
        for (x, y) in &points {
            rooms.taken.push(((x - 5, y - 5), (x + 5, y + 5)));
        }
        let found: Vec<Room> = points.iter().map(|point| rooms.near(*point, (18, 12)).0).collect();
        for (number, room) in found.iter().enumerate() {
            assert!(found[..number].iter().all(|other| apart(room, other)), "{found:?}");
            assert!(room.0.0 > 0 && room.0.1 > 0 && room.1.0 < 300 && room.1.1 < 200);
        }
    }
}
