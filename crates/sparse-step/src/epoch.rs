//! One epoch by one thread or several, each with hidden neurons of its own.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use fearless_simd::{Level, dispatch};

use super::OUTPUTS;
use super::columns::Columns;
use super::idle::{IdleSteps, Rule};
use super::kernel::{self, Done, Late, Next};
use super::lit::Lit;
use super::meeting::{CloseOnPanic, Meeting};
use super::output::Output;
use super::tile::Tile;

/// Told of each batch's loss: its number within the epoch from 0, and the loss.
pub(crate) type Listener<'a> = &'a mut dyn FnMut(usize, f64) -> Result<ControlFlow<()>>;

/// What every thread needs to know of an epoch.
pub(super) struct Plan<'a> {
    pub(super) lit: &'a Lit,
    pub(super) labels: &'a [u8],
    /// The images in the order in which they come.
    pub(super) order: &'a [i64],
    pub(super) batch_size: usize,
    pub(super) rule: Rule,
    /// Learning rate of each batch.
    pub(super) rates: &'a [f64],
    pub(super) level: Level,
}

impl<'a> Plan<'a> {
    fn columns(&self) -> Columns<'a> {
        Columns::new(self.lit, self.batch_size)
    }
}

/// What each tile contributes to the outputs, for all threads to read.
///
/// There are two places, used in turn: while one batch's sums are still being read, the next
/// ones are written, and one meeting a batch is enough.
struct Board {
    places: [Vec<AtomicU32>; 2],
    batch_size: usize,
}

impl Board {
    fn new(tiles: usize, batch_size: usize) -> Self {
        let place = || (0..tiles * batch_size * OUTPUTS).map(|_| AtomicU32::new(0)).collect();
        Self { places: [place(), place()], batch_size }
    }

    fn write(&self, batch: usize, tile: usize, sums: &[[f32; OUTPUTS]]) {
        let size = self.batch_size * OUTPUTS;
        let place = &self.places[batch % 2][tile * size..][..size];
        for (cell, sum) in place.iter().zip(sums.as_flattened()) {
            cell.store(sum.to_bits(), Ordering::Relaxed);
        }
    }

    /// Adds up all tiles' sums, always in the same order, whoever computed them.
    fn read(&self, batch: usize, sums: &mut [[f32; OUTPUTS]]) {
        sums.fill([0.0; OUTPUTS]);
        for place in self.places[batch % 2].chunks_exact(self.batch_size * OUTPUTS) {
            for (sum, cell) in sums.as_flattened_mut().iter_mut().zip(place) {
                *sum += f32::from_bits(cell.load(Ordering::Relaxed));
            }
        }
    }
}

/// Trains for one epoch with up to `threads` threads, of which the caller's is one. Every
/// number comes out the same whatever `threads` is.
pub(super) fn epoch(
    plan: &Plan<'_>,
    tiles: &mut [Tile],
    output: &mut Output,
    threads: usize,
    listener: Listener<'_>,
) -> Result<ControlFlow<()>> {
    let board = Board::new(tiles.len(), plan.batch_size);
    let share = tiles.len().div_ceil(threads.clamp(1, tiles.len()));
    let members = tiles.len().div_ceil(share);
    let meeting = Meeting::new(members);
    let (own, others) = tiles.split_at_mut(share);
    std::thread::scope(|scope| {
        for (number, tiles) in (1..).zip(others.chunks_mut(share)) {
            let mut member =
                Member::new(plan, tiles, number * share, output.clone(), &board, &meeting);
            let spawned = std::thread::Builder::new()
                .name(format!("training {number}"))
                .spawn_scoped(scope, move || member.work(None));
            if let Err(error) = spawned {
                meeting.close();
                return Err(anyhow::Error::from(error)
                    .context("cannot start a thread to train with; set threads to 1"));
            }
        }
        let mut lead = Member::new(plan, own, 0, output.clone(), &board, &meeting);
        let flow = lead.work(Some(listener));
        *output = lead.output;
        flow
    })
}

/// One thread's part of an epoch.
struct Member<'a> {
    plan: &'a Plan<'a>,
    tiles: &'a mut [Tile],
    /// Number of the first of `tiles`.
    first: usize,
    output: Output,
    board: &'a Board,
    meeting: &'a Meeting,
    idle: IdleSteps<'a>,
    /// For each pixel, how many steps of the epoch its weights have taken.
    taken: Vec<usize>,
    late: Late,
    sums: Vec<[f32; OUTPUTS]>,
}

impl<'a> Member<'a> {
    fn new(
        plan: &'a Plan<'a>,
        tiles: &'a mut [Tile],
        first: usize,
        output: Output,
        board: &'a Board,
        meeting: &'a Meeting,
    ) -> Self {
        Self {
            plan,
            tiles,
            first,
            output,
            board,
            meeting,
            idle: IdleSteps::new(plan.rule, plan.rates),
            taken: vec![0; plan.lit.inputs()],
            late: Late::default(),
            sums: vec![[0.0; OUTPUTS]; plan.batch_size],
        }
    }

    /// Does its part of all batches. The member with a listener is the one that ends the epoch
    /// early where the listener wants it.
    fn work(&mut self, listener: Option<Listener<'_>>) -> Result<ControlFlow<()>> {
        let _guard = CloseOnPanic(self.meeting);
        let (steps, flow) = self.batches(listener);
        let inputs = self.plan.lit.inputs();
        self.list_late((0..inputs).map(|pixel| pixel as u16), steps);
        let level = self.plan.level;
        for tile in &mut *self.tiles {
            dispatch!(level, simd => kernel::catch_up(simd, &mut tile.weights, &self.late.pixels));
        }
        flow
    }

    /// How many steps were taken, and what the listener made of it.
    fn batches(&mut self, mut listener: Option<Listener<'_>>) -> (usize, Result<ControlFlow<()>>) {
        let go_on = Ok(ControlFlow::Continue(()));
        let plan = self.plan;
        let (mut now, mut next) = (plan.columns(), plan.columns());
        let mut coming = plan.order.chunks(plan.batch_size);
        if !fill(&mut next, coming.next(), plan) {
            return (0, go_on);
        }
        self.list_late(next.pixels.iter().copied(), 0);
        self.pass(0, None, Some(&next));
        for (step, &rate) in plan.rates.iter().enumerate() {
            std::mem::swap(&mut now, &mut next);
            let more = fill(&mut next, coming.next(), plan);
            if !self.meeting.meet() {
                return (step, go_on);
            }
            let sums = &mut self.sums[..now.images.len()];
            self.board.read(step, sums);
            let loss = self.output.loss(sums, &now.labels);
            if !loss.is_finite() {
                return (step, listener.map_or(go_on, |listener| listener(step, loss)));
            }
            self.take_step(step, rate, &now, more.then_some(&next));
            if let Some(listener) = &mut listener {
                let flow = listener(step, loss);
                if !matches!(flow, Ok(ControlFlow::Continue(()))) {
                    self.meeting.close();
                    return (step + 1, flow);
                }
            }
        }
        (plan.rates.len(), go_on)
    }

    /// Updates the weights after one batch and takes the next one through the hidden layer.
    fn take_step(&mut self, step: usize, rate: f64, now: &Columns<'_>, next: Option<&Columns<'_>>) {
        self.output.update(self.plan.rule, rate);
        for &pixel in &now.pixels {
            self.taken[usize::from(pixel)] = step + 1;
        }
        if let Some(next) = next {
            self.list_late(next.pixels.iter().copied(), step + 1);
        }
        self.pass(step + 1, Some((now, rate)), next);
    }

    /// Lists those of `pixels`, which are in order, whose weights have not yet taken `steps`
    /// steps.
    fn list_late(&mut self, pixels: impl Iterator<Item = u16>, steps: usize) {
        self.late.pixels.clear();
        for pixel in pixels {
            let taken = &mut self.taken[usize::from(pixel)];
            if let Some(idle) = self.idle.between(*taken, steps) {
                self.late.pixels.push((pixel, idle));
            }
            *taken = steps;
        }
        self.late.find_blocks(self.plan.lit.blocks());
    }

    fn pass(
        &mut self,
        batch: usize,
        done: Option<(&Columns<'_>, f64)>,
        next: Option<&Columns<'_>>,
    ) {
        let (rule, level) = (self.plan.rule, self.plan.level);
        let errors = &self.output.errors[..];
        let done = done.map(|(columns, rate)| Done { columns, errors, rule, rate });
        let late = &self.late;
        let next = next.map(|columns| Next { images: &columns.images, late });
        let images = next.map_or(0, |next| next.images.len());
        for (number, tile) in (self.first..).zip(&mut *self.tiles) {
            let sums = &mut self.sums[..images];
            dispatch!(level, simd => kernel::pass(simd, tile, done, next, sums));
            self.board.write(batch, number, sums);
        }
    }
}

/// Fills `columns` with a batch, if there is one.
fn fill(columns: &mut Columns<'_>, batch: Option<&[i64]>, plan: &Plan<'_>) -> bool {
    let Some(batch) = batch else { return false };
    columns.fill(batch, plan.labels);
    true
}
