//! What the optimiser does to a weight whose gradient is 0 for many steps, in one go.
//!
//! With gradient 0 a step of gradient descent is linear in the weight w and its velocity v:
//!
//! ```text
//! v' = momentum * v + decay * w
//! w' = w - rate * v'                                  (with Nesterov's rule
//! w' = w - rate * (decay * w + momentum * v')          instead)
//! ```
//!
//! so that many steps are one 2x2 matrix, the product of theirs. It holds for any schedule of
//! learning rates. Without decay and with one rate it is the closed form of the geometric
//! series: after k steps v has become `momentum^k v`, and w has lost
//! `rate * v * momentum (1 - momentum^k) / (1 - momentum)`.

use crate::images::BLOCK;

/// The rule of a step of gradient descent, without its learning rate; PyTorch's `SGD`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Momentum coefficient, [0, 1).
    pub momentum: f64,
    /// Multiple of each weight that is added to its gradient, 0 or more.
    pub weight_decay: f64,
    /// Whether the step looks one step ahead (Nesterov).
    pub nesterov: bool,
}

/// `w' = keep * w + push * v`, `v' = pull * w + fade * v`; composed in double precision, applied
/// in that of the weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle<T> {
    pub(crate) keep: T,
    pub(crate) push: T,
    pub(crate) pull: T,
    pub(crate) fade: T,
}

impl Rule {
    /// One step with gradient 0.
    fn idle(self, rate: f64) -> Idle<f64> {
        let Rule { momentum, weight_decay: decay, nesterov } = self;
        // What one step makes of the pair (w, v): once of (1, 0), once of (0, 1).
        let step = |w: f64, v: f64| {
            let v = momentum * v + decay * w;
            let direction = if nesterov { decay * w + momentum * v } else { v };
            (w - rate * direction, v)
        };
        let ((keep, pull), (push, fade)) = (step(1.0, 0.0), step(0.0, 1.0));
        Idle { keep, push, pull, fade }
    }

    /// Whether idle steps change anything at all.
    fn is_still(self) -> bool {
        self.momentum == 0.0 && self.weight_decay == 0.0
    }
}

impl Idle<f64> {
    const NOTHING: Self = Self { keep: 1.0, push: 0.0, pull: 0.0, fade: 1.0 };

    /// `earlier` first, then `self`.
    fn after(self, earlier: Self) -> Self {
        Self {
            keep: self.keep * earlier.keep + self.push * earlier.pull,
            push: self.keep * earlier.push + self.push * earlier.fade,
            pull: self.pull * earlier.keep + self.fade * earlier.pull,
            fade: self.pull * earlier.push + self.fade * earlier.fade,
        }
    }
}

/// The idle steps that end at one step of an epoch, as many as are asked for.
#[derive(Debug)]
pub(crate) struct IdleSteps<'a> {
    rule: Rule,
    /// Learning rate of every step of the epoch.
    rates: &'a [f64],
    end: usize,
    /// The last k steps before `end`, at place k.
    table: Vec<Idle<f64>>,
}

impl<'a> IdleSteps<'a> {
    pub(crate) fn new(rule: Rule, rates: &'a [f64]) -> Self {
        Self { rule, rates, end: 0, table: vec![Idle::NOTHING] }
    }

    /// The steps from `start` up to, not including, `end`; `None` if they change nothing.
    pub(crate) fn between(&mut self, start: usize, end: usize) -> Option<Idle<f32>> {
        if start == end || self.rule.is_still() {
            return None;
        }
        if end != self.end {
            self.end = end;
            self.table.truncate(1);
        }
        while self.table.len() <= end - start {
            let later = self.table[self.table.len() - 1];
            let earlier = self.rule.idle(self.rates[end - self.table.len()]);
            self.table.push(later.after(earlier));
        }
        let Idle { keep, push, pull, fade } = self.table[end - start];
        let [keep, push, pull, fade] = [keep, push, pull, fade].map(|number| number as f32);
        Some(Idle { keep, push, pull, fade })
    }
}

/// Pixels that were dark for some steps, and what those steps did to their weights.
#[derive(Debug, Default)]
pub(crate) struct CatchUp {
    pub(crate) pixels: Vec<(u16, Idle<f32>)>,
    /// Where each block begins within `pixels`; one more for the end.
    pub(crate) blocks: Vec<u32>,
}

impl CatchUp {
    /// Finds where each of `blocks` blocks begins.
    pub(crate) fn find_blocks(&mut self, blocks: usize) {
        self.blocks.clear();
        let mut place = 0;
        for block in 0..=blocks {
            let first = block * BLOCK;
            while self.pixels.get(place).is_some_and(|(pixel, _)| usize::from(*pixel) < first) {
                place += 1;
            }
            self.blocks.push(place as u32);
        }
    }
}
