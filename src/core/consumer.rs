//! A consumer: its record, which anybody may look at, and its thread's loop: wait, deliver, finish.

use super::barrier::Barrier;
use super::counters::Counters;
use super::gating::Line;
use super::handler::{Batch, Handler, OnError};
use super::reader::{Gathered, NoBatch, Reader};
use super::ring::Ring;
use crate::sync::clock::Deadline;
use crate::sync::steps::{Step, ordered};
use crate::sync::{AtomicU32, AtomicU64, Ordering, ticks};

/// What others know of a consumer.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) line: Line,
    pub(crate) counters: Counters,
    /// The largest lag that was reported. Written by readers, and therefore not among the counters, which have one
    /// writer.
    max_lag_seen: AtomicU64,
    /// Release and acquire: what came before a halt its callbacks see.
    asked: AtomicU32,
}

/// What a consumer was asked to do before the end of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Asked {
    Nothing = 0,
    /// Unregistered: finish the current batch and leave.
    ToLeave = 1,
    /// Halted: finish the current batch and end.
    ToHalt = 2,
}

impl Consumer {
    pub(crate) fn new(id: u32, name: String, line: Line) -> Self {
        let asked = AtomicU32::new(Asked::Nothing as u32);
        let max_lag_seen = AtomicU64::new(0);
        Self { id, name, line, counters: Counters::default(), max_lag_seen, asked }
    }

    /// Counts a lag in the largest one, as one that was reported.
    pub(crate) fn note_lag(&self, lag: u64) {
        self.max_lag_seen.fetch_max(lag, Ordering::Relaxed);
    }

    /// The largest sample, or the largest lag that was ever reported.
    pub(crate) fn max_lag(&self) -> u64 {
        self.counters.max_lag.get().max(self.max_lag_seen.load(Ordering::Relaxed))
    }

    /// The first one to ask prevails. Wake the consumer afterwards.
    pub(crate) fn ask(&self, what: Asked) {
        let (nothing, release) =
            (Asked::Nothing as u32, ordered(Step::AskRelease, Ordering::Release));
        let _ = self.asked.compare_exchange(nothing, what as u32, release, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn asked(&self) -> Asked {
        match self.asked.load(ordered(Step::AskAcquire, Ordering::Acquire)) {
            0 => Asked::Nothing,
            1 => Asked::ToLeave,
            _ => Asked::ToHalt,
        }
    }
}

/// How many elements a delivery takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// Hold back fewer than these ...
    pub(crate) least: u64,
    /// ... until the oldest has waited this long.
    pub(crate) linger_ns: u64,
    pub(crate) most: usize,
}

/// Why a consumer's loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Closed and everything delivered, or halted.
    AtClose,
    /// Unregistered.
    Left,
    /// Stopped by an error.
    Failed,
}

/// Delivers until there is a reason to end. `follow_graph` asks for the dependencies again; `pass_gaps` looks after idle
/// pollers that may have nothing but gaps in front of them, now that this consumer is past them.
pub(crate) fn deliver_all<H: Handler>(
    ring: &Ring,
    reader: &mut Reader,
    handler: &mut H,
    mut follow_graph: impl FnMut(&Consumer, &mut Barrier),
    pass_gaps: impl Fn(),
) -> Ended {
    let consumer = reader.consumer.clone();
    let blocked = &consumer.counters.blocked;
    follow_graph(&consumer, &mut reader.barrier);
    // What the time was when it was last read: a batch begins when the one before has ended, unless
    // there was something to wait for.
    let mut now = ticks::now();
    loop {
        let mut next = reader.try_next(ring);
        if matches!(next, Err(NoBatch::TimedOut)) {
            blocked.start_own(now);
            next = reader.wait_for_next(ring, Deadline::NEVER);
            now = ticks::now();
            blocked.stop_own(now);
        }
        match next {
            Ok(gathered) => {
                let delivered = deliver(reader, handler, &gathered, &mut now);
                if delivered == Delivered::ToAnother {
                    // From where a poller that leaves hands on what it has: behind what was abandoned.
                    reader.pass_to_first(ring, &gathered);
                    reader.leave(ring, Some((gathered.first, gathered.end)));
                    return Ended::Left;
                }
                let before = ring.gates.finished(consumer.line);
                reader.finish(ring, &gathered);
                if ring.control.gaps_to() > before {
                    pass_gaps();
                }
                if delivered == Delivered::Failed {
                    return Ended::Failed;
                }
            }
            Err(NoBatch::GraphChanged) => follow_graph(&consumer, &mut reader.barrier),
            Err(NoBatch::Ended(ended)) => return ended,
            Err(NoBatch::TimedOut) => {}
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivered {
    /// It is done with.
    Done,
    /// It is, and the consumer ends.
    Failed,
    /// It is for another member of the group.
    ToAnother,
}

/// Delivers one batch.
#[inline]
fn deliver<H: Handler>(
    reader: &Reader,
    handler: &mut H,
    gathered: &Gathered,
    now: &mut u64,
) -> Delivered {
    let batch = reader.batch(gathered);
    if batch.elements.count() == 0 {
        return Delivered::Done;
    }
    let consumer = &*reader.consumer;
    consumer.counters.batch_begins(gathered.lag, *now);
    let delivered = match handler.consume(&batch) {
        Ok(()) => Delivered::Done,
        Err(code) => handle_error(reader, handler, &batch, code),
    };
    *now = ticks::now();
    let elements = batch.elements.count() as u64;
    match delivered {
        Delivered::ToAnother => consumer.counters.batch_is_over(elements, *now),
        _ => consumer.counters.batch_ends(elements, gathered.bytes, *now),
    }
    delivered
}

/// Asks what to do about a failed batch until it is delivered, given up or the consumer ends.
#[cold]
fn handle_error<H: Handler>(
    reader: &Reader,
    handler: &mut H,
    batch: &Batch<'_>,
    mut code: i32,
) -> Delivered {
    let consumer = &*reader.consumer;
    let counters = &consumer.counters;
    loop {
        counters.errors.add(1);
        match handler.failed(consumer.id, batch, code) {
            OnError::Continue => return Delivered::Done,
            OnError::Stop => return Delivered::Failed,
            OnError::Retry => {}
        }
        // Nobody has to wait for a batch that may never succeed but those who want it delivered.
        match consumer.asked() {
            Asked::Nothing => {}
            Asked::ToLeave if reader.is_in_group() => return Delivered::ToAnother,
            _ => return Delivered::Done,
        }
        counters.retries.add(1);
        match handler.consume(batch) {
            Ok(()) => return Delivered::Done,
            Err(again) => code = again,
        }
    }
}
