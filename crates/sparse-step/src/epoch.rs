//! One epoch by one thread or several, each with hidden neurons of its own.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};

use fearless_simd::{Level, dispatch};

use crate::barrier::{CloseOnPanic, SpinBarrier};
use crate::batch::Batch;
use crate::error::Error;
use crate::idle::{CatchUp, IdleSteps, Rule};
use crate::images::{Image, SparseImages};
use crate::network::OUTPUTS;
use crate::output::Output;
use crate::pass::{self, Next};
use crate::tile::Tile;
use crate::update::Update;

/// Told of each batch's loss: its number within the epoch from 0, and the loss in nats.
pub type Listener<'a> = &'a mut dyn FnMut(usize, f64) -> ControlFlow<()>;

/// What every thread needs to know of an epoch.
pub(crate) struct Plan<'a> {
    pub(crate) images: &'a SparseImages,
    pub(crate) labels: &'a [u8],
    /// The images in the order in which they come.
    pub(crate) order: &'a [usize],
    pub(crate) batch_size: usize,
    pub(crate) rule: Rule,
    /// Learning rate of each batch.
    pub(crate) rates: &'a [f64],
    pub(crate) level: Level,
}

/// What each tile contributes to the outputs, for all threads to read.
///
/// There are two places, used in turn: while one batch's sums are still being read, the next
/// ones are written, and one wait a batch is enough.
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

/// Trains for one epoch with up to `threads` threads, of which the caller's is one.
pub(crate) fn run(
    plan: &Plan<'_>,
    tiles: &mut [Tile],
    output: &mut Output,
    threads: usize,
    listener: Listener<'_>,
) -> Result<ControlFlow<()>, Error> {
    let board = Board::new(tiles.len(), plan.batch_size);
    let share = tiles.len().div_ceil(threads.clamp(1, tiles.len()));
    let barrier = SpinBarrier::new(tiles.len().div_ceil(share));
    let (own, others) = tiles.split_at_mut(share);
    let outputs = output.clone();
    let worker = |tiles, first| Worker {
        plan,
        tiles,
        first,
        output: outputs.clone(),
        board: &board,
        barrier: &barrier,
        idle: IdleSteps::new(plan.rule, plan.rates),
        taken: vec![0; plan.images.inputs()],
        catch_up: CatchUp::default(),
        sums: vec![[0.0; OUTPUTS]; plan.batch_size],
    };
    std::thread::scope(|scope| {
        for (number, tiles) in (1..).zip(others.chunks_mut(share)) {
            let mut worker = worker(tiles, number * share);
            let spawned = std::thread::Builder::new()
                .name(format!("training {number}"))
                .spawn_scoped(scope, move || worker.work(None));
            if let Err(error) = spawned {
                barrier.close();
                return Err(Error(format!(
                    "cannot start a thread to train with; set threads to 1: {error}"
                )));
            }
        }
        let mut lead = worker(own, 0);
        let flow = lead.work(Some(listener));
        *output = lead.output;
        Ok(flow)
    })
}

/// One thread's part of an epoch.
struct Worker<'a> {
    plan: &'a Plan<'a>,
    tiles: &'a mut [Tile],
    /// Number of the first of `tiles`.
    first: usize,
    output: Output,
    board: &'a Board,
    barrier: &'a SpinBarrier,
    idle: IdleSteps<'a>,
    /// For each pixel, how many steps of the epoch its weights have taken.
    taken: Vec<usize>,
    catch_up: CatchUp,
    sums: Vec<[f32; OUTPUTS]>,
}

impl Worker<'_> {
    /// Does its part of all batches. The worker with a listener is the one that ends the epoch
    /// early where the listener wants it.
    fn work(&mut self, listener: Option<Listener<'_>>) -> ControlFlow<()> {
        let _guard = CloseOnPanic(self.barrier);
        let (steps, flow) = self.batches(listener);
        let inputs = self.plan.images.inputs();
        self.list_late((0..inputs).map(|pixel| pixel as u16), steps);
        self.pass(steps, None, Some(&[]));
        flow
    }

    /// How many steps were taken, and whether the epoch goes to its end.
    fn batches(&mut self, mut listener: Option<Listener<'_>>) -> (usize, ControlFlow<()>) {
        let plan = self.plan;
        let new_batch = || Batch::new(plan.images, plan.batch_size);
        let (mut now, mut next) = (new_batch(), new_batch());
        let mut coming = plan.order.chunks(plan.batch_size);
        let Some(first) = coming.next() else { return (0, ControlFlow::Continue(())) };
        next.fill(first, plan.labels);
        self.list_late(next.pixels.iter().copied(), 0);
        self.pass(0, None, Some(&next.images));
        for (step, &rate) in plan.rates.iter().enumerate() {
            std::mem::swap(&mut now, &mut next);
            let more = coming.next();
            if let Some(indices) = more {
                next.fill(indices, plan.labels);
            }
            if !self.barrier.wait() {
                return (step, ControlFlow::Break(()));
            }
            let sums = &mut self.sums[..now.images.len()];
            self.board.read(step, sums);
            let loss = self.output.loss(sums, &now.labels);
            if !loss.is_finite() {
                if let Some(listener) = &mut listener {
                    let _ = listener(step, loss);
                }
                return (step, ControlFlow::Break(()));
            }
            self.take_step(step, rate, &now, more.is_some().then_some(&next));
            if let Some(listener) = &mut listener
                && listener(step, loss).is_break()
            {
                self.barrier.close();
                return (step + 1, ControlFlow::Break(()));
            }
        }
        (plan.rates.len(), ControlFlow::Continue(()))
    }

    /// Updates the weights after one batch and takes the next one through the hidden layer.
    fn take_step(&mut self, step: usize, rate: f64, now: &Batch<'_>, next: Option<&Batch<'_>>) {
        self.output.update(self.plan.rule, rate);
        for &pixel in &now.pixels {
            self.taken[usize::from(pixel)] = step + 1;
        }
        if let Some(next) = next {
            self.list_late(next.pixels.iter().copied(), step + 1);
        }
        self.pass(step + 1, Some((now, rate)), next.map(|next| &next.images[..]));
    }

    /// Lists those of `pixels`, which are in order, whose weights have not yet taken `steps`
    /// steps.
    fn list_late(&mut self, pixels: impl Iterator<Item = u16>, steps: usize) {
        self.catch_up.pixels.clear();
        for pixel in pixels {
            let taken = &mut self.taken[usize::from(pixel)];
            if let Some(idle) = self.idle.between(*taken, steps) {
                self.catch_up.pixels.push((pixel, idle));
            }
            *taken = steps;
        }
        self.catch_up.find_blocks(self.plan.images.blocks());
    }

    /// Takes this thread's tiles through the update after one batch and the hidden layer for the
    /// images of the next.
    fn pass(&mut self, batch: usize, done: Option<(&Batch<'_>, f64)>, next: Option<&[Image<'_>]>) {
        let (rule, level) = (self.plan.rule, self.plan.level);
        let errors = &self.output.errors[..];
        let update = done.map(|(batch, rate)| Update { batch, errors, rule, rate });
        let catch_up = &self.catch_up;
        let next = next.map(|images| Next { images, catch_up });
        let images = next.map_or(0, |next| next.images.len());
        for (number, tile) in (self.first..).zip(&mut *self.tiles) {
            let sums = &mut self.sums[..images];
            dispatch!(level, simd => pass::pass(simd, tile, update, next, sums));
            self.board.write(batch, number, sums);
        }
    }
}
