//! A training that is seen while it runs: a bar, a growing curve and a button that stops it.
//!
//! The course's kernel redraws the view about ten times a second; another evcxr kernel shows
//! the lines, and the figure when the training is over; a terminal the lines alone. What stays in
//! the notebook is the same everywhere: a short line an epoch and one figure.

mod page;
mod view;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::display::new_id;
use crate::model::Network;
use crate::plot;
use crate::status_line;
use crate::train::{BatchReport, EpochReport, History, Observer, Reads};
use view::View;

/// Set in the process that runs an evcxr kernel's cells.
const EVCXR_VARIABLE: &str = "EVCXR_IS_RUNTIME";

/// Shows a training in the cell that runs it; made by [`live`].
///
/// It prints the same line after each epoch as [`Lines`](crate::train::Lines). In the course's
/// notebook kernel it also shows how far the training is, the loss as it falls, the accuracy
/// where it is measured, and a Stop button; when the training is over, in whatever way, the
/// [figure](plot::training) of it takes their place. One view can follow several trainings, one
/// after another.
pub struct Live {
    screen: Screen,
    out: Box<dyn Write + Send>,
    shown: Option<Shown>,
}

/// What can be shown where the cell runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    /// A kernel that draws while the cell runs.
    Redrawn,
    /// A kernel that shows figures when the cell has ended.
    AtEnd,
    /// Text only.
    Lines,
}

/// One training on its way.
struct Shown {
    view: View,
    began: Instant,
    history: History,
}

/// A view of a training, to be given to [`train`](crate::train::train):
/// `train(&mut network, &data, &config, &mut live())?`.
pub fn live() -> Live {
    let screen = match (status_line::is_read(), std::env::var_os(EVCXR_VARIABLE)) {
        (true, _) => Screen::Redrawn,
        (false, Some(_)) => Screen::AtEnd,
        (false, None) => Screen::Lines,
    };
    Live::on(screen, Box::new(io::stdout()))
}

impl Live {
    fn on(screen: Screen, out: Box<dyn Write + Send>) -> Self {
        Self { screen, out, shown: None }
    }

    /// The training that `report` belongs to: the one on its way, or a new one.
    fn shown(&mut self, report: &BatchReport) -> &mut Shown {
        if self.shown.as_ref().is_some_and(|shown| report.step <= shown.view.last.step) {
            self.finish();
        }
        self.shown.get_or_insert_with(|| Shown {
            view: View::new(new_id("live"), report),
            began: Instant::now(),
            history: History::default(),
        })
    }

    fn print(&mut self, text: &str) {
        status_line::write(&mut self.out, text);
    }

    /// Puts the figure in the place of the view, once.
    fn finish(&mut self) {
        let Some(Shown { view, history, .. }) = self.shown.take() else { return };
        if self.screen == Screen::Lines {
            return;
        }
        let figure = plot::training(&history).map_err(|reason| format!("no figure: {reason:#}"));
        let text = match (self.screen, figure) {
            (Screen::Redrawn, figure) => {
                let data = figure.map_or_else(
                    |reason| json!({ "text/plain": reason }),
                    |figure| {
                        let png = STANDARD.encode(figure.png());
                        json!({ "image/png": png, "text/plain": figure.alt_text() })
                    },
                );
                let alt = json!({ "image/png": { "alt": data["text/plain"] } });
                display(&view.id, &data, &alt, true)
            }
            (_, Ok(figure)) => figure.blocks(),
            (_, Err(reason)) => format!("{reason}\n"),
        };
        self.print(&text);
    }
}

/// A line that shows something under a name, or shows it anew.
fn display(id: &str, data: &Value, metadata: &Value, update: bool) -> String {
    let display = json!({ "id": id, "data": data, "metadata": metadata, "update": update });
    status_line::line(&json!({ "display": display }))
}

impl Observer for Live {
    fn reads(&self) -> Reads {
        Reads::Report
    }

    fn on_batch(&mut self, report: &BatchReport, _: &Network) -> Result<ControlFlow<()>> {
        let redrawn = self.screen == Screen::Redrawn;
        let Shown { view, began, history } = self.shown(report);
        history.batch_losses.push(report.loss);
        view.batch(began.elapsed(), report);
        let update = view.drawn.is_some();
        if redrawn && view.is_due() {
            let words = format!("{}: {}", view.place(), view.numbers());
            let data = json!({ "text/html": page::html(view), "text/plain": words });
            let text = display(&view.id, &data, &json!({}), update);
            self.print(&text);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn on_epoch(&mut self, report: &EpochReport, _: &Network) -> Result<ControlFlow<()>> {
        self.print(&format!("{report}\n"));
        if let Some(shown) = &mut self.shown {
            shown.view.epoch(report);
            shown.history.epochs.push(*report);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn on_end(&mut self, ended: Result<&History, &anyhow::Error>) {
        if let Ok(History { stopped: Some(stopped), .. }) = ended {
            self.print(&format!("{stopped}\n"));
        }
        self.finish();
    }
}

/// A training that ended in a panic leaves its figure, too.
impl Drop for Live {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests;
