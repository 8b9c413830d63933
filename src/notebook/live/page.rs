//! The view as a piece of a page: no `<script>`; one handler on the Stop button; nothing from
//! elsewhere, always the same height.

use super::view::View;
use crate::table::escape_html;

/// What pressing Stop does. The page replaces the button ten times a second, so what it says
/// lives outside of it, as a property of the whole page; it asks once only. It sends a message
/// of its own: an interrupt would also end the cells that wait behind this one.
const STOP: &str = include_str!("stop.js");

/// The chart's size, and where its curves lie: x from LEFT to RIGHT, y from BOTTOM up to TOP.
const SIZE: (u32, u32) = (720, 200);
const LEFT: f64 = 48.0;
const RIGHT: f64 = 668.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 172.0;

/// Colours of JupyterLab's theme; elsewhere ones that can be read on light and on dark.
const INK: &str = "var(--jp-ui-font-color1, currentColor)";
const BLUE: &str = "var(--jp-brand-color1, #2196f3)";
const GRID: &str = "var(--jp-border-color2, #8886)";
/// For the accuracy; JupyterLab's own orange is too light on white.
const ORANGE: &str = "#d55e00";

/// The whole view as HTML.
pub(super) fn html(view: &View) -> String {
    let (done, all) = view.steps();
    let percent = 100.0 * done as f64 / all as f64;
    let (place, pace, numbers) = (view.place(), view.pace(), view.numbers());
    let (bar, button, chart) = (bar(percent, &place), button(&view.id), chart(view, &numbers));
    format!(
        "<div style=\"height:292px;max-width:720px;overflow:hidden;color:{INK};\
         font-family:var(--jp-ui-font-family, sans-serif);font-size:13px;line-height:20px\">\
         <div style=\"display:flex;gap:12px;align-items:center;height:28px\">{bar}{button}</div>\
         <div style=\"white-space:nowrap\">{place} · {pace}</div>\
         <div style=\"white-space:nowrap\">{numbers}</div>{chart}</div>"
    )
}

fn bar(percent: f64, place: &str) -> String {
    format!(
        "<div role=\"progressbar\" aria-label=\"training\" aria-valuemin=\"0\" \
         aria-valuemax=\"100\" aria-valuenow=\"{percent:.0}\" aria-valuetext=\"{place}\" \
         style=\"flex:1;height:10px;border-radius:5px;overflow:hidden;background:{GRID}\">\
         <div style=\"width:{percent:.2}%;height:100%;background:{BLUE}\"></div></div>"
    )
}

/// A button that acts when it is pressed down: a click would be lost where the button is
/// replaced before it is let go.
fn button(id: &str) -> String {
    let press = escape_html(&STOP.replace("DISPLAY_ID", id).replace('\n', " "));
    format!(
        "<style>.{id}::after{{content:var(--{id}, \"Stop\")}}</style>\
         <button type=\"button\" class=\"{id}\" aria-label=\"Stop the training\" \
         title=\"Ends the training after this batch and keeps what it has learned; the \
         notebook’s ■ button also ends the cells that wait\" onpointerdown=\"{press}\" \
         onkeydown=\"if (event.key === 'Enter' || event.key === ' ') this.onpointerdown()\" \
         style=\"flex:none;height:26px;padding:0 14px;cursor:pointer;font:inherit;color:inherit;\
         background:transparent;border:1px solid {GRID};border-radius:3px\"></button>"
    )
}

fn chart(view: &View, numbers: &str) -> String {
    let (width, height) = SIZE;
    let losses: Vec<(f64, f64)> = view.losses.points().collect();
    let highest = losses.iter().map(|(_, loss)| *loss).fold(0.0, f64::max);
    let top = if highest > 0.0 { round_up(highest) } else { 1.0 };
    let on_left = |loss: f64| (loss / top).clamp(0.0, 1.0);
    let mut parts: String = [0.0, 0.5, 1.0].map(|share| grid(share, top * share)).concat();
    parts += &epochs(view);
    parts += &line(losses.iter().map(|(x, loss)| (*x, on_left(*loss))), BLUE);
    parts += &label((LEFT, TOP - 10.0), "start", INK, &format!("{} loss", dot(BLUE)));
    parts += &accuracies(&view.accuracies);
    format!(
        "<svg role=\"img\" aria-label=\"The training so far: {numbers}\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         style=\"display:block;max-width:100%;font-size:11px\">{parts}</svg>"
    )
}

/// A horizontal line of the grid, and the loss there.
fn grid(share: f64, loss: f64) -> String {
    let y = up(share);
    let text = label((LEFT - 6.0, y + 4.0), "end", INK, &short(loss));
    format!(
        "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" style=\"stroke:{GRID};stroke-width:1\"></path>{text}"
    )
}

/// The axis: where the first and the last epoch end, and a few between.
fn epochs(view: &View) -> String {
    let batches = view.last.batches;
    let every = view.last.epochs.div_ceil(10).max(1);
    let numbers = (1..=10).map(|count| every.saturating_mul(count));
    let shown = numbers.filter(|epoch| *epoch <= view.last.epochs).filter_map(|epoch| {
        let share = view.losses.share(epoch.saturating_mul(batches).saturating_add(1));
        (share > 0.0)
            .then(|| label((across(share), BOTTOM + 16.0), "middle", INK, &epoch.to_string()))
    });
    let name = label((LEFT - 6.0, BOTTOM + 16.0), "end", INK, "epoch");
    shown.collect::<String>() + &name
}

/// The accuracies with an axis of their own, at the right; nothing if there are none.
fn accuracies(points: &[(f64, f64)]) -> String {
    let Some(last) = points.last() else { return String::new() };
    let lowest = points.iter().map(|(_, share)| *share).fold(1.0, f64::min);
    let rounds = [0.99, 0.98, 0.95, 0.9, 0.8, 0.5];
    let low = rounds.into_iter().find(|low| *low <= lowest).unwrap_or(0.0);
    let height = |share: f64| (share - low) / (1.0 - low);
    let mut parts = line(points.iter().map(|(x, share)| (*x, height(*share))), ORANGE);
    for (x, share) in points {
        let (x, y) = (across(*x), up(height(*share)));
        parts +=
            &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{ORANGE}\"></circle>");
    }
    for share in [0.0, 0.5, 1.0] {
        let text = format!("{} %", short(100.0 * (low + share * (1.0 - low))));
        parts += &label((RIGHT + 6.0, up(share) + 4.0), "start", INK, &text);
    }
    let words = format!("{} test accuracy {:.2} %", dot(ORANGE), 100.0 * last.1);
    parts + &label((RIGHT, TOP - 10.0), "end", INK, &words)
}

/// A line through points given as shares of the chart's width and height.
fn line(points: impl Iterator<Item = (f64, f64)>, color: &str) -> String {
    let places: String = points.map(|(x, y)| format!("{:.1},{:.1} ", across(x), up(y))).collect();
    format!(
        "<polyline points=\"{}\" style=\"fill:none;stroke:{color};stroke-width:2;\
         stroke-linejoin:round\"></polyline>",
        places.trim_end()
    )
}

fn label((x, y): (f64, f64), anchor: &str, color: &str, text: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" style=\"fill:{color}\">{text}\
         </text>"
    )
}

/// A dot in a curve's colour, before the curve's name: small letters are easier to read in ink.
fn dot(color: &str) -> String {
    format!("<tspan style=\"fill:{color}\">●</tspan>")
}

fn across(share: f64) -> f64 {
    LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
}

fn up(share: f64) -> f64 {
    BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
}

/// The next 1, 2, 3 or 5 times a power of ten.
fn round_up(number: f64) -> f64 {
    let power = 10f64.powf(number.clamp(1e-12, 1e300).log10().floor());
    let factors = [1.0, 2.0, 3.0, 5.0, 10.0];
    factors.map(|factor| factor * power).into_iter().find(|top| *top >= number).unwrap_or(1e300)
}

/// A number of an axis in few letters.
fn short(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        _ if !(1e-3..1e5).contains(&number) => format!("{number:.0e}"),
        _ => {
            let text = format!("{number:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}
