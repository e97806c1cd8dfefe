//! A consumer: its record, which anybody may look at, and its thread's loop: wait, deliver, finish.

use super::counters::Counters;
use super::gating::Line;
use super::handler::{Batch, Handler, OnError};
use super::reader::{Gathered, NoBatch, Reader};
use crate::sync::clock::{self, Deadline};
use crate::sync::{AtomicU32, Ordering};

/// What others know of a consumer.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) line: Line,
    pub(crate) counters: Counters,
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
        Self { id, name, line, counters: Counters::default(), asked }
    }

    /// The first one to ask prevails. Wake the consumer afterwards.
    pub(crate) fn ask(&self, what: Asked) {
        let nothing = Asked::Nothing as u32;
        let _ = self.asked.compare_exchange(
            nothing,
            what as u32,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
    }

    #[inline]
    pub(crate) fn asked(&self) -> Asked {
        match self.asked.load(Ordering::Acquire) {
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

/// Delivers until there is a reason to end.
pub(crate) fn deliver_all<H: Handler>(reader: &mut Reader, handler: &mut H) -> Ended {
    let consumer = reader.consumer.clone();
    let counters = &consumer.counters;
    // The time of the last look at the clock: a batch begins when the one before has ended, unless
    // there was something to wait for.
    let mut now = clock::now();
    loop {
        let gathered = match reader.try_next() {
            Err(NoBatch::TimedOut) => {
                counters.blocked.start_own(now);
                let gathered = reader.wait_for_next(Deadline::NEVER);
                now = clock::now();
                counters.blocked.stop_own(now);
                gathered
            }
            gathered => gathered,
        };
        let ended = match gathered {
            Ok(gathered) => deliver(reader, handler, &gathered, &mut now),
            Err(NoBatch::Ended(ended)) => Some(ended),
            Err(NoBatch::TimedOut) => None,
        };
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// Delivers one batch and finishes it.
#[inline]
fn deliver<H: Handler>(
    reader: &mut Reader,
    handler: &mut H,
    gathered: &Gathered,
    now: &mut u64,
) -> Option<Ended> {
    let mut ended = None;
    if !reader.elements().is_empty() {
        let consumer = &*reader.consumer;
        let batch = gathered.batch(reader.elements());
        consumer.counters.batch_begins(gathered.lag, *now);
        if let Err(code) = handler.consume(&batch) {
            ended = handle_error(consumer, handler, &batch, code);
        }
        *now = clock::now();
        consumer.counters.batch_ends(batch.elements.len() as u64, gathered.bytes, *now);
    }
    reader.finish(gathered.end, true);
    ended
}

/// Asks what to do about a failed batch until it is delivered, given up or the consumer ends.
#[cold]
fn handle_error<H: Handler>(
    consumer: &Consumer,
    handler: &mut H,
    batch: &Batch<'_>,
    mut code: i32,
) -> Option<Ended> {
    let counters = &consumer.counters;
    loop {
        counters.errors.add(1);
        match handler.failed(consumer.id, batch, code) {
            OnError::Continue => return None,
            OnError::Stop => return Some(Ended::Failed),
            OnError::Retry => {}
        }
        // Nobody has to wait for a batch that may never succeed but those who want it delivered.
        if consumer.asked() != Asked::Nothing {
            return None;
        }
        counters.retries.add(1);
        match handler.consume(batch) {
            Ok(()) => return None,
            Err(again) => code = again,
        }
    }
}
