//! What the notebooks run in: JupyterLab, the runner without a browser, TensorBoard; and ending
//! trainings from outside their notebooks.

pub mod jupyter;
pub mod lab;
pub mod notebooks;
pub mod tensorboard;

use crate::kernel;
use crate::setup::home::Home;
use anyhow::Result;

/// Asks every training that runs in one of this user's kernels to end after its batch: the
/// cell returns what was trained, and its variables stay.
pub fn stop(home: &Home) -> Result<()> {
    // Looking for kernels makes their folder, which in a cache that is not there yet nobody owns.
    let asked = match home.is_ours() {
        true => notebook_kernel::stop_trainings(&kernel::settings(home))?,
        false => 0,
    };
    match asked {
        0 => println!("No training runs in a notebook"),
        1 => println!("Asked 1 training to end after its batch"),
        asked => println!("Asked {asked} trainings to end after their batch"),
    }
    Ok(())
}
