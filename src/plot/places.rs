//! Where a short text beside a point covers no other point and no other text.

use super::chart::Chart;

/// Upper left and lower right corner, in pixels.
type Room = ((i32, i32), (i32, i32));

/// The rooms of a chart that are taken.
pub(super) struct Places {
    bounds: Room,
    taken: Vec<Room>,
}

impl Places {
    /// Nothing is taken, and nothing shall stand outside of the chart.
    pub(super) fn inside(chart: &Chart<'_>) -> Self {
        let (x, y) = chart.plotting_area().get_pixel_range();
        Self { bounds: ((x.start, y.start), (x.end, y.end)), taken: Vec::new() }
    }

    /// Nothing shall be written here.
    pub(super) fn keep_free(&mut self, room: Room) {
        self.taken.push(room);
    }

    /// Takes a room of `size` near `point`, as near as is free, and returns its upper left
    /// corner; if nothing is free, the nearest one.
    pub(super) fn beside(&mut self, point: (i32, i32), size: (i32, i32)) -> (i32, i32) {
        let mut candidates = (1..=4).flat_map(|ring| around(point, size, 7 * ring));
        let free = candidates.find(|corner| self.is_free(*corner, size));
        let corner = free.unwrap_or((point.0 + 7, point.1 - size.1 - 4));
        self.taken.push((corner, (corner.0 + size.0, corner.1 + size.1)));
        corner
    }

    fn is_free(&self, (x, y): (i32, i32), size: (i32, i32)) -> bool {
        let (right, bottom) = (x + size.0, y + size.1);
        let ((left_end, top_end), (right_end, bottom_end)) = self.bounds;
        let inside = x > left_end && y > top_end && right < right_end && bottom < bottom_end;
        let apart = |((x0, y0), (x1, y1)): &Room| {
            x > x1 + 1 || right < x0 - 1 || y > y1 + 1 || bottom < y0 - 1
        };
        inside && self.taken.iter().all(apart)
    }
}

/// The upper left corners of eight rooms around a point, `away` pixels from it.
fn around((x, y): (i32, i32), (width, height): (i32, i32), away: i32) -> [(i32, i32); 8] {
    let (left, right) = (x - away - width, x + away);
    let (above, below) = (y - away - height, y + away);
    let (across, down) = (x - width / 2, y - height / 2);
    [
        (right, above),
        (left, above),
        (right, below),
        (left, below),
        (right, down),
        (across, above),
        (left, down),
        (across, below),
    ]
}
