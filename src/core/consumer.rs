//! A consumer: its record, which anybody may look at, and its thread's loop: wait, gather, deliver,
//! finish.

use super::barrier::{Barrier, GraphChanged, Readable};
use super::counters::Counters;
use super::gating::Line;
use super::handler::{Batch, Handler, OnError};
use super::ring::Ring;
use super::sequence::{Padded, Position};
use super::slots::Element;
use crate::sync::clock::{self, Deadline};
use crate::sync::steps::{Step, kept};
use crate::sync::{AtomicU32, AtomicU64, Ordering, Shared, spin_loop};

/// What others know of a consumer.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) line: Line,
    pub(crate) counters: Counters,
    /// The largest lag that was reported. Written by readers, and therefore not among the counters.
    pub(crate) max_lag_seen: Padded<AtomicU64>,
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
        let max_lag_seen = Padded(AtomicU64::new(0));
        Self { id, name, line, counters: Counters::default(), max_lag_seen, asked }
    }

    /// The first one to ask prevails. Wake the consumer afterwards.
    pub(crate) fn ask(&self, what: Asked) {
        let nothing = Asked::Nothing as u32;
        let _ =
            self.asked.compare_exchange(nothing, what as u32, Ordering::AcqRel, Ordering::Acquire);
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

/// Fewer elements than these right after a batch, without any wait: the producer writes just in front.
const HEAD_START_BELOW: u64 = 64;
const HEAD_START_PAUSES: u32 = if cfg!(loom) { 0 } else { 30 };

/// Lets a producer get on that this consumer is treading on the heels of. Every line that it writes
/// would travel between the two cores once for each element; left alone for half a microsecond it
/// fills whole lines. Never delays an element that a consumer was waiting for.
#[inline]
fn give_a_head_start() {
    for _ in 0..HEAD_START_PAUSES {
        spin_loop();
    }
}

/// What a look at the stream found.
#[derive(Debug)]
enum Found {
    /// Elements to deliver.
    Elements(Readable),
    /// The first elements of a batch that is still too small.
    TooFew,
    GraphChanged,
    /// Nothing, and another dependency has become the slowest.
    OtherBell,
    Ended(Ended),
}

/// What a consumer's thread has of its own.
pub(crate) struct Worker<'a> {
    pub(crate) ring: &'a Ring,
    pub(crate) consumer: &'a Shared<Consumer>,
    pub(crate) barrier: Barrier,
    pub(crate) batching: Batching,
    /// Everything below is finished.
    pub(crate) next: Position,
    /// The batch being delivered; never grows beyond `batching.most`, which it has room for.
    pub(crate) elements: Vec<Element>,
}

impl Worker<'_> {
    /// Delivers until there is a reason to end. `graph` asks for the dependencies again.
    pub(crate) fn run<H: Handler>(
        &mut self,
        handler: &mut H,
        mut graph: impl FnMut(&mut Barrier),
    ) -> Ended {
        graph(&mut self.barrier);
        let mut now = clock::now();
        loop {
            match self.next_elements(&mut now) {
                Found::Elements(readable) => {
                    if let Some(ended) = self.deliver(handler, &readable, &mut now) {
                        return ended;
                    }
                }
                Found::Ended(ended) => return ended,
                Found::GraphChanged => graph(&mut self.barrier),
                Found::TooFew | Found::OtherBell => unreachable!("waited for more"),
            }
        }
    }

    /// Waits for the next elements. `now` is the time of the last look at the clock, and is renewed
    /// if this had to wait.
    #[inline]
    fn next_elements(&mut self, now: &mut u64) -> Found {
        let mut found = self.look(false);
        if matches!(&found, Some(Found::Elements(few)) if few.len() < HEAD_START_BELOW) {
            give_a_head_start();
            found = self.look(false);
        }
        match found {
            Some(found @ (Found::Elements(_) | Found::Ended(_) | Found::GraphChanged)) => found,
            _ => {
                self.consumer.counters.blocked.start_own(*now);
                let found = self.wait_for_elements();
                *now = clock::now();
                self.consumer.counters.blocked.stop_own(*now);
                found
            }
        }
    }

    fn wait_for_elements(&mut self) -> Found {
        let mut linger = None;
        loop {
            let bell = self.barrier.bell(self.ring);
            let behind = self.barrier.waits_for();
            let deadline = linger.unwrap_or(Deadline::NEVER);
            let found = self.ring.wait.wait(bell, deadline, || {
                let found = self.look(linger.is_some());
                let moved = found.is_none() && self.barrier.waits_for() != behind;
                if moved { Some(Found::OtherBell) } else { found }
            });
            match found {
                Some(Found::TooFew) => linger = Some(Deadline::after(self.batching.linger_ns)),
                Some(Found::OtherBell) => {}
                Some(found) => return found,
                // The oldest has waited long enough.
                None => match self.barrier.look(self.ring, self.next) {
                    Ok(readable) => return Found::Elements(readable),
                    Err(GraphChanged) => return Found::GraphChanged,
                },
            }
        }
    }

    /// Looks once; `None` = nothing new.
    #[inline]
    fn look(&mut self, lingering: bool) -> Option<Found> {
        match self.consumer.asked() {
            Asked::Nothing => {}
            Asked::ToLeave => return Some(Found::Ended(Ended::Left)),
            Asked::ToHalt => return Some(Found::Ended(Ended::AtClose)),
        }
        let Ok(readable) = self.barrier.look(self.ring, self.next) else {
            return Some(Found::GraphChanged);
        };
        match readable.len() {
            0 => self.is_at_end(&readable).then_some(Found::Ended(Ended::AtClose)),
            few if few < self.batching.least && !self.must_let_go(&readable) => {
                (!lingering).then_some(Found::TooFew)
            }
            _ => Some(Found::Elements(readable)),
        }
    }

    /// I6: the end was fixed in the step that closed, and everything up to it was found.
    #[inline]
    fn is_at_end(&self, readable: &Readable) -> bool {
        let end = || self.ring.sequencer.end() == Some(readable.to()) || !kept(Step::ReadToEnd);
        self.ring.control.is_closing() && end()
    }

    /// Whether elements may not be held back any longer, few as they are.
    #[cold]
    fn must_let_go(&mut self, readable: &Readable) -> bool {
        self.batching.linger_ns == 0
            || self.ring.control.flush_to() > self.next
            || self.is_at_end(readable)
            || self.ring.is_pressed(self.next, self.barrier.lag(self.ring, self.next))
    }

    /// Delivers one batch of what is readable, and finishes it.
    fn deliver<H: Handler>(
        &mut self,
        handler: &mut H,
        readable: &Readable,
        now: &mut u64,
    ) -> Option<Ended> {
        let gathered = self.gather(readable);
        let mut ended = None;
        if !self.elements.is_empty() {
            let counters = &self.consumer.counters;
            let lag = self.barrier.lag(self.ring, readable.from());
            counters.batch_begins(lag, *now);
            let batch = Batch {
                elements: &self.elements,
                first_sequence: gathered.first,
                backlog: readable.to() - gathered.end,
            };
            if let Err(code) = handler.consume(&batch) {
                ended = self.handle_error(handler, &batch, code);
            }
            *now = clock::now();
            counters.batch_ends(self.elements.len() as u64, gathered.bytes, *now);
        }
        self.next = gathered.end;
        self.ring.finish(self.consumer.line, self.next);
        ended
    }

    /// Collects the elements of one batch: not more than allowed, none across an abandoned slot.
    #[inline]
    fn gather(&mut self, readable: &Readable) -> Gathered {
        let slots = &self.ring.slots;
        let skip = |mut at: Position| {
            while at < readable.to() && slots.read(readable, at).is_none() {
                at += 1;
            }
            at
        };
        self.elements.clear();
        let first = skip(readable.from());
        let mut at = first;
        let mut bytes = 0;
        let stop = readable.to().min(first + self.batching.most as u64);
        while at < stop
            && let Some(element) = slots.read(readable, at)
        {
            bytes += element.len as u64;
            self.elements.push(element);
            at += 1;
        }
        // Abandoned slots right behind belong to this batch, so that a backlog of 0 is true.
        Gathered { first, end: skip(at), bytes }
    }

    /// Asks what to do about a failed batch until it is delivered, given up or the consumer ends.
    #[cold]
    fn handle_error<H: Handler>(
        &self,
        handler: &mut H,
        batch: &Batch<'_>,
        mut code: i32,
    ) -> Option<Ended> {
        let counters = &self.consumer.counters;
        loop {
            counters.errors.add(1);
            match handler.failed(self.consumer.id, batch, code) {
                OnError::Continue => return None,
                OnError::Stop => return Some(Ended::Failed),
                OnError::Retry => {}
            }
            // Nobody has to wait for a batch that may never succeed but those who want it delivered.
            if self.consumer.asked() != Asked::Nothing {
                return None;
            }
            counters.retries.add(1);
            match handler.consume(batch) {
                Ok(()) => return None,
                Err(again) => code = again,
            }
        }
    }
}

/// What [`Worker::gather`] came to.
struct Gathered {
    /// The sequence of the first element.
    first: Position,
    /// Everything below belongs to this batch or was abandoned.
    end: Position,
    bytes: u64,
}
