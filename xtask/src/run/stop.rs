//! Ending trainings from outside their notebooks.

use anyhow::Result;

use crate::kernel;
use crate::setup::home::Home;

/// Asks every training that runs in one of this user's kernels to end after its batch: the
/// cell returns what was trained, and its variables stay.
pub fn run(home: &Home) -> Result<()> {
    match notebook_kernel::stop_trainings(&kernel::settings(home))? {
        0 => println!("No training runs in a notebook"),
        1 => println!("Asked 1 training to end after its batch"),
        asked => println!("Asked {asked} trainings to end after their batch"),
    }
    Ok(())
}
