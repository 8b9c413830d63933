//! Training: settings, the loop, what it reports and what it returns.

/// What one epoch of training came to.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochReport {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Mean of the batches' losses, in nats.
    pub loss: f64,
    /// Share of the test images classified correctly, 0..1, if it was asked for.
    pub accuracy: Option<f64>,
    /// Time spent training, without testing, in seconds.
    pub seconds: f64,
}

/// The course of a training, one entry an epoch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// One report for each finished epoch.
    pub epochs: Vec<EpochReport>,
}

impl History {
    /// Mean loss of each epoch, in nats.
    pub fn losses(&self) -> Vec<f64> {
        self.epochs.iter().map(|epoch| epoch.loss).collect()
    }
}
